#pragma once

#include <algorithm>
#include <bit>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"

namespace nocturne::test {

/// A heated block with dead time and a slow probe, controlled every half second, for as long as somebody
/// looks.
struct ThermalModel {
  double ambient = 22.0, full_power_K_per_s = 0.8, loss_time_s = 350.0, probe_time_s = 4.0;
  int dead_periods = 8;
  static constexpr double period = 0.5;
  double block = ambient, probe = ambient, time_s = 0.0;
  std::deque<double> pipeline = std::deque<double>(static_cast<std::size_t>(dead_periods), 0.0);
  std::function<double(double, double)> power;
  double highest = ambient;

  double at(double now_s) {
    while (time_s + period <= now_s + 1e-9) {
      pipeline.push_back(power(time_s, probe));
      block += period * (full_power_K_per_s * pipeline.front() - (block - ambient) / loss_time_s);
      pipeline.pop_front();
      probe += period / probe_time_s * (block - probe);
      time_s += period;
      highest = std::max(highest, probe);
    }
    return probe;
  }
};

inline VirtualEurothermOptions ready_options() {
  VirtualEurothermOptions options;
  options.parameters.proportional_band = 13.0;
  options.parameters.integral_s = 64.0;
  options.parameters.derivative_s = 4.0;
  return options;
}

struct HeaterLab : Conversation {
  ThermalModel model;
  VirtualEurotherm heater;

  explicit HeaterLab(VirtualEurothermOptions options = ready_options())
      : heater{clock, options, [this](Instant now) { return model.at(in_seconds(now)); }} {
    model.power = [this](double time_s, double celsius) { return heater.power(time_s, celsius); };
    serve(heater);
  }
  std::string frame(const std::string& unit_and_pdu) {
    const unsigned check = virtual_modbus::crc(unit_and_pdu);
    return unit_and_pdu + static_cast<char>(check & 0xFF) + static_cast<char>(check >> 8);
  }
  /// Words of `count` registers from `address`, or minus the exception code.
  std::vector<int> read(int address, int count, int function = 3) {
    const std::string reply =
        ask(frame(from_hex("01") + static_cast<char>(function) + word(address) + word(count)));
    if (reply.size() == 5) return {-static_cast<int>(reply[2])};
    std::vector<int> words;
    for (std::size_t i = 3; i + 3 < reply.size(); i += 2)
      words.push_back(byte(reply, i) << 8 | byte(reply, i + 1));
    return words;
  }
  int read(int address) { return read(address, 1).at(0); }
  float read_float(int parameter) {
    const auto words = read(0x8000 + 2 * parameter, 2);
    return std::bit_cast<float>(static_cast<std::uint32_t>(words.at(0) << 16 | words.at(1)));
  }
  /// 0, or the exception code.
  int write(int address, int value) {
    const std::string request = frame(from_hex("01 06") + word(address) + word(value));
    const std::string reply = ask(request);
    return reply == request ? 0 : static_cast<int>(reply.at(2));
  }
  static std::string word(int value) {
    return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
  }
  static int byte(const std::string& bytes, std::size_t i) { return static_cast<unsigned char>(bytes.at(i)); }
};

/// The probe as a test wants it; control periods only when the test says so.
struct FixedLab : Conversation {
  double celsius = 25.3;
  VirtualEurotherm heater;
  explicit FixedLab(VirtualEurothermOptions options = {})
      : heater{clock, options, [this](Instant) { return celsius; }} {
    serve(heater);
  }
  std::string hex(const std::string& request) { return in_hex(ask(from_hex(request))); }
};

}  // namespace nocturne::test
