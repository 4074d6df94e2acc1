#include <stdexcept>

#include "controller/window/mqtt_publisher.hpp"

namespace nocturne {

void check_mqtt_is_built_in() {
  throw std::invalid_argument{
      "--mqtt: this program was built without MQTT (apt install libmosquitto-dev, then configure and build "
      "it again)"};
}

void MqttPublisher::Free::operator()(mosquitto*) const {}

MqttPublisher::MqttPublisher(const Clock& clock, std::string, int, const std::string&,
                             std::function<void(const std::string&)>)
    : clock_{clock}, port_{0} {
  check_mqtt_is_built_in();
}

MqttPublisher::~MqttPublisher() = default;

void MqttPublisher::publish(const std::vector<News>&) {}

}  // namespace nocturne
