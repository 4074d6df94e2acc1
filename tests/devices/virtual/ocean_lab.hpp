#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/virtual_ocean.hpp"

namespace nocturne::test {

using namespace std::chrono_literals;
using virtual_obp::bytes_of;
using virtual_obp::Error;
using virtual_obp::Message;
using virtual_obp::number_at;

inline constexpr std::uint16_t response = 1, acknowledged = 2, wants_acknowledgement = 4, refused = 8;

inline Detector detector_of(int pixels) {
  Detector detector;
  detector.model = "test";
  detector.serial = "NCT00001";
  detector.wavelength_nm.resize(pixels);
  for (int p = 0; p < pixels; ++p)
    detector.wavelength_nm[p] = 350.0 + 0.33 * p - 1.2e-5 * p * p + 1e-10 * static_cast<double>(p) * p * p;
  detector.nonlinearity = {0.99, 1e-6, -2e-12};
  detector.saturation_counts = 60000.0;
  return detector;
}

/// A spectrometer before a world in which the first pixel tells the lamp, the second the LED, the third the
/// exposure in ms, the fourth how many exposures there were before; the rest is a ramp.
struct OceanLab : Conversation {
  bool lamp = false, led = false;
  int exposures = 0;
  std::vector<std::pair<double, double>> taken;  // start and length, s
  double offset = 0.0;
  VirtualOcean ocean;

  explicit OceanLab(VirtualOceanOptions options = {})
      : ocean{clock, options, detector_of(ocean_model(options.model).pixels), world()} {
    serve(ocean);
  }
  VirtualOceanWorld world() {
    VirtualOceanWorld result;
    result.expose = [this](Instant start, Duration exposure) {
      taken.emplace_back(in_seconds(start), in_seconds(exposure));
      Eigen::VectorXd counts = Eigen::VectorXd::LinSpaced(pixels(), 0.0, 4.0 * pixels());
      counts.head<4>() << (lamp ? 1.0 : 0.0), (led ? 1.0 : 0.0), 1e3 * in_seconds(exposure), exposures++;
      return Eigen::VectorXd{counts.array() + offset};
    };
    result.set_lamp = [this](bool on) { lamp = on; };
    result.set_led = [this](bool on) { led = on; };
    return result;
  }
  static constexpr int full_pixels = 2136;
  int pixels() const { return pixel_count; }
  int pixel_count = full_pixels;

  struct Answer {
    bool any = false;
    unsigned flags = 0, error = 0, type = 0, regarding = 0;
    bool md5 = false;
    std::string data;
  };
  static Answer parsed(const std::string& bytes) {
    Answer answer;
    if (bytes.size() < 64 || bytes.substr(0, 2) != "\xC1\xC0") return answer;
    const std::size_t payload = number_at(bytes, 40, 4) - 20;
    if (bytes.size() != 64 + payload || bytes.substr(60 + payload) != "\xC5\xC4\xC3\xC2") return answer;
    answer.any = true;
    answer.flags = number_at(bytes, 4, 2);
    answer.error = number_at(bytes, 6, 2);
    answer.type = number_at(bytes, 8, 4);
    answer.regarding = number_at(bytes, 12, 4);
    answer.md5 = number_at(bytes, 22, 1) == 1;
    const std::size_t immediate = number_at(bytes, 23, 1);
    answer.data = payload > 0 ? bytes.substr(44, payload) : bytes.substr(24, immediate);
    if (payload > 0 && immediate > 0) answer.any = false;
    if (answer.md5 && bytes.substr(44 + payload, 16) != virtual_obp::md5(bytes.substr(0, 44 + payload)))
      answer.any = false;
    return answer;
  }
  Answer send(unsigned type, const std::string& data = {}, unsigned flags = 0, Duration wait = 10ms) {
    Message message;
    message.type = type;
    message.data = data;
    message.flags = static_cast<std::uint16_t>(flags);
    return parsed(ask(virtual_obp::encoded(message), wait));
  }
  std::string get(unsigned type, const std::string& data = {}) {
    const Answer answer = send(type, data);
    CHECK(answer.flags == response);
    return answer.data;
  }
  unsigned number(unsigned type) {
    const std::string data = get(type);
    return number_at(data, 0, static_cast<int>(data.size()));
  }
  /// The error number of a command that asks for acknowledgement.
  unsigned set(unsigned type, const std::string& data) {
    const Answer answer = send(type, data, wants_acknowledgement);
    CHECK(answer.any);
    CHECK(answer.flags == (answer.error == 0 ? response | acknowledged : response | refused));
    CHECK(answer.data.empty());
    return answer.error;
  }
  unsigned set_exposure(Duration exposure) {
    return set(0x110010, bytes_of(static_cast<std::uint64_t>(exposure / 1us), 4));
  }
  std::vector<unsigned> spectrum(unsigned type = 0x101000, Duration wait = 1s) {
    const Answer answer = send(type, {}, 0, wait);
    CHECK(answer.error == 0);
    std::vector<unsigned> counts;
    for (std::size_t i = 0; i + 1 < answer.data.size(); i += 2)
      counts.push_back(number_at(answer.data, i, 2));
    return counts;
  }
  unsigned lamp_and_led(bool on, bool led_on) {
    return set(0x110410, bytes_of(on ? 1 : 0, 1)) + set(0x200110, bytes_of(1, 4) + bytes_of(1, 4)) +
           set(0x200310, bytes_of(led_on ? 1 : 0, 4) + bytes_of(1, 4));
  }
};

}  // namespace nocturne::test
