#include <doctest/doctest.h>

#include "controller/window/mqtt_publisher.hpp"
#include "fake_broker.hpp"

namespace nocturne::test {
namespace {

/// Publishes until the broker has so many messages: before the connection stands they are lost.
bool publish_until(MqttPublisher& publisher, FakeBroker& broker, std::size_t count, const News& news) {
  for (int i = 0; i < 3000 && broker.messages().size() < count; ++i) {
    publisher.publish({news});
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return broker.has(count);
}

}  // namespace

TEST_CASE("mqtt publisher: the campaign is kept by the broker, sentences are told, spectra stay here") {
  FakeBroker broker;
  const SystemClock clock;
  std::vector<std::string> told;
  MqttPublisher publisher{clock, "127.0.0.1", broker.port(), "green/#1",
                          [&](const auto& line) { told.push_back(line); }};
  REQUIRE(broker.has_client());
  REQUIRE(publish_until(publisher, broker, 1, {"campaign", R"({"state":"running"})"}));
  const std::size_t before = broker.messages().size();
  publisher.publish({{"spectrum", "{}"}, {"experiment", "{}"}, {"sentence", R"({"text":"It begins."})"}});
  REQUIRE(broker.has(before + 1));
  const std::vector<FakeBroker::Message> messages = broker.messages();
  CHECK(messages.front().topic == "nocturne/green__1/campaign");
  CHECK(messages.front().content == R"({"state":"running"})");
  CHECK(messages.front().kept_by_broker);
  CHECK(messages.back().topic == "nocturne/green__1/sentence");
  CHECK(messages.back().content == R"({"text":"It begins."})");
  CHECK_FALSE(messages.back().kept_by_broker);
}

TEST_CASE("mqtt publisher: a broker that is not there is told once, and gets the news when it comes") {
  const int port = FakeBroker{}.port();  // and gone again
  const SystemClock clock;
  std::vector<std::string> told;
  MqttPublisher publisher{clock, "127.0.0.1", port, "green", [&](const auto& line) { told.push_back(line); }};
  for (int i = 0; i < 20; ++i) publisher.publish({{"sentence", "{}"}});
  REQUIRE(told.size() == 1);
  CHECK(told[0].starts_with("127.0.0.1:" + std::to_string(port) + ": no MQTT broker yet ("));
  FakeBroker broker{port};
  CHECK(publish_until(publisher, broker, 1, {"sentence", "{}"}));
  CHECK(told.size() == 1);
}

}  // namespace nocturne::test
