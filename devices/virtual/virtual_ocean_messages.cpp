#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "devices/virtual/obp_request.hpp"
#include "devices/virtual/virtual_ocean.hpp"

namespace nocturne {

using virtual_obp::bytes_of;
using virtual_obp::Error;
using virtual_obp::float_at;
using virtual_obp::nothing;
using virtual_obp::number_at;
using virtual_obp::only_number;

namespace {

constexpr int wavelength_coefficients = 4;
constexpr std::size_t nonlinearity_coefficients = 8;
constexpr int gpio_pins = 8;
constexpr std::uint32_t most_scans = 5000;
constexpr std::uint32_t widest_boxcar = 15;
constexpr std::uint32_t longest_delay_us = 10'000'000;

/// Coefficients c of the polynomial sum c_i p^i that best gives the wavelength of pixel p.
std::vector<float> wavelength_polynomial(const Eigen::VectorXd& wavelength_nm) {
  const Eigen::Index pixels = wavelength_nm.size();
  const double scale = static_cast<double>(pixels);
  Eigen::MatrixXd powers(pixels, wavelength_coefficients);
  for (Eigen::Index p = 0; p < pixels; ++p)
    for (int i = 0; i < wavelength_coefficients; ++i)
      powers(p, i) = std::pow(static_cast<double>(p) / scale, i);
  const Eigen::VectorXd fitted = powers.colPivHouseholderQr().solve(wavelength_nm);
  std::vector<float> result;
  for (int i = 0; i < wavelength_coefficients; ++i)
    result.push_back(static_cast<float>(fitted[i] / std::pow(scale, i)));
  return result;
}

std::string range_bytes(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges) {
  std::string result;
  for (const auto& [first, last] : ranges) result += bytes_of(first, 4) + bytes_of(last, 4);
  return result;
}

}  // namespace

void VirtualOcean::coefficients(std::uint32_t count_type, std::vector<float> values) {
  const auto of = [this, count_type](std::uint32_t index) -> float& {
    std::vector<float>& known = coefficients_.at(count_type);
    if (index >= known.size()) throw Error::no_such_value;
    return known[index];
  };
  number(count_type, 1, [count = static_cast<std::uint32_t>(values.size())] { return count; });
  queries_[count_type + 1] = [this, of](const std::string& data) {
    const float value = of(only_number(data, 1));
    return faults_.calibration_erased ? std::string(4, '\xFF') : bytes_of(value);
  };
  commands_[count_type + 0x11] = [of](const std::string& data) {
    if (data.size() != 5) throw Error::wrong_length;
    of(number_at(data, 0, 1)) = float_at(data, 1);
  };
  coefficients_[count_type] = std::move(values);
}

void VirtualOcean::add_acquisition() {
  number(0x110000, 4,
         [this] { return static_cast<std::uint32_t>(detector_.exposure() / std::chrono::microseconds{1}); });
  number(0x110001, 4, [this] { return model_.min_exposure_us; });
  number(0x110002, 4, [this] { return model_.max_exposure_us; });
  number(0x110003, 4, [] { return 1u; });
  commands_[0x110010] = [this](const std::string& data) { set_exposure(only_number(data, 4)); };
  number(0x120000, 2, [this] { return static_cast<std::uint32_t>(settings_.average); });
  commands_[0x120010] = [this](const std::string& data) {
    const std::uint32_t scans = only_number(data, 2);
    if (scans < 1 || scans > most_scans) throw Error::invalid_payload;
    settings_.average = static_cast<int>(scans);
  };
  number(0x121000, 1, [this] { return static_cast<std::uint32_t>(settings_.boxcar); });
  commands_[0x121010] = [this](const std::string& data) {
    const std::uint32_t half_width = only_number(data, 1);
    if (half_width > widest_boxcar) throw Error::invalid_payload;
    settings_.boxcar = static_cast<int>(half_width);
  };
  stored(0x110500, 0x110510, 4, 0, 0, longest_delay_us);
  number(0x110501, 4, [] { return 0u; });
  number(0x110502, 4, [] { return longest_delay_us; });
  number(0x110503, 4, [] { return 1u; });
}

void VirtualOcean::add_trigger() {
  number(0x110100, 1, [this] { return static_cast<std::uint32_t>(settings_.trigger_mode); });
  commands_[0x110110] = [this](const std::string& data) {
    const int mode = static_cast<int>(only_number(data, 1));
    if (!model_.trigger_modes.contains(mode)) throw Error::invalid_payload;
    settings_.trigger_mode = mode;
    pulsed_ = false;
  };
  commands_[0x110120] = [this](const std::string& data) {
    nothing(data);
    pulse();
  };
  commands_[0x100000] = [this](const std::string& data) {
    nothing(data);
    stop_filling();
    pulsed_ = false;
  };
}

void VirtualOcean::add_pixels() {
  number(0x110220, 4, [this] { return static_cast<std::uint32_t>(model_.pixels); });
  text(0x110221, range_bytes(model_.active_ranges));
  text(0x110222, {});
  text(0x110223, range_bytes(model_.dark_ranges));
  number(0x101010, 4, [this] { return static_cast<std::uint32_t>(model_.full_scale); });
  number(0x1010A0, 4, [this] {
    return static_cast<std::uint32_t>(std::min(model_.full_scale, known_.saturation_counts));
  });
  number(0x1010A1, 4, [this] { return static_cast<std::uint32_t>(options_.baseline_counts); });
  if (model_.most_binning == 0) return;
  const auto most = static_cast<std::uint32_t>(model_.most_binning);
  number(0x110280, 1, [this] { return static_cast<std::uint32_t>(settings_.binning); });
  number(0x110281, 1, [most] { return most; });
  stored(0x110285, 0x110295, 1, 0, 0, most);
  commands_[0x110290] = [this, most](const std::string& data) {
    const std::uint32_t binning = only_number(data, 1);
    if (binning > most) throw Error::invalid_payload;
    settings_.binning = static_cast<int>(binning);
  };
}

void VirtualOcean::add_buffer() {
  number(0x100800, 1, [this] { return settings_.buffering ? 1u : 0u; });
  on_off(0x100810, [this](bool on) {
    settings_.buffering = on;
    if (on) return;
    stop_filling();
    buffer_.clear();
  });
  number(0x100820, 4, [this] { return model_.most_buffered; });
  number(0x100822, 4, [this] { return settings_.buffer_size; });
  commands_[0x100832] = [this](const std::string& data) {
    const std::uint32_t size = only_number(data, 4);
    if (size < 1 || size > model_.most_buffered) throw Error::invalid_payload;
    settings_.buffer_size = size;
    while (buffer_.size() > size) buffer_.pop_front();
  };
  commands_[0x100830] = [this](const std::string& data) {
    nothing(data);
    buffer_.clear();
  };
  commands_[0x100831] = [this](const std::string& data) {
    const std::size_t count = std::min<std::size_t>(only_number(data, 4), buffer_.size());
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(count));
  };
}

