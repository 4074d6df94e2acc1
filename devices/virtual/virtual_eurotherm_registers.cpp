#include <array>

#include "devices/virtual/virtual_eurotherm.hpp"

namespace nocturne {

void VirtualEurotherm::setting(std::uint16_t address, Scale scale, double& value, Limits limits) {
  const auto read = [&value] { return value; };
  const auto write = [&value](double v) { value = v; };
  registers_[address] = Register{scale, read, write, [limits] { return limits; }};
}

void VirtualEurotherm::set_point(std::uint16_t address, std::function<double()> read,
                                 std::function<void(double)> write) {
  const auto limits = [this] {
    return Limits{loop_.parameters().set_point_low, loop_.parameters().set_point_high};
  };
  registers_[address] = Register{Scale::analog, std::move(read), std::move(write), limits};
}

void VirtualEurotherm::add_readings() {
  const auto reading = [this](std::uint16_t address, Scale scale, std::function<double()> read) {
    registers_[address] = Register{scale, std::move(read), {}, {}};
  };
  constexpr std::array<std::uint16_t, 2> process_values{1, 289};
  for (const std::uint16_t address : process_values)
    reading(address, Scale::analog, [this] { return loop_.process_value(); });
  reading(5, Scale::analog, [this] { return loop_.working_set_point(); });
  reading(11, Scale::analog, [this] { return loop_.parameters().range_low; });
  reading(12, Scale::analog, [this] { return loop_.parameters().range_high; });
  reading(39, Scale::analog, [this] { return loop_.process_value() - loop_.working_set_point(); });
  reading(75, Scale::whole, [this] { return status(); });
  reading(76, Scale::whole, [this] { return 0xFFFF - status(); });
  reading(107, Scale::whole, [this] { return options_.firmware; });
  reading(258, Scale::whole, [this] { return loop_.sensor_broken() ? 1.0 : 0.0; });
}

void VirtualEurotherm::add_set_points() {
  virtual_control::Parameters& p = loop_.parameters();
  const auto write_local = [this, &p](double v) {
    (p.second_set_point ? p.set_point_2 : p.set_point_1) = v;
    ++memory_writes_;
  };
  const auto write_first = [this, &p](double v) { p.set_point_1 = v, ++memory_writes_; };
  const auto write_second = [this, &p](double v) { p.set_point_2 = v, ++memory_writes_; };
  const auto write_remote = [this](double v) { loop_.write_remote_set_point(v, in_seconds(clock_.now())); };
  set_point(
      2, [this] { return loop_.target_set_point(); }, write_local);
  set_point(
      24, [&p] { return p.set_point_1; }, write_first);
  set_point(
      25, [&p] { return p.set_point_2; }, write_second);
  set_point(
      26, [&p] { return p.remote_set_point; }, write_remote);
  const auto range_to_high = [&p] { return Limits{p.range_low, p.set_point_high}; };
  const auto low_to_range = [&p] { return Limits{p.set_point_low, p.range_high}; };
  registers_[111] = Register{Scale::analog, [&p] { return p.set_point_high; },
                             [&p](double v) { p.set_point_high = v; }, low_to_range};
  registers_[112] = Register{Scale::analog, [&p] { return p.set_point_low; },
                             [&p](double v) { p.set_point_low = v; }, range_to_high};
  setting(35, Scale::analog, p.set_point_rate, Limits{0.0, 3000.0});
  registers_[531] = Register{Scale::whole, [&p] { return p.set_point_rate_unit; },
                             [&p](double v) { p.set_point_rate_unit = static_cast<int>(v); },
                             [] {
                               return Limits{0.0, 2.0};
                             }};
}

void VirtualEurotherm::add_control() {
  virtual_control::Parameters& p = loop_.parameters();
  setting(3, Scale::analog, p.manual_output, Limits{0.0, 100.0});
  // By hand the working output is what the hand sets.
  registers_[4] =
      Register{Scale::analog, [this] { return loop_.output_percent(); },
               [&p](double v) {
                 if (!p.manual)
                   throw virtual_modbus::Exception{virtual_modbus::ExceptionCode::illegal_address};
                 p.manual_output = v;
               },
               [] {
                 return Limits{0.0, 100.0};
               }};
  setting(6, Scale::analog, p.proportional_band, Limits{0.1, 3000.0});
  setting(8, Scale::time, p.integral_s, Limits{0.0, 9999.0});
  setting(9, Scale::time, p.derivative_s, Limits{0.0, 9999.0});
  registers_[30] =
      Register{Scale::analog, [&p] { return p.output_high; }, [&p](double v) { p.output_high = v; },
               [&p] {
                 return Limits{p.output_low, 100.0};
               }};
  registers_[31] =
      Register{Scale::analog, [&p] { return p.output_low; }, [&p](double v) { p.output_low = v; },
               [&p] {
                 return Limits{0.0, p.output_high};
               }};
  setting(37, Scale::analog, p.output_rate, Limits{0.0, 100.0});
}

void VirtualEurotherm::add_alarms() {
  virtual_control::Parameters& p = loop_.parameters();
  constexpr std::array<std::uint16_t, 4> thresholds{13, 14, 81, 82};
  constexpr std::array<std::uint16_t, 4> hystereses{16, 68, 69, 71};
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    setting(thresholds[i], Scale::analog, p.alarms[i].threshold, Limits{p.range_low, p.range_high});
    setting(hystereses[i], Scale::analog, p.alarms[i].hysteresis, Limits{0.0, 1000.0});
  }
  registers_[274] = Register{Scale::whole, [] { return 0.0; },
                             [this](double v) {
                               if (v != 0.0) loop_.acknowledge();
                             },
                             [] {
                               return Limits{0.0, 1.0};
                             }};
}

void VirtualEurotherm::add_mode() {
  virtual_control::Parameters& p = loop_.parameters();
  const auto choice = [this](std::uint16_t address, bool& value) {
    registers_[address] = Register{Scale::whole, [&value] { return value ? 1.0 : 0.0; },
                                   [&value](double v) { value = v != 0.0; },
                                   [] {
                                     return Limits{0.0, 1.0};
                                   }};
  };
  choice(7, p.direct_action);
  choice(15, p.second_set_point);
  choice(273, p.manual);
  choice(276, p.remote);
  registers_[131] = Register{Scale::whole, [this] { return options_.address; },
                             [this](double v) { options_.address = static_cast<int>(v); },
                             [] {
                               return Limits{1.0, 254.0};
                             }};
}

}  // namespace nocturne
