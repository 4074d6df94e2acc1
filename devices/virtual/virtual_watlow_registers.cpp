#include <algorithm>
#include <limits>

#include "devices/virtual/virtual_watlow.hpp"

namespace nocturne {

using namespace virtual_watlow;

namespace {

// What float registers in °F lose on the way.
constexpr double float_tolerance = 1e-4;
constexpr double sensor_low = -200.0, sensor_high = 1250.0;  // °C
constexpr int thermocouple_input = 95, nominal = 138;

}  // namespace

void VirtualWatlow::reading(int address, Format format, std::function<double()> read) {
  items_[address] = Item{format, std::move(read), {}, {}, {}};
}

template <class Field>
void VirtualWatlow::analog(int address, Format format, Field field, double low, double high) {
  items_[address] =
      Item{format,
           [this, field] { return field(settings_); },
           [low, high](double v) { return v >= low - float_tolerance && v <= high + float_tolerance; },
           [field](Settings& s, double v) { field(s) = v; },
           {}};
}

template <class Field>
void VirtualWatlow::choice(int address, Field field, std::vector<int> allowed) {
  items_[address] = Item{Format::code,
                         [this, field] { return field(settings_); },
                         [allowed = std::move(allowed)](double v) {
                           return std::ranges::find(allowed, static_cast<int>(v)) != allowed.end();
                         },
                         [field](Settings& s, double v) { field(s) = static_cast<int>(v); },
                         {}};
}

void VirtualWatlow::command(int address, int value, std::function<void()> act) {
  items_[address] =
      Item{Format::code, [] { return 0.0; }, [value](double v) { return v == value; }, {}, std::move(act)};
}

void VirtualWatlow::add_inputs() {
  reading(360, Format::temperature, [this] { return loop_.process_value(); });
  reading(362, Format::code, [this] { return input_error(); });
  reading(366, Format::temperature, [] { return 28.0; });  // of the case
  reading(368, Format::code, [] { return thermocouple_input; });
  reading(370, Format::code, [this] { return options_.thermocouple; });
  const auto offset = [](auto& s) -> auto& { return s.calibration_offset; };
  const auto filter = [](auto& s) -> auto& { return s.filter_s; };
  const auto decimals = [](auto& s) -> auto& { return s.decimals; };
  analog(382, Format::difference, offset, -1000.0, 1000.0);
  analog(386, Format::number, filter, 0.0, 60.0);
  choice(398, decimals, {105, 94, 40, 96});
  if (options_.map == 2) reading(402, Format::temperature, [this] { return filtered_; });
  if (!options_.has_limit) return;
  const int second = options_.map == 1 ? 440 : 450;
  reading(second, Format::temperature, [this] { return limit_celsius_; });
  reading(second + 2, Format::code,
          [this] { return faults_.limit_sensor_break ? sensor_open : sensor_sound; });
  reading(second + 8, Format::code, [] { return thermocouple_input; });
  reading(second + 10, Format::code, [this] { return options_.thermocouple; });
}

void VirtualWatlow::add_identity() {
  const auto number = [this](int address, int value) {
    reading(address, Format::integer, [value] { return value; });
  };
  number(0, 26);  // hardware
  number(2, 7);   // firmware
  number(4, 15);  // software revision
  number(8, 3);   // build
  number(12, options_.serial_number);
  number(14, 2417);  // week of manufacture
  reading(30, Format::code, [] { return nominal; });
  const auto units = [](auto& s) -> auto& { return s.display_units; };
  choice(2308, units, {virtual_watlow::in_celsius, virtual_watlow::in_fahrenheit});
}

void VirtualWatlow::add_communication() {
  const auto baud_1 = [](auto& s) -> auto& { return s.baud[0]; };
  const auto baud_2 = [](auto& s) -> auto& { return s.baud[1]; };
  const auto units_1 = [](auto& s) -> auto& { return s.comms_units[0]; };
  const auto units_2 = [](auto& s) -> auto& { return s.comms_units[1]; };
  const auto save = [](auto& s) -> auto& { return s.nonvolatile_save; };
  choice(2484, baud_1, {188, 189, 190});
  choice(2504, baud_2, {188, 189, 190});
  choice(2490, units_1, {virtual_watlow::in_celsius, virtual_watlow::in_fahrenheit});
  choice(2510, units_2, {virtual_watlow::in_celsius, virtual_watlow::in_fahrenheit});
  choice(2494, save, {yes, no});
}

void VirtualWatlow::add_control(std::uint16_t first) {
  const auto mode = [](auto& s) -> auto& { return s.mode; };
  choice(first, mode, {mode_off, automatic, manual});
  reading(first + 2, Format::code, [this] { return active_mode(); });
  const auto percent = [this] { return loop_.output_percent(); };
  reading(first + 24, Format::number, percent);
  reading(first + 26, Format::number, [] { return 0.0; });  // it does not cool
  reading(first + 28, Format::number, percent);
  if (options_.map == 1) return;
  reading(first + 48, Format::code, [this] { return loop_error_; });
  command(first + 50, 0, [this] {
    loop_error_ = loop_sound;
    full_since_s_ = time_s_;
  });
}

void VirtualWatlow::add_tuning(std::uint16_t first) {
  const auto algorithm = [](auto& s) -> auto& { return s.heat_algorithm; };
  const auto band = [](auto& s) -> auto& { return s.proportional_band; };
  const auto integral = [](auto& s) -> auto& { return s.integral_s; };
  const auto derivative = [](auto& s) -> auto& { return s.derivative_s; };
  choice(first + 4, algorithm, {no_heat, pid, on_off});
  reading(first + 6, Format::code, [] { return virtual_watlow::off; });  // cooling
  analog(first + 10, Format::difference, band, 0.1, 5000.0);
  analog(first + 14, Format::number, integral, 0.0, 9999.0);
  analog(first + 16, Format::number, derivative, 0.0, 9999.0);
  reading(first + 30, Format::code, [] { return no; });  // adaptive tuning
}

void VirtualWatlow::add_set_points(std::uint16_t first) {
  const auto closed = [](auto& s) -> auto& { return s.closed_loop_set_point; };
  const auto open = [](auto& s) -> auto& { return s.open_loop_set_point; };
  const auto low = [](auto& s) -> auto& { return s.set_point_low; };
  const auto high = [](auto& s) -> auto& { return s.set_point_high; };
  analog(first, Format::temperature, closed, sensor_low, sensor_high);
  items_[first].accepts = [this](double v) {
    return v >= settings_.set_point_low - float_tolerance && v <= settings_.set_point_high + float_tolerance;
  };
  analog(first + 2, Format::number, open, 0.0, 100.0);
  analog(first + 4, Format::temperature, low, sensor_low, sensor_high);
  analog(first + 6, Format::temperature, high, sensor_low, sensor_high);
  items_[first + 4].accepts = [this](double v) { return v >= sensor_low && v <= settings_.set_point_high; };
  items_[first + 6].accepts = [this](double v) { return v >= settings_.set_point_low && v <= sensor_high; };
  reading(first + 12, Format::temperature, [this] { return loop_.working_set_point(); });
  if (options_.map == 1)
    reading(first + 14, Format::number, [this] { return manual_power(); });
  else {
    const auto action = [](auto& s) -> auto& { return s.error_action; };
    choice(first + 24, action, {error_off, bumpless, fixed_power, user_power});
  }
}

void VirtualWatlow::add_ramp(std::uint16_t first) {
  const auto action = [](auto& s) -> auto& { return s.ramp_action; };
  const auto scale = [](auto& s) -> auto& { return s.ramp_scale; };
  const auto rate = [](auto& s) -> auto& { return s.ramp_rate; };
  choice(first + 26, action, {no_ramp, ramp_at_startup, ramp_to_set_point, ramp_at_both});
  choice(first + 28, scale, {per_hour, per_minute});
  analog(first + 32, Format::difference, rate, 0.0, 5000.0);
}

void VirtualWatlow::add_limit(std::uint16_t first) {
  const auto low = [](auto& s) -> auto& { return s.limit_low; };
  const auto high = [](auto& s) -> auto& { return s.limit_high; };
  analog(first, Format::temperature, low, sensor_low, sensor_high);
  analog(first + 2, Format::temperature, high, sensor_low, sensor_high);
  reading(first + 6, Format::code, [this] { return limit_state(); });
  if (options_.map == 1) return;
  command(first - 4, 0, [this] { clear_limit(); });
  reading(first + 20, Format::code,
          [this] { return limit_state() == limit_none ? limit_safe : limit_failed; });
}

void VirtualWatlow::add_alarm(std::uint16_t first, std::size_t index) {
  const auto high = [index](auto& s) -> auto& { return s.alarms[index].high; };
  const auto low = [index](auto& s) -> auto& { return s.alarms[index].low; };
  analog(first, Format::temperature, high, sensor_low, sensor_high);
  analog(first + 2, Format::temperature, low, sensor_low, sensor_high);
  reading(first + 16, Format::code, [this, index] { return alarms_[index]; });
  if (options_.map == 1) return;
  command(first + 24, 0, [this, index] { clear_alarm(index); });
  command(first + 26, 1010, [] {});  // the buzzer
}

void VirtualWatlow::add_outputs() {
  reading(1012, Format::code,
          [this] { return loop_.output_percent() > 0.0 ? virtual_watlow::on : virtual_watlow::off; });
  reading(1042, Format::code,
          [this] { return contactor_closed() ? virtual_watlow::on : virtual_watlow::off; });
}

}  // namespace nocturne
