#include "devices/ocean_spectrometer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "devices/error.hpp"

namespace nocturne {
namespace {

using namespace std::chrono_literals;

// Message types.
namespace msg {
constexpr std::uint32_t serial_number = 0x000100;
constexpr std::uint32_t enable_buffering = 0x100810;
constexpr std::uint32_t buffered_spectrum = 0x100928;
constexpr std::uint32_t corrected_spectrum = 0x101000;
constexpr std::uint32_t saturation = 0x1010A0;
constexpr std::uint32_t exposure = 0x110000, shortest_exposure = 0x110001, longest_exposure = 0x110002;
constexpr std::uint32_t set_exposure = 0x110010;
constexpr std::uint32_t set_trigger = 0x110110;
constexpr std::uint32_t pixel_count = 0x110220;
constexpr std::uint32_t lamp = 0x110400, set_lamp = 0x110410;
constexpr std::uint32_t set_averaged_scans = 0x120010;
constexpr std::uint32_t wavelength_count = 0x180100, wavelength_coefficient = 0x180101;
constexpr std::uint32_t nonlinearity_count = 0x181100, nonlinearity_coefficient = 0x181101;
constexpr std::uint32_t set_output_enable = 0x200110;
constexpr std::uint32_t outputs = 0x200300, set_outputs = 0x200310;
}  // namespace msg

constexpr int usual_wavelength_coefficients = 4;
constexpr int most_coefficients = 16;

double polynomial(const std::vector<double>& coefficients, double x) {
  double sum = 0.0;
  for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c) sum = sum * x + *c;
  return sum;
}

std::string as_byte(bool on) { return std::string(1, on ? '\1' : '\0'); }

std::string in_words(Duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", in_seconds(d));
  return text;
}

Duration from_microseconds(std::uint32_t count) { return std::chrono::microseconds{count}; }

}  // namespace

SpectrometerModel spectrometer_model(const std::string& name) {
  static const std::array<SpectrometerModel, 6> models{
      SpectrometerModel{"STS", 1024, 16383.0, 10us, 85s, msg::corrected_spectrum, 2, 0},
      SpectrometerModel{"Spark", 1024, 16383.0, 10us, 85s, msg::corrected_spectrum, 2, 0},
      SpectrometerModel{"QE Pro", 1044, 262143.0, 8ms, 1600s, msg::buffered_spectrum, 4, 32},
      SpectrometerModel{"Ventana", 1024, 65535.0, 22ms, 60s, msg::corrected_spectrum, 2, 0},
      SpectrometerModel{"HDX", 2068, 65535.0, 6ms, 10s, msg::corrected_spectrum, 2, 0},
      SpectrometerModel{"FX", 2136, 65535.0, 6ms, 10s, msg::corrected_spectrum, 2, 0}};
  std::string known;
  for (const SpectrometerModel& model : models) {
    if (model.name == name) return model;
    known += (known.empty() ? "" : ", ") + model.name;
  }
  throw std::invalid_argument{"no spectrometer model '" + name + "' (" + known + ")"};
}

OceanSpectrometer::OceanSpectrometer(Clock& clock, Line& line, OceanSettings settings)
    : line_{line}, settings_{std::move(settings)}, acquiring_{clock.io()} {
  assert(settings_.led_bit >= 0 && settings_.led_bit < 32);
  assert(settings_.model.pixels > 0);
}

void OceanSpectrometer::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

Task<ocean::Message> OceanSpectrometer::transact(Message request, Duration deadline) {
  request.regarding = ++regarding_;
  Message reply;
  Framing framing = [&request, &reply](std::string_view received) {
    FrameVerdict verdict = ocean::examine(received, reply);
    const bool is_answer =
        reply.type == request.type && reply.regarding == request.regarding && reply.error != ocean::deferred;
    if (verdict.kind == FrameVerdict::Kind::reply && !is_answer) verdict.kind = FrameVerdict::Kind::foreign;
    return verdict;
  };
  std::string bytes = ocean::encode(request);
  co_await line_.transact(settings_.name, std::move(bytes), std::move(framing), deadline);
  if ((reply.flags & (ocean::is_nack | ocean::is_exception)) != 0 || reply.error != 0) {
    char type[16];
    std::snprintf(type, sizeof type, "%06Xh", static_cast<unsigned>(request.type));
    fail(DeviceFault::refused,
         std::string{"refuses message "} + type + ": " + ocean::error_text(reply.error));
  }
  co_return reply;
}

