#include "devices/virtual/virtual_ocean.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace nocturne {

using virtual_obp::bytes_of;
using virtual_obp::Error;
using virtual_obp::Message;
using virtual_obp::number_at;
namespace flag = virtual_obp::flag;

namespace {

constexpr std::uint32_t corrected_spectrum = 0x101000;
constexpr std::uint32_t raw_spectrum = 0x101100;
constexpr std::uint32_t raw_spectra_with_metadata = 0x100980;
constexpr std::uint32_t buffered_spectrum_with_metadata = 0x100928;
constexpr std::uint32_t most_spectra_at_once = 15;  // what fits the largest payload

}  // namespace

VirtualOcean::VirtualOcean(Clock& clock, VirtualOceanOptions options, const Detector& detector,
                           VirtualOceanWorld world)
    : clock_{clock},
      options_{std::move(options)},
      model_{ocean_model(options_.model)},
      known_{detector},
      world_{std::move(world)},
      detector_{clock, world_.expose, options_.power_up_exposure} {
  if (known_.wavelength_nm.size() != model_.pixels)
    throw std::invalid_argument{options_.name + ": a " + model_.name + " has " +
                                std::to_string(model_.pixels) + " pixels, the detector behind it " +
                                std::to_string(known_.wavelength_nm.size())};
  add_identity();
  add_acquisition();
  add_pixels();
  add_calibration();
  add_lines();
}

Task<void> VirtualOcean::serve(ByteLink& link) {
  virtual_obp::MessageReader reader{options_.serial_line};
  while (!reader.lost()) {
    const std::string bytes = co_await link.read_some();
    reader.feed(bytes);
    while (auto arrival = reader.next()) {
      if (faults_.reply.deaf) continue;
      bool wanted = true;
      Message reply = co_await answer(*std::move(arrival), wanted);
      if (!wanted) continue;
      const ReplyFaults faults = faults_.reply.take();
      if (faults.wrong_address) ++reply.regarding;
      reply.md5 = reply.md5 || faults.wrong_checksum;
      std::string frame = virtual_obp::encoded(reply);
      if (faults.wrong_checksum) frame[frame.size() - 5] ^= 0x55;
      const bool alive = co_await send_reply(clock_, link, std::move(frame), faults);
      if (!alive) co_return;
    }
  }
}

Task<Message> VirtualOcean::answer(virtual_obp::Arrival arrival, bool& wanted) {
  const Message& request = arrival.message;
  Message reply;
  reply.flags = flag::response;
  reply.type = request.type;
  reply.regarding = request.regarding;
  reply.error = arrival.error;
  bool is_command = false;
  if (reply.error == Error::none) {
    try {
      if (model_.spectrum_types.contains(request.type))
        reply.data = co_await spectra(request.type, request.data);
      else
        reply.data = obeyed(request, is_command);
    } catch (const Error& error) {
      reply.error = error;
    }
  }
  reply.md5 = request.md5 || settings_.reply_md5;
  wanted = !is_command || (request.flags & flag::acknowledge_requested) != 0;
  if (reply.error != Error::none)
    reply.flags |= flag::refused;
  else if ((request.flags & flag::acknowledge_requested) != 0)
    reply.flags |= flag::acknowledged;
  co_return reply;
}

std::string VirtualOcean::obeyed(const Message& request, bool& is_command) const {
  const auto command = commands_.find(request.type);
  is_command = command != commands_.end();
  if (is_command) {
    command->second(request.data);
    return {};
  }
  const auto query = queries_.find(request.type);
  if (query == queries_.end()) throw Error::unknown_type;
  return query->second(request.data);
}