void VirtualOcean::add_filling() {
  number(0x100900, 4, [this] { return static_cast<std::uint32_t>(buffer_.size()); });
  number(0x100908, 1, [this] { return filling_ || armed_ ? 0u : 1u; });
  commands_[0x100902] = [this](const std::string& data) {
    const std::uint32_t count = data.empty() ? settings_.buffer_size : only_number(data, 4);
    if (count < 1) throw Error::invalid_payload;
    if (!settings_.buffering) throw Error::not_ready;
    if (needs_pulse())
      armed_ = true;
    else
      start_filling(count);
  };
  number(0x110102, 4, [this] { return settings_.samples_per_trigger; });
  commands_[0x110112] = [this](const std::string& data) {
    const std::uint32_t count = only_number(data, 4);
    if (count < 1 || count > model_.most_buffered) throw Error::invalid_payload;
    settings_.samples_per_trigger = count;
  };
}

void VirtualOcean::add_calibration() {
  coefficients(0x180100, wavelength_polynomial(known_.wavelength_nm));
  std::vector<float> correction(nonlinearity_coefficients, 0.0F);
  if (known_.nonlinearity.empty()) correction[0] = 1.0F;
  for (std::size_t i = 0; i < std::min(known_.nonlinearity.size(), correction.size()); ++i)
    correction[i] = static_cast<float>(known_.nonlinearity[i]);
  coefficients(0x181100, std::move(correction));
  coefficients(0x183100, {0.0F, 0.0F});

  const auto irradiance = [this](std::uint32_t get, std::size_t most) {
    queries_[get] = [this, get](const std::string& data) {
      nothing(data);
      if (!kept_.contains(get)) throw Error::no_such_value;  // never calibrated
      return kept_.at(get);
    };
    commands_[get + 0x10] = [this, get, most](const std::string& data) {
      if (data.empty() || data.size() % 4 != 0 || data.size() > most) throw Error::wrong_length;
      kept_[get] = data;
    };
  };
  irradiance(0x182001, 4 * static_cast<std::size_t>(model_.pixels));
  irradiance(0x182003, 4);  // collection area
  number(0x182002, 4, [this] {
    return kept_.contains(0x182001) ? static_cast<std::uint32_t>(kept_.at(0x182001).size() / 4) : 0u;
  });
}

