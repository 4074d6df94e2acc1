#pragma once

#include <algorithm>
#include <deque>
#include <functional>

#include "devices/virtual/virtual_eurotherm.hpp"
#include "modbus_talk.hpp"

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

struct HeaterLab : ModbusTalk {
  ThermalModel model;
  VirtualEurotherm heater;

  explicit HeaterLab(VirtualEurothermOptions options = ready_options())
      : heater{clock, options, [this](Instant now) { return model.at(in_seconds(now)); }} {
    model.power = [this](double time_s, double celsius) { return heater.power(time_s, celsius); };
    serve(heater);
  }
  float read_float(int parameter) { return float_at(0x8000 + 2 * parameter); }
};

/// The probe as a test wants it; control periods only when the test says so.
struct FixedLab : ModbusTalk {
  double celsius = 25.3;
  VirtualEurotherm heater;
  explicit FixedLab(VirtualEurothermOptions options = {})
      : heater{clock, options, [this](Instant) { return celsius; }} {
    serve(heater);
  }
};

}  // namespace nocturne::test