Task<std::string> VirtualOcean::spectra(std::uint32_t type, std::string request) {
  const bool counted = type == raw_spectra_with_metadata;
  if (request.size() != (counted ? 4u : 0u)) throw Error::wrong_length;
  const std::uint32_t count = counted ? number_at(request, 0, 4) : 1;
  if (count < 1 || count > most_spectra_at_once) throw Error::invalid_payload;
  const bool never_triggered = settings_.trigger_mode != 0;
  const bool not_buffered = type == buffered_spectrum_with_metadata && !settings_.buffering;
  if (never_triggered || not_buffered) throw Error::not_ready;

  const bool averages = type == corrected_spectrum || type == buffered_spectrum_with_metadata;
  const int scans = averages ? settings_.average : static_cast<int>(count);
  std::vector<Eigen::VectorXd> frames = co_await detector_.acquire(scans);
  if (averages) {
    const Eigen::VectorXd sum = std::accumulate(frames.begin() + 1, frames.end(), frames.front());
    frames.assign(1, smoothed(sum / scans));
  }
  std::string result;
  for (const Eigen::VectorXd& frame : frames) {
    ++spectrum_count_;
    result += metadata(type);
    result += pixel_bytes(frame, type == buffered_spectrum_with_metadata ? 4 : 2);
    if (counted) result += bytes_of(0, 4);  // its checksum, which clients skip
  }
  if (!faults_.frozen || last_spectra_.size() != result.size()) last_spectra_ = result;
  co_return last_spectra_;
}

std::string VirtualOcean::metadata(std::uint32_t type) const {
  const auto microseconds = [](auto t) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(t).count());
  };
  const std::uint64_t tick = microseconds(clock_.now().time_since_epoch());
  const std::uint64_t exposure = microseconds(detector_.exposure());
  std::string result;
  if (type == buffered_spectrum_with_metadata) {
    result = bytes_of(spectrum_count_, 4) + bytes_of(tick, 8) + bytes_of(exposure, 4);
    result.resize(32);
  } else if (type == raw_spectra_with_metadata) {
    const auto pixels = static_cast<std::uint64_t>(model_.pixels);
    result = bytes_of(1, 2) + bytes_of(64, 2) + bytes_of(2 * pixels, 4) + bytes_of(tick, 8) +
             bytes_of(exposure, 4);
    result += bytes_of(2, 4) + bytes_of(spectrum_count_, 4);
    result.resize(64);
  }
  return result;
}

Eigen::VectorXd VirtualOcean::smoothed(const Eigen::VectorXd& counts) const {
  if (settings_.boxcar == 0) return counts;
  Eigen::VectorXd result(counts.size());
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    const Eigen::Index first = std::max<Eigen::Index>(0, i - settings_.boxcar);
    const Eigen::Index last = std::min<Eigen::Index>(counts.size() - 1, i + settings_.boxcar);
    result[i] = counts.segment(first, last - first + 1).mean();
  }
  return result;
}

std::string VirtualOcean::pixel_bytes(const Eigen::VectorXd& counts, int size) const {
  std::string result;
  result.reserve(static_cast<std::size_t>(counts.size() * size));
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    auto value = static_cast<std::uint64_t>(std::lround(std::clamp(counts[i], 0.0, model_.full_scale)));
    if (faults_.stuck_pixel.value_or(i) == i) value |= faults_.stuck_bits;
    result += bytes_of(value, size);
  }
  return result;
}

void VirtualOcean::reset() {
  settings_ = Settings{};
  set_lights(false, 0, 0);
  detector_.set_exposure(options_.power_up_exposure);
}

void VirtualOcean::set_exposure(std::uint32_t microseconds) {
  if (microseconds < model_.min_exposure_us || microseconds > model_.max_exposure_us)
    throw Error::invalid_payload;
  detector_.set_exposure(std::chrono::microseconds{microseconds});
}

void VirtualOcean::set_lights(bool lamp, std::uint32_t output_enable, std::uint32_t output_value) {
  lamp_enabled_ = lamp;
  settings_.output_enable = output_enable;
  settings_.output_value = output_value;
  const bool lamp_burns = lamp && !faults_.lights_fail;
  const bool led_burns = (output_enable & output_value & 1u) != 0 && !faults_.lights_fail;
  if (lamp_burns != lamp_on_ || led_burns != led_on_) detector_.before_change();
  if (lamp_burns != lamp_on_) world_.set_lamp(lamp_burns);
  if (led_burns != led_on_) world_.set_led(led_burns);
  lamp_on_ = lamp_burns;
  led_on_ = led_burns;
}

}  // namespace nocturne