void VirtualOcean::add_lines() {
  number(0x110400, 1, [this] { return lamp_enabled_ ? 1u : 0u; });
  on_off(0x110410, [this](bool lamp) { set_lights(lamp, settings_.output_enable, settings_.output_value); });
  on_off(0x110610, [this](bool open) {
    if (open == settings_.shutter_open) return;
    detector_.before_change();
    settings_.shutter_open = open;
  });
  const auto vector = [this](std::uint32_t type, std::uint32_t& value, auto apply) {
    number(type, 4, [&value] { return value; });
    commands_[type + 0x10] = [&value, apply](const std::string& data) {
      if (data.size() != 8) throw Error::wrong_length;
      const std::uint32_t mask = number_at(data, 4, 4) & ((1u << gpio_pins) - 1);
      apply((value & ~mask) | (number_at(data, 0, 4) & mask));
    };
  };
  number(0x200000, 1, [] { return static_cast<std::uint32_t>(gpio_pins); });
  vector(0x200100, settings_.output_enable,
         [this](std::uint32_t enable) { set_lights(lamp_enabled_, enable, settings_.output_value); });
  vector(0x200300, settings_.output_value,
         [this](std::uint32_t value) { set_lights(lamp_enabled_, settings_.output_enable, value); });
}

void VirtualOcean::add_strobes() {
  stored(0x300000, 0x300010, 4, 0, 0, longest_delay_us);
  stored(0x300001, 0x300011, 4, 100, 1, longest_delay_us);
  stored(0x300002, 0x300012, 1, 0, 0, 1);
  stored(0x310000, 0x310010, 4, 1000, 1, longest_delay_us);
  stored(0x310001, 0x310011, 1, 0, 0, 1);
  stored(0x310005, 0x310015, 4, 100, 1, longest_delay_us);
}

void VirtualOcean::add_thermometer() {
  number(0x400000, 1, [] { return 1u; });
  queries_[0x400001] = [this](const std::string& data) {
    if (only_number(data, 1) != 0) throw Error::no_such_value;
    return bytes_of(static_cast<float>(options_.board_temperature_C));
  };
  queries_[0x400002] = [this](const std::string& data) {
    nothing(data);
    return bytes_of(static_cast<float>(options_.board_temperature_C));
  };
}

}  // namespace nocturne
