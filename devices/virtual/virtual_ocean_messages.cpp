#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "devices/virtual/virtual_ocean.hpp"

namespace nocturne {

using virtual_obp::bytes_of;
using virtual_obp::Error;
using virtual_obp::number_at;

namespace {

constexpr int wavelength_coefficients = 4;
constexpr std::size_t nonlinearity_coefficients = 8;
constexpr int gpio_pins = 8;

std::uint32_t only_number(const std::string& data, int size) {
  if (data.size() != static_cast<std::size_t>(size)) throw Error::wrong_length;
  return number_at(data, 0, size);
}

bool only_switch(const std::string& data) {
  const std::uint32_t value = only_number(data, 1);
  if (value > 1) throw Error::invalid_payload;
  return value == 1;
}

void nothing(const std::string& data) {
  if (!data.empty()) throw Error::wrong_length;
}

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

void VirtualOcean::number(std::uint32_t type, int size, std::function<std::uint32_t()> value) {
  queries_[type] = [size, value = std::move(value)](const std::string& data) {
    nothing(data);
    return bytes_of(value(), size);
  };
}

void VirtualOcean::coefficients(std::uint32_t count_type, std::vector<float> values) {
  number(count_type, 1, [count = static_cast<std::uint32_t>(values.size())] { return count; });
  queries_[count_type + 1] = [values = std::move(values)](const std::string& data) {
    const std::uint32_t index = only_number(data, 1);
    if (index >= values.size()) throw Error::no_such_value;
    return bytes_of(values[index]);
  };
}

void VirtualOcean::add_identity() {
  const auto text = [this](std::uint32_t type, std::string value) {
    queries_[type] = [value = std::move(value)](const std::string& data) {
      nothing(data);
      return value;
    };
  };
  text(0x000100, known_.serial);
  number(0x000101, 1, [] { return 16u; });
  number(0x000080, 1, [] { return 1u; });
  number(0x000090, 2, [] { return 0x0204u; });
  number(0x000091, 2, [] { return 0x0102u; });
  text(0x000E11, "Ocean " + model_.name);
  commands_[0x000000] = commands_[0x000001] = [this](const std::string& data) {
    nothing(data);
    reset();
  };
  commands_[0x000010] = [this](const std::string& data) {
    const std::uint32_t type = only_number(data, 1);
    if (type > 1) throw Error::unknown_checksum_type;
    settings_.reply_md5 = type == 1;
  };
}

void VirtualOcean::add_acquisition() {
  number(0x110000, 4,
         [this] { return static_cast<std::uint32_t>(detector_.exposure() / std::chrono::microseconds{1}); });
  number(0x110001, 4, [this] { return model_.min_exposure_us; });
  number(0x110002, 4, [this] { return model_.max_exposure_us; });
  number(0x110003, 4, [] { return 1u; });
  commands_[0x110010] = [this](const std::string& data) { set_exposure(only_number(data, 4)); };
  number(0x110100, 1, [this] { return static_cast<std::uint32_t>(settings_.trigger_mode); });
  commands_[0x110110] = [this](const std::string& data) {
    const int mode = static_cast<int>(only_number(data, 1));
    if (!model_.trigger_modes.contains(mode)) throw Error::invalid_payload;
    settings_.trigger_mode = mode;
  };
  number(0x120000, 2, [this] { return static_cast<std::uint32_t>(settings_.average); });
  commands_[0x120010] = [this](const std::string& data) {
    const std::uint32_t scans = only_number(data, 2);
    if (scans < 1 || scans > 5000) throw Error::invalid_payload;
    settings_.average = static_cast<int>(scans);
  };
  number(0x121000, 1, [this] { return static_cast<std::uint32_t>(settings_.boxcar); });
  commands_[0x121010] = [this](const std::string& data) {
    const std::uint32_t half_width = only_number(data, 1);
    if (half_width > 15) throw Error::invalid_payload;
    settings_.boxcar = static_cast<int>(half_width);
  };
  commands_[0x100000] = nothing;  // the running exposure is never waited for between requests
}

void VirtualOcean::add_pixels() {
  number(0x110220, 4, [this] { return static_cast<std::uint32_t>(model_.pixels); });
  const auto ranges = [this](std::uint32_t type,
                             std::vector<std::pair<std::uint32_t, std::uint32_t>> pixels) {
    queries_[type] = [bytes = range_bytes(pixels)](const std::string& data) {
      nothing(data);
      return bytes;
    };
  };
  ranges(0x110221, model_.active_ranges);
  ranges(0x110222, {});
  ranges(0x110223, model_.dark_ranges);
  number(0x101010, 4, [this] { return static_cast<std::uint32_t>(model_.full_scale); });
  number(0x1010A0, 4, [this] {
    return static_cast<std::uint32_t>(std::min(model_.full_scale, known_.saturation_counts));
  });
  number(0x100800, 1, [this] { return settings_.buffering ? 1u : 0u; });
  commands_[0x100810] = [this](const std::string& data) { settings_.buffering = only_switch(data); };
  number(0x100820, 4, [] { return Settings{}.buffer_size; });
  number(0x100822, 4, [this] { return settings_.buffer_size; });
  commands_[0x100832] = [this](const std::string& data) {
    const std::uint32_t size = only_number(data, 4);
    if (size < 1 || size > Settings{}.buffer_size) throw Error::invalid_payload;
    settings_.buffer_size = size;
  };
  commands_[0x100830] = nothing;  // nothing is kept between requests
  number(0x100900, 4, [] { return 0u; });
}

void VirtualOcean::add_calibration() {
  coefficients(0x180100, wavelength_polynomial(known_.wavelength_nm));
  std::vector<float> correction(nonlinearity_coefficients, 0.0F);
  if (known_.nonlinearity.empty()) correction[0] = 1.0F;
  for (std::size_t i = 0; i < std::min(known_.nonlinearity.size(), correction.size()); ++i)
    correction[i] = static_cast<float>(known_.nonlinearity[i]);
  coefficients(0x181100, std::move(correction));
}

void VirtualOcean::add_lines() {
  number(0x110400, 1, [this] { return lamp_enabled_ ? 1u : 0u; });
  commands_[0x110410] = [this](const std::string& data) {
    const bool lamp = only_switch(data);
    set_lights(lamp, settings_.output_enable, settings_.output_value);
  };
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
