#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "devices/ascii.hpp"
#include "devices/error.hpp"
#include "devices/ocean_messages.hpp"
#include "devices/ocean_spectrometer.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

namespace msg = ocean::msg;

constexpr int usual_wavelength_coefficients = 4;
constexpr int most_coefficients = 16;
constexpr std::array kinds_of_dark{msg::optically_dark, msg::electrically_dark};

/// Letters, digits and what stands between them; of two that answer at once other characters remain.
bool is_of_serial(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view{" -_./+#"}.find(c) != std::string_view::npos;
}

double polynomial(const std::vector<double>& coefficients, double x) {
  double sum = 0.0;
  for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c) sum = sum * x + *c;
  return sum;
}

void add_pixels(const PixelRange& range, std::vector<Eigen::Index>& pixels) {
  for (Eigen::Index i = range.first; i <= range.last; ++i) pixels.push_back(i);
}

}  // namespace

Task<std::string> OceanSpectrometer::arm() {
  const Mutex::Lock lock = co_await acquiring_.lock();
  connection_ = not_connected;
  sealed_connection_ = not_connected;
  spectrum_form_ = 0;
  last_scan_.resize(0);
  Detector detector;
  detector.model = settings_.model.name;
  detector.gain_electrons_per_count = settings_.gain_electrons_per_count;
  detector.read_noise_counts = settings_.read_noise_counts;
  detector.serial = co_await identify();
  co_await set_light(Light::lamp, false);
  co_await set_light(Light::led, false);
  co_await check_product();
  co_await check_pixel_count();
  const std::vector<double> wavelengths = co_await read_coefficients(
      msg::wavelength_count, msg::wavelength_coefficient, usual_wavelength_coefficients);
  detector.wavelength_nm = pixel_centres(wavelengths);
  detector.nonlinearity =
      co_await read_coefficients(msg::nonlinearity_count, msg::nonlinearity_coefficient, 0);
  detector.saturation_counts = co_await read_saturation();
  detector.unlit_pixels = co_await read_unlit_pixels();
  co_await read_exposure_limits();
  co_await set_up_acquisition();
  detector_ = std::move(detector);
  ++changes_;
  connection_ = line_.connections();
  co_return detector_.model + " " + detector_.serial;
}

/// Its serial number, and with it the certainty that somebody speaks this protocol at the other end.
Task<std::string> OceanSpectrometer::identify() {
  std::string serial;
  try {
    serial = co_await ask(msg::serial_number);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
    throw DeviceError{error.fault(), settings_.name,
                      "does not answer as an Ocean spectrometer (" + settings_.model.name +
                          " expected; check power, line and baud rate): " + error.what()};
  }
  while (!serial.empty() && serial.back() == '\0') serial.pop_back();
  if (!std::ranges::all_of(serial, is_of_serial))
    fail(DeviceFault::garbled, "tells a serial number that is none: " + bytes_in_words(serial));
  if (settings_.checksums) {
    co_await command(msg::set_checksum, std::string(1, '\1'));
    sealed_connection_ = line_.connections();
  }
  co_return serial;
}

Task<void> OceanSpectrometer::check_product() {
  const std::optional<std::string> told = co_await ask_optional(msg::product);
  if (!told || told->size() < 2) co_return;
  const std::string other = spectrometer_product(ocean::u16_at(*told, 0));
  if (other.empty() || other == settings_.model.name) co_return;
  fail(DeviceFault::refused, "is a " + other + ", not a " + settings_.model.name);
}

Task<void> OceanSpectrometer::check_pixel_count() {
  const std::optional<std::uint32_t> pixels = co_await ask_optional_u32(msg::pixel_count);
  if (!pixels || *pixels == static_cast<std::uint32_t>(settings_.model.pixels)) co_return;
  fail(DeviceFault::refused, "has " + std::to_string(*pixels) + " pixels; a " + settings_.model.name +
                                 " has " + std::to_string(settings_.model.pixels));
}

/// Empty if the instrument has none and `usual_count` is 0.
Task<std::vector<double>> OceanSpectrometer::read_coefficients(std::uint32_t count_type,
                                                               std::uint32_t item_type, int usual_count) {
  const std::optional<std::string> told = co_await ask_optional(count_type);
  const int count = told && !told->empty() ? static_cast<unsigned char>(told->front()) : usual_count;
  if (count > most_coefficients)
    fail(DeviceFault::garbled, "claims " + std::to_string(count) + " coefficients");
  std::vector<double> coefficients;
  for (int i = 0; i < count; ++i) {
    const std::string data = co_await ask(item_type, std::string(1, static_cast<char>(i)));
    if (data.size() < 4) fail(DeviceFault::garbled, "sends a coefficient that is none");
    const float value = ocean::f32_at(data, 0);
    if (!std::isfinite(value)) fail(DeviceFault::garbled, "sends a coefficient that is no number");
    coefficients.push_back(static_cast<double>(value));
  }
  co_return coefficients;
}

