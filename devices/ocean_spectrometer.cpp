#include "devices/ocean_spectrometer.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "devices/error.hpp"
#include "devices/ocean_messages.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

namespace msg = ocean::msg;
using namespace std::chrono_literals;

constexpr std::size_t frame_size = 64;  // of a message without payload
constexpr Duration not_ready_pause = 20ms;
constexpr int most_repetitions = 2;             // noise never repeats a spectrum count by count
constexpr double most_impossible_share = 0.01;  // of the pixels: a few may have a stuck bit

std::string in_hex(std::uint32_t type) { return print("%06Xh", static_cast<unsigned>(type)); }

bool is_refusal(const ocean::Message& reply) {
  return (reply.flags & (ocean::is_nack | ocean::is_exception)) != 0 || reply.error != 0;
}

std::string as_byte(bool on) { return std::string(1, on ? '\1' : '\0'); }

}  // namespace

OceanSpectrometer::OceanSpectrometer(Clock& clock, Line& line, OceanSettings settings)
    : clock_{clock}, line_{line}, settings_{std::move(settings)}, acquiring_{clock.io()} {
  assert(settings_.led_bit >= 0 && settings_.led_bit < 32);
  assert(settings_.model.pixels > 0 && !settings_.model.spectrum_messages.empty());
}

void OceanSpectrometer::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

void OceanSpectrometer::refuse(const Message& reply) const {
  const bool hardware = (reply.flags & ocean::is_exception) != 0;
  const std::string why = reply.error != 0 ? ocean::error_text(reply.error)
                                           : (hardware ? "hardware exception" : "no reason given");
  fail(DeviceFault::refused, "refuses message " + in_hex(reply.type) + ": " + why);
}

Duration OceanSpectrometer::transfer_time(std::size_t bytes) const {
  if (settings_.baud <= 0) return {};
  constexpr double bits_per_byte = 10.0, margin = 1.1;
  return seconds(margin * bits_per_byte * static_cast<double>(bytes) / settings_.baud);
}

/// The answer to this request, be it a refusal.
Task<ocean::Message> OceanSpectrometer::exchange(Message request, Duration deadline) {
  request.regarding = ++regarding_;
  request.md5 = settings_.checksums;
  const bool sealed = sealed_connection_ != not_connected && sealed_connection_ == line_.connections();
  Message reply;
  Framing framing = [&request, &reply, sealed](std::string_view received) {
    FrameVerdict verdict = ocean::examine(received, reply);
    if (verdict.kind != FrameVerdict::Kind::reply) return verdict;
    const bool is_answer =
        reply.type == request.type && reply.regarding == request.regarding && reply.error != ocean::deferred;
    if (sealed && !reply.md5)
      verdict.kind = FrameVerdict::Kind::noise;
    else if (!is_answer)
      verdict.kind = FrameVerdict::Kind::foreign;
    return verdict;
  };
  std::string bytes = ocean::encode(request);
  deadline += transfer_time(bytes.size() + frame_size);
  co_await line_.transact(settings_.name, std::move(bytes), std::move(framing), deadline);
  co_return reply;
}

Task<ocean::Message> OceanSpectrometer::transact(Message request) {
  Message reply = co_await exchange(std::move(request), settings_.reply_deadline);
  if (is_refusal(reply)) refuse(reply);
  co_return reply;
}

Task<std::string> OceanSpectrometer::ask(std::uint32_t type, std::string data) {
  Message request;
  request.type = type;
  request.data = std::move(data);
  Message reply = co_await transact(std::move(request));
  co_return std::move(reply.data);
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
  const Message reply = co_await transact(std::move(request));
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
  exposure_ = std::chrono::microseconds{held};
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
  if (settings_.lamp_switch == LampSwitch::shutter) {
    co_await command(msg::set_shutter, as_byte(on));
    lamp_on_ = on;
    co_return;
  }
  co_await command(msg::set_lamp, as_byte(on));
  lamp_on_ = co_await lamp_is_on();
  if (lamp_on_ != on) fail(DeviceFault::refused, on ? "leaves the lamp off" : "leaves the lamp on");
}

Task<bool> OceanSpectrometer::lamp_is_on() {
  const std::string held = co_await ask(msg::lamp);
  if (held.empty()) fail(DeviceFault::garbled, "does not tell whether the lamp is on");
  co_return held.front() != '\0';
}

Task<void> OceanSpectrometer::switch_led(bool on) {
  const std::uint32_t mask = 1u << settings_.led_bit;
  co_await command(msg::set_outputs, ocean::u32_bytes(on ? mask : 0) + ocean::u32_bytes(mask));
  co_await command(msg::set_output_enable, ocean::u32_bytes(mask) + ocean::u32_bytes(mask));
  led_on_ = co_await led_is_on();
  if (led_on_ != on) fail(DeviceFault::refused, on ? "leaves the LED off" : "leaves the LED on");
}

Task<bool> OceanSpectrometer::led_is_on() {
  const std::uint32_t held = co_await ask_u32(msg::outputs);
  co_return (held >> settings_.led_bit & 1u) != 0;
}

