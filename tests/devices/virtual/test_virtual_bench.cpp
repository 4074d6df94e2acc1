#include <doctest/doctest.h>

#include "conversation.hpp"
#include "devices/virtual/virtual_bench.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// The shipped plant behind a virtual bench; each test talks to one of its instruments.
struct BenchLab : Conversation {
  PlantParameters parameters = read_plant(NOCTURNE_SOURCE_DIR "/recipes/plants/cspbbr3.toml");
  Plant plant{parameters, 1};
  VirtualBench bench{clock, plant, options()};

  VirtualBenchOptions options() const {
    VirtualBenchOptions result;
    for (int i = 0; i < 4; ++i) {
      VirtualFeed feed;
      feed.plant_feed = static_cast<std::size_t>(i);
      feed.pump.memory.address = i;
      feed.pump.memory.diameter_mm = 26.59;
      result.feeds.push_back(std::move(feed));
    }
    tune(result.heater.parameters, parameters.heater);
    result.spectrometer.model = parameters.detector.model;
    return result;
  }
  std::string text(const std::string& command) {
    const std::string bytes = ask(command + "\r");
    return bytes.size() > 2 ? bytes.substr(1, bytes.size() - 2) : bytes;
  }
  std::string spectrum() {
    virtual_obp::Message request;
    request.type = 0x101000;
    return ask(virtual_obp::encoded(request), 1s);
  }
  double brightest(const std::string& reply) {
    double most = 0.0;
    for (std::size_t i = 44; i + 20 < reply.size(); i += 2)
      most = std::max<double>(most, virtual_obp::number_at(reply, i, 2));
    return most;
  }
};

TEST_CASE_FIXTURE(BenchLab, "virtual bench: pumps push what the plant presses through its tube") {
  serve(bench.pumps());
  const double at_rest = plant.pressure_bar(in_seconds(clock.now()));
  for (int i = 0; i < 4; ++i) text(std::to_string(i));
  CHECK(text("0RAT100UM") == "00S");
  CHECK(text("0RUN") == "00I");
  const double slow = plant.pressure_bar(in_seconds(clock.now()));
  CHECK(slow > at_rest);
  CHECK(text("1RAT300UM") == "01S");
  CHECK(text("1RUN") == "01I");
  CHECK(plant.pressure_bar(in_seconds(clock.now())) - at_rest ==
        doctest::Approx(4.0 * (slow - at_rest)).epsilon(0.01));
  CHECK(in_microliters_per_minute(bench.pumps().unit(1).true_flow()) == doctest::Approx(300.0));
}

TEST_CASE_FIXTURE(
    BenchLab,
    "virtual bench: the tuned heater reaches every target within 3 degrees of overshoot and holds it") {
  serve(bench.heater());
  for (const double target : {70.0, 120.0, 180.0, 100.0}) {
    CAPTURE(target);
    const std::string write = from_hex("01 06 00 02") +
                              static_cast<char>(static_cast<int>(target * 10) >> 8) +
                              static_cast<char>(static_cast<int>(target * 10) & 0xFF);
    const unsigned check = virtual_modbus::crc(write);
    const std::string frame = write + static_cast<char>(check & 0xFF) + static_cast<char>(check >> 8);
    REQUIRE(ask(frame) == frame);
    const double start = plant.probe_celsius(in_seconds(clock.now()));
    double beyond = -1000.0;
    for (int i = 0; i < 900; ++i) {
      pass(2s);
      const double now = plant.probe_celsius(in_seconds(clock.now()));
      beyond = std::max(beyond, start < target ? now - target : target - now);
    }
    CHECK(beyond < 3.0);
    double worst = 0.0;
    for (int i = 0; i < 100; ++i) {
      pass(3s);
      worst = std::max(worst, std::abs(plant.probe_celsius(in_seconds(clock.now())) - target));
    }
    CHECK(worst < 0.5);
  }
}

TEST_CASE_FIXTURE(BenchLab, "virtual bench: the spectrometer sees the lamp that it switches on") {
  serve(bench.spectrometer());
  const std::string dark = spectrum();
  REQUIRE(dark.size() == 64 + 2 * 2136);
  virtual_obp::Message lamp;
  lamp.type = 0x110410;
  lamp.data = virtual_obp::bytes_of(1, 1);
  ask(virtual_obp::encoded(lamp));
  const std::string stale = spectrum(), bright = spectrum();
  CHECK(brightest(bright) > 3.0 * brightest(dark));
  CHECK(brightest(stale) < 1.5 * brightest(dark));
}

TEST_CASE("virtual bench: a model that does not fit the plant's detector is refused") {
  BenchLab lab;
  VirtualBenchOptions options = lab.options();
  options.spectrometer.model = "STS";
  CHECK_THROWS_AS((VirtualBench{lab.clock, lab.plant, options}), std::invalid_argument);
}

}  // namespace
}  // namespace nocturne::test