Task<std::string> OceanSpectrometer::ask(std::uint32_t type, std::string data, Duration deadline) {
  Message request;
  request.type = type;
  request.data = std::move(data);
  Message reply = co_await transact(std::move(request), deadline);
  co_return std::move(reply.data);
}

Task<std::string> OceanSpectrometer::ask(std::uint32_t type, std::string data) {
  return ask(type, std::move(data), settings_.reply_deadline);
}

Task<std::optional<std::string>> OceanSpectrometer::ask_optional(std::uint32_t type, std::string data) {
  try {
    co_return co_await ask(type, std::move(data));
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
  co_return std::nullopt;
}

Task<void> OceanSpectrometer::command(std::uint32_t type, std::string data) {
  Message request;
  request.flags = ocean::ack_requested;
  request.type = type;
  request.data = std::move(data);
  const Message reply = co_await transact(std::move(request), settings_.reply_deadline);
  if ((reply.flags & ocean::is_ack) == 0)
    fail(DeviceFault::garbled, "answers a command without acknowledging it");
}

Task<void> OceanSpectrometer::command_optional(std::uint32_t type, std::string data) {
  try {
    co_await command(type, std::move(data));
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
}

Task<std::uint32_t> OceanSpectrometer::ask_u32(std::uint32_t type) {
  const std::string data = co_await ask(type);
  co_return to_u32(data);
}

Task<std::optional<std::uint32_t>> OceanSpectrometer::ask_optional_u32(std::uint32_t type) {
  const std::optional<std::string> data = co_await ask_optional(type);
  if (!data) co_return std::nullopt;
  co_return to_u32(*data);
}

std::uint32_t OceanSpectrometer::to_u32(const std::string& data) const {
  if (data.size() < 4)
    fail(DeviceFault::garbled, "sends " + std::to_string(data.size()) + " bytes for a number of 4");
  return ocean::u32_at(data, 0);
}

Task<std::string> OceanSpectrometer::arm() {
  const Mutex::Lock lock = co_await acquiring_.lock();
  connection_ = not_connected;
  Detector detector;
  detector.model = settings_.model.name;
  detector.gain_electrons_per_count = settings_.gain_electrons_per_count;
  detector.read_noise_counts = settings_.read_noise_counts;
  detector.serial = co_await ask(msg::serial_number);
  while (!detector.serial.empty() && detector.serial.back() == '\0') detector.serial.pop_back();
  co_await set_light(Light::lamp, false);
  co_await set_light(Light::led, false);
  co_await check_pixel_count();
  const std::vector<double> wavelengths = co_await read_coefficients(
      msg::wavelength_count, msg::wavelength_coefficient, usual_wavelength_coefficients);
  detector.wavelength_nm = pixel_centres(wavelengths);
  detector.nonlinearity =
      co_await read_coefficients(msg::nonlinearity_count, msg::nonlinearity_coefficient, 0);
  const std::optional<std::uint32_t> saturation = co_await ask_optional_u32(msg::saturation);
  detector.saturation_counts =
      saturation && *saturation > 0 ? *saturation : settings_.model.full_scale_counts;
  co_await read_exposure_limits();
  if (settings_.model.spectrum_message == msg::buffered_spectrum)
    co_await command(msg::enable_buffering, as_byte(true));
  co_await command_optional(msg::set_trigger, as_byte(false));
  co_await command_optional(msg::set_averaged_scans, std::string("\1\0", 2));
  detector_ = std::move(detector);
  ++changes_;
  connection_ = line_.connections();
  co_return detector_.model + " " + detector_.serial;
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

Task<void> OceanSpectrometer::read_exposure_limits() {
  const std::optional<std::uint32_t> shortest = co_await ask_optional_u32(msg::shortest_exposure);
  const std::optional<std::uint32_t> longest = co_await ask_optional_u32(msg::longest_exposure);
  min_exposure_ = shortest ? from_microseconds(*shortest) : settings_.model.min_exposure;
  max_exposure_ = longest ? from_microseconds(*longest) : settings_.model.max_exposure;
  const std::uint32_t held = co_await ask_u32(msg::exposure);
  exposure_ = from_microseconds(held);
}

void OceanSpectrometer::require_armed() const {
  if (connection_ == not_connected) fail(DeviceFault::refused, "is not armed");
  if (connection_ != line_.connections())
    fail(DeviceFault::refused, "was reconnected and may have lost its settings; arm it again");
}

Task<Duration> OceanSpectrometer::set_exposure(Duration exposure) {
  require_armed();
  if (exposure < min_exposure_ || exposure > max_exposure_)
    fail(DeviceFault::out_of_range, "exposes for " + in_words(min_exposure_) + " to " +
                                        in_words(max_exposure_) + ", not for " + in_words(exposure));
  const auto wanted = std::chrono::duration_cast<std::chrono::microseconds>(exposure).count();
  ++changes_;
  co_await command(msg::set_exposure, ocean::u32_bytes(static_cast<std::uint32_t>(wanted)));
  const std::uint32_t held = co_await ask_u32(msg::exposure);
  exposure_ = from_microseconds(held);
  ++changes_;
  constexpr double rounding = 0.01;  // more is not a rounding but a refusal
  if (std::abs(static_cast<double>(held) - static_cast<double>(wanted)) >
      rounding * static_cast<double>(wanted) + 10.0)
    fail(DeviceFault::refused,
         "holds an exposure of " + std::to_string(held) + " µs instead of " + std::to_string(wanted) + " µs");
  co_return exposure_;
}

Task<void> OceanSpectrometer::set_light(Light light, bool on) {
  ++changes_;
  if (light == Light::lamp)
    co_await switch_lamp(on);
  else
    co_await switch_led(on);
  ++changes_;
}

Task<void> OceanSpectrometer::switch_lamp(bool on) {
  co_await command(msg::set_lamp, as_byte(on));
  const std::string held = co_await ask(msg::lamp);
  if (held.empty()) fail(DeviceFault::garbled, "does not tell whether the lamp is on");
  lamp_on_ = held.front() != '\0';
  if (lamp_on_ != on) fail(DeviceFault::refused, on ? "leaves the lamp off" : "leaves the lamp on");
}

Task<void> OceanSpectrometer::switch_led(bool on) {
  const std::uint32_t mask = 1u << settings_.led_bit;
  co_await command(msg::set_outputs, ocean::u32_bytes(on ? mask : 0) + ocean::u32_bytes(mask));
  co_await command(msg::set_output_enable, ocean::u32_bytes(mask) + ocean::u32_bytes(mask));
  const std::uint32_t held = co_await ask_u32(msg::outputs);
  led_on_ = (held & mask) != 0;
  if (led_on_ != on) fail(DeviceFault::refused, on ? "leaves the LED off" : "leaves the LED on");
}

Task<Eigen::VectorXd> OceanSpectrometer::scan() {
  const SpectrometerModel& model = settings_.model;
  // The detector runs freely: what is left of one exposure, and then the one that is sent.
  const Duration deadline = settings_.reply_deadline + 2 * exposure_;
  const std::string data = co_await ask(model.spectrum_message, std::string{}, deadline);
  const auto expected = static_cast<std::size_t>(model.metadata_bytes + model.pixels * model.bytes_per_pixel);
  if (data.size() != expected)
    fail(DeviceFault::garbled, "sends a spectrum of " + std::to_string(data.size()) + " bytes instead of " +
                                   std::to_string(expected));
  Eigen::VectorXd counts(model.pixels);
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    const auto at = static_cast<std::size_t>(model.metadata_bytes + i * model.bytes_per_pixel);
    counts[i] = model.bytes_per_pixel == 4 ? ocean::u32_at(data, at) : ocean::u16_at(data, at);
  }
  co_return counts;
}

Task<Frame> OceanSpectrometer::acquire(int scans) {
  assert(scans >= 1);
  require_armed();
  const Mutex::Lock lock = co_await acquiring_.lock();
  const unsigned changes = changes_;
  Frame frame;
  frame.exposure_s = in_seconds(exposure_);
  frame.scans = scans;
  frame.lamp_on = lamp_on_;
  frame.led_on = led_on_;
  if (changes != seen_changes_) co_await scan();  // began before the last change
  seen_changes_ = changes;
  frame.counts = Eigen::VectorXd::Zero(settings_.model.pixels);
  for (int i = 0; i < scans; ++i) frame.counts += co_await scan();
  frame.counts /= static_cast<double>(scans);
  if (changes != changes_)
    fail(DeviceFault::refused, "had its exposure or a light changed during the measurement");
  co_return frame;
}

}  // namespace nocturne