Eigen::VectorXd OceanSpectrometer::decode(const std::string& data) const {
  const OceanInstrument& model = settings_.model;
  const auto bytes_of_counts = static_cast<std::size_t>(model.pixels * model.bytes_per_pixel);
  const auto metadata = std::ranges::find_if(model.metadata_bytes, [&](int bytes) {
    return data.size() == bytes_of_counts + static_cast<std::size_t>(bytes);
  });
  if (metadata == model.metadata_bytes.end())
    fail(DeviceFault::garbled, "sends a spectrum of " + std::to_string(data.size()) +
                                   " bytes; the counts of a " + model.name + " take " +
                                   std::to_string(bytes_of_counts));
  Eigen::VectorXd counts(model.pixels);
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    const auto at = static_cast<std::size_t>(*metadata + i * model.bytes_per_pixel);
    counts[i] = model.bytes_per_pixel == 4 ? ocean::u32_at(data, at) : ocean::u16_at(data, at);
  }
  const auto impossible = (counts.array() > model.full_scale_counts).count();
  if (static_cast<double>(impossible) > most_impossible_share * model.pixels)
    fail(DeviceFault::garbled, "sends counts that no " + model.name + " can have");
  return counts;
}

/// The payload of one spectrum. The detector runs freely: what is left of one exposure comes before the one
/// that is sent.
Task<std::string> OceanSpectrometer::request_spectrum() {
  const OceanInstrument& model = settings_.model;
  const auto payload =
      static_cast<std::size_t>(model.pixels * model.bytes_per_pixel + std::ranges::max(model.metadata_bytes));
  const Instant deadline =
      clock_.now() + settings_.reply_deadline + 2 * exposure_ + transfer_time(payload + frame_size);
  for (;;) {
    Message request;
    request.type = model.spectrum_messages[spectrum_form_];
    Message reply = co_await exchange(std::move(request), deadline - clock_.now());
    if (reply.error == ocean::not_ready && clock_.now() + not_ready_pause < deadline) {
      co_await clock_.sleep_for(not_ready_pause);
      continue;
    }
    if (reply.error == ocean::unknown_type && spectrum_form_ + 1 < model.spectrum_messages.size()) {
      ++spectrum_form_;
      continue;
    }
    if (is_refusal(reply)) refuse(reply);
    co_return std::move(reply.data);
  }
}

Task<Eigen::VectorXd> OceanSpectrometer::read_spectrum() {
  const std::string data = co_await request_spectrum();
  co_return decode(data);
}

/// A lost spectrum is asked for once more, if the instrument is still there and still the same.
Task<Eigen::VectorXd> OceanSpectrometer::scan(bool& may_repeat) {
  try {
    co_return co_await read_spectrum();
  } catch (const DeviceError& error) {
    if (!is_line_fault(error) || !std::exchange(may_repeat, false)) throw;
  }
  const std::string serial = co_await ask(msg::serial_number);
  if (!serial.starts_with(detector_.serial))
    fail(DeviceFault::refused, "was exchanged for " + serial + "; arm it again");
  co_return co_await read_spectrum();
}

/// Throws if the detector repeats itself: light and noise never do, unless every pixel is full.
void OceanSpectrometer::check_alive(const Eigen::VectorXd& counts) {
  const bool full = (counts.array() >= detector_.saturation_counts).all();
  const bool same = counts.size() == last_scan_.size() && counts == last_scan_;
  repetitions_ = same && !full ? repetitions_ + 1 : 0;
  last_scan_ = counts;
  if (repetitions_ < most_repetitions) return;
  fail(DeviceFault::garbled, "is frozen: it sends the same spectrum again and again");
}

/// Whether it holds the exposure and the lights that it was given.
Task<bool> OceanSpectrometer::holds_settings() {
  const std::uint32_t exposure = co_await ask_u32(msg::exposure);
  bool lamp = lamp_on_;
  if (settings_.lamp_switch == LampSwitch::lamp_enable) lamp = co_await lamp_is_on();
  const bool led = co_await led_is_on();
  co_return std::chrono::microseconds{exposure} == exposure_&& lamp == lamp_on_&& led == led_on_;
}

/// A restart over a serial line is not seen, except that exposure and lights are gone.
Task<void> OceanSpectrometer::confirm_settings(unsigned changes, bool may_repeat) {
  std::optional<bool> held;
  try {
    held = co_await holds_settings();
  } catch (const DeviceError& error) {
    if (!is_line_fault(error) || !may_repeat) throw;
  }
  if (!held) held = co_await holds_settings();
  if (changes != changes_)
    fail(DeviceFault::refused, "had its exposure or a light changed during the measurement");
  if (*held) co_return;
  connection_ = not_connected;
  fail(DeviceFault::refused, "has lost its exposure or a light (restarted?); arm it again");
}

Task<Frame> OceanSpectrometer::acquire(int scans) {
  assert(scans >= 1);
  require_armed();
  const Mutex::Lock lock = co_await acquiring_.lock();
  const unsigned changes = changes_;
  bool may_repeat = true;
  Frame frame;
  frame.exposure_s = in_seconds(exposure_);
  frame.scans = scans;
  frame.lamp_on = lamp_on_;
  frame.led_on = led_on_;
  if (settings_.model.buffered) co_await command_optional(msg::clear_buffer, std::string{});
  if (changes != seen_changes_) co_await scan(may_repeat);  // began before the last change
  seen_changes_ = changes;
  frame.counts = Eigen::VectorXd::Zero(settings_.model.pixels);
  for (int i = 0; i < scans; ++i) {
    const Eigen::VectorXd counts = co_await scan(may_repeat);
    check_alive(counts);
    frame.counts += counts;
  }
  frame.counts /= static_cast<double>(scans);
  co_await confirm_settings(changes, may_repeat);
  co_return frame;
}

}  // namespace nocturne
