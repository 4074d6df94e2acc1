#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/window/site.hpp"
#include "devices/clock.hpp"

struct mosquitto;

namespace nocturne {

/// Throws std::invalid_argument if this program was built without MQTT.
void check_mqtt_is_built_in();

/// Tells an MQTT broker what happens in a campaign: "nocturne/<id>/campaign", which the broker keeps for who
/// comes later, and "nocturne/<id>/sentence", as JSON. It connects on a thread of its own, again and again
/// while there is no broker; what happens meanwhile is not sent later.
class MqttPublisher {
 public:
  /// `tell` gets a line, on the thread of publish(), when the broker cannot be reached.
  MqttPublisher(const Clock& clock, std::string host, int port, const std::string& campaign_id,
                std::function<void(const std::string&)> tell);
  ~MqttPublisher();
  MqttPublisher(const MqttPublisher&) = delete;
  MqttPublisher& operator=(const MqttPublisher&) = delete;

  void publish(const std::vector<News>& news);

 private:
  struct Free {
    void operator()(mosquitto* client) const;
  };

  void connect();

  const Clock& clock_;
  const std::string host_;
  const int port_;
  const std::string topic_;
  const std::function<void(const std::string&)> tell_;
  bool told_ = false;
  std::optional<Instant> refused_;  ///< when it was tried last; empty = the library looks after it
  std::unique_ptr<mosquitto, Free> client_;
};

}  // namespace nocturne