Eigen::VectorXd OceanSpectrometer::pixel_centres(const std::vector<double>& coefficients) const {
  Eigen::VectorXd wavelength_nm(settings_.model.pixels);
  for (Eigen::Index i = 0; i < wavelength_nm.size(); ++i)
    wavelength_nm[i] = polynomial(coefficients, static_cast<double>(i));
  const bool ascending =
      std::ranges::is_sorted(wavelength_nm.begin(), wavelength_nm.end(), std::less_equal<>{});
  if (!ascending || !(wavelength_nm[0] > 0.0))
    fail(DeviceFault::refused, "has no usable wavelength calibration");
  return wavelength_nm;
}

Task<double> OceanSpectrometer::read_saturation() {
  const std::optional<std::uint32_t> told = co_await ask_optional_u32(msg::saturation);
  const double full_scale = settings_.model.full_scale_counts;
  co_return told&&* told > 0 ? std::min(static_cast<double>(*told), full_scale) : full_scale;
}

/// What the instrument tells, otherwise what its model is known for.
Task<std::vector<Eigen::Index>> OceanSpectrometer::read_unlit_pixels() {
  std::vector<Eigen::Index> pixels;
  bool known = false;
  for (const std::uint32_t type : kinds_of_dark) {
    const std::optional<std::string> told = co_await ask_optional(type);
    if (!told) continue;
    for (std::size_t at = 0; at + 8 <= told->size(); at += 8) {
      const std::uint32_t first = ocean::u32_at(*told, at), last = ocean::u32_at(*told, at + 4);
      if (first > last || last >= static_cast<std::uint32_t>(settings_.model.pixels))
        fail(DeviceFault::garbled, "calls pixels " + std::to_string(first) + " to " + std::to_string(last) +
                                       " dark; it has " + std::to_string(settings_.model.pixels));
      add_pixels({static_cast<int>(first), static_cast<int>(last)}, pixels);
      known = true;
    }
  }
  if (!known)
    for (const PixelRange& range : settings_.model.unlit) add_pixels(range, pixels);
  std::ranges::sort(pixels);
  const auto twice = std::unique(pixels.begin(), pixels.end());
  pixels.erase(twice, pixels.end());
  if (std::ssize(pixels) > settings_.model.pixels / 2)
    fail(DeviceFault::garbled, "calls most of its pixels dark");
  co_return pixels;
}

Task<void> OceanSpectrometer::read_exposure_limits() {
  const auto from_microseconds = [](std::uint32_t count) -> Duration {
    return std::chrono::microseconds{count};
  };
  const std::optional<std::uint32_t> shortest = co_await ask_optional_u32(msg::shortest_exposure);
  const std::optional<std::uint32_t> longest = co_await ask_optional_u32(msg::longest_exposure);
  min_exposure_ = shortest ? from_microseconds(*shortest) : settings_.model.min_exposure;
  max_exposure_ = longest ? from_microseconds(*longest) : settings_.model.max_exposure;
  const std::uint32_t held = co_await ask_u32(msg::exposure);
  exposure_ = from_microseconds(held);
}

/// Free-running single scans, neither averaged nor smoothed, whatever another program has left behind.
Task<void> OceanSpectrometer::set_up_acquisition() {
  const std::string off(1, '\0'), on(1, '\1'), one_scan("\1\0", 2);
  if (settings_.model.buffered) {
    co_await command(msg::set_buffering, on);
    co_await confirm_plain(msg::buffering, on, "buffering");
  }
  co_await set_plain(msg::set_trigger, msg::trigger, off, "trigger mode");
  co_await set_plain(msg::set_averaged_scans, msg::averaged_scans, one_scan, "averaging");
  co_await set_plain(msg::set_boxcar, msg::boxcar, off, "smoothing");
}

/// For what not every model has.
Task<void> OceanSpectrometer::set_plain(std::uint32_t set_type, std::uint32_t get_type, std::string value,
                                        std::string what) {
  co_await command_optional(set_type, value);
  co_await confirm_plain(get_type, std::move(value), std::move(what));
}

Task<void> OceanSpectrometer::confirm_plain(std::uint32_t get_type, std::string value, std::string what) {
  const std::optional<std::string> held = co_await ask_optional(get_type);
  if (!held || held->starts_with(value)) co_return;
  const int first = held->empty() ? 0 : static_cast<unsigned char>(held->front());
  const std::string shown =
      get_type == msg::trigger ? settings_.model.trigger_mode(first) : std::to_string(first);
  fail(DeviceFault::refused, "keeps its " + what + " at " + shown);
}

}  // namespace nocturne
