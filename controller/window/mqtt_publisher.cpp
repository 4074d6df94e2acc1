#include "controller/window/mqtt_publisher.hpp"

#include <fmt/format.h>
#include <mosquitto.h>

#include <stdexcept>

namespace nocturne {
namespace {

constexpr int kKeepAlive_s = 20;  // a broker that is silent for longer is lost, and with it what waits for it
constexpr Duration kTryFirstAgainAfter = std::chrono::seconds{2};
constexpr int kTryAgainAfter_s = 1, kTryAgainAtLatest_s = 30;

/// Without what has a meaning of its own in a topic.
std::string as_topic_level(std::string text) {
  for (char& c : text)
    if (c == '/' || c == '+' || c == '#' || static_cast<unsigned char>(c) < 0x20) c = '_';
  return text;
}

}  // namespace

void check_mqtt_is_built_in() {}

void MqttPublisher::Free::operator()(mosquitto* client) const {
  mosquitto_disconnect(client);
  mosquitto_loop_stop(client, true);
  mosquitto_destroy(client);
  mosquitto_lib_cleanup();
}

MqttPublisher::MqttPublisher(const Clock& clock, std::string host, int port, const std::string& campaign_id,
                             std::function<void(const std::string&)> tell)
    : clock_{clock},
      host_{std::move(host)},
      port_{port},
      topic_{"nocturne/" + as_topic_level(campaign_id) + "/"},
      tell_{std::move(tell)} {
  mosquitto_lib_init();
  client_.reset(mosquitto_new(nullptr, true, nullptr));
  if (!client_) throw std::runtime_error{"no memory for MQTT"};
  mosquitto_reconnect_delay_set(client_.get(), kTryAgainAfter_s, kTryAgainAtLatest_s, true);
  connect();
  if (mosquitto_loop_start(client_.get()) != MOSQ_ERR_SUCCESS) throw std::runtime_error{"no thread for MQTT"};
}

MqttPublisher::~MqttPublisher() = default;

/// The library tries again by itself, unless the first attempt of all fails at once.
void MqttPublisher::connect() {
  const int result = mosquitto_connect_async(client_.get(), host_.c_str(), port_, kKeepAlive_s);
  refused_ = result == MOSQ_ERR_SUCCESS ? std::nullopt : std::optional{clock_.now()};
}

void MqttPublisher::publish(const std::vector<News>& news) {
  if (refused_ && clock_.now() - *refused_ >= kTryFirstAgainAfter) connect();
  for (const News& one : news) {
    if (one.name != "campaign" && one.name != "sentence") continue;
    const int result =
        mosquitto_publish(client_.get(), nullptr, (topic_ + one.name).c_str(),
                          static_cast<int>(one.json.size()), one.json.data(), 0, one.name == "campaign");
    if (result != MOSQ_ERR_SUCCESS && !told_)
      tell_(fmt::format("{}:{}: no MQTT broker yet ({}); it is tried again and again", host_, port_,
                        mosquitto_strerror(result)));
    told_ = result != MOSQ_ERR_SUCCESS;
  }
}

}  // namespace nocturne
