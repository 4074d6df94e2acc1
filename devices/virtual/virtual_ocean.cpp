#include "devices/virtual/virtual_ocean.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

namespace nocturne {

using virtual_obp::buffered_spectrum_with_metadata;
using virtual_obp::bytes_of;
using virtual_obp::corrected_spectrum;
using virtual_obp::Error;
using virtual_obp::Message;
using virtual_obp::number_at;
using virtual_obp::raw_spectra_with_metadata;
namespace flag = virtual_obp::flag;

namespace {

constexpr Duration longest_gap = std::chrono::milliseconds{500};  // within a message
constexpr std::uint32_t most_spectra_at_once = 15;                // what fits the largest payload

}  // namespace

VirtualOcean::VirtualOcean(Clock& clock, VirtualOceanOptions options, const Detector& detector,
                           VirtualOceanWorld world)
    : clock_{clock},
      options_{std::move(options)},
      model_{ocean_model(options_.model)},
      known_{detector},
      world_{std::move(world)},
      readout_{model_, known_, options_.quirks, options_.baseline_counts},
      detector_{clock, [this](Instant start, Duration exposure) { return exposed(start, exposure); },
                options_.power_up_exposure},
      cooler_{clock},
      filled_{clock.io()},
      filler_{clock} {
  if (known_.wavelength_nm.size() != model_.pixels)
    throw std::invalid_argument{options_.name + ": a " + model_.name + " has " +
                                std::to_string(model_.pixels) + " pixels, the detector behind it " +
                                std::to_string(known_.wavelength_nm.size())};
  settings_.buffer_size = model_.most_buffered;
  add_identity();
  add_names();
  add_serial_port();
  if (model_.networked) add_network();
  add_bench();
  if (model_.cooled) add_cooler();
  add_acquisition();
  add_trigger();
  add_pixels();
  if (model_.most_buffered > 0) {
    add_buffer();
    add_filling();
  }
  add_calibration();
  add_lines();
  add_strobes();
  add_thermometer();
  initial_values_ = values_;
}

Task<void> VirtualOcean::serve(ByteLink& link) {
  virtual_obp::MessageReader reader{options_.serial_line};
  while (!reader.lost()) {
    const Instant listening_since = clock_.now();
    const std::string bytes = co_await link.read_some();
    if (clock_.now() - listening_since > longest_gap) reader.give_up();
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
  const bool from_buffer = type == buffered_spectrum_with_metadata || (counted && settings_.buffering);
  if (from_buffer && !settings_.buffering) throw Error::not_ready;
  const bool buffered = from_buffer && (!buffer_.empty() || filling_);
  if (needs_pulse() && !buffered && !std::exchange(pulsed_, false))
    throw Error::not_ready;  // no pulse ever comes from elsewhere

  std::string result;
  if (from_buffer) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool no_more = needs_pulse() && buffer_.empty() && !filling_;
      if (i > 0 && no_more) break;
      result += co_await oldest(type);
    }
  } else {
    Keep keep = [&result](const std::string& spectrum) {
      result += spectrum;
      return true;
    };
    co_await take(type, count, std::move(keep));
  }
  co_return result;
}

Task<std::string> VirtualOcean::oldest(std::uint32_t type) {
  while (buffer_.empty() && filling_) co_await filled_.wait();
  std::string result;
  if (buffer_.empty()) {
    Keep keep = [&result](std::string spectrum) {
      result = std::move(spectrum);
      return true;
    };
    co_await take(type, 1, std::move(keep));
  } else {
    result = std::move(buffer_.front());
    buffer_.pop_front();
  }
  co_return result;
}

Task<void> VirtualOcean::take(std::uint32_t type, std::uint32_t count, Keep keep) {
  const bool averages = type == corrected_spectrum || type == buffered_spectrum_with_metadata;
  const int scans = averages ? settings_.average : 1;
  Eigen::VectorXd sum;
  int added = 0;
  const auto add = [&](Eigen::VectorXd frame) {
    if (faults_.lost_frames > 0) {
      --faults_.lost_frames;
      ++spectrum_count_;
      return true;
    }
    sum = added == 0 ? std::move(frame) : Eigen::VectorXd{sum + frame};
    if (++added < scans) return true;
    added = 0;
    const bool more = keep(encoded_spectrum(type, averages ? smoothed(sum / scans) : sum));
    return more && --count > 0;
  };
  virtual_obp::FreeRunningDetector::Receive receive = std::cref(add);
  co_await detector_.acquire(std::move(receive));
}

Task<void> VirtualOcean::fill(std::uint32_t count) {
  const bool wide = model_.spectrum_types.contains(buffered_spectrum_with_metadata);
  const std::uint32_t type = wide ? buffered_spectrum_with_metadata : raw_spectra_with_metadata;
  Keep keep = [this](std::string spectrum) {
    buffer_.push_back(std::move(spectrum));
    filled_.notify_all();
    return buffer_.size() < settings_.buffer_size;
  };
  co_await take(type, count, std::move(keep));
  filling_ = false;
  filled_.notify_all();
}

void VirtualOcean::start_filling(std::uint32_t count) {
  stop_filling();
  if (buffer_.size() >= settings_.buffer_size) return;
  filling_ = true;
  filler_.start(fill(count), [](std::exception_ptr failure) { std::rethrow_exception(failure); });
}

void VirtualOcean::stop_filling() {
  filler_.stop();
  filling_ = false;
  armed_ = false;
  filled_.notify_all();
}

void VirtualOcean::pulse() {
  if (armed_)
    start_filling(settings_.samples_per_trigger);
  else
    pulsed_ = needs_pulse() && settings_.trigger_mode != 0xFF;
}

Eigen::VectorXd VirtualOcean::exposed(Instant start, Duration exposure) {
  light_up();  // a lamp may have died meanwhile
  const OceanLight light{lamp_on_, led_on_, settings_.shutter_open};
  return readout_.read(world_.expose(start, exposure), light, faults_);
}

std::string VirtualOcean::encoded_spectrum(std::uint32_t type, const Eigen::VectorXd& counts) {
  ++spectrum_count_;
  const bool wide = type == buffered_spectrum_with_metadata;
  std::string result = metadata(type) + pixel_bytes(counts, wide ? 4 : 2);
  if (type == raw_spectra_with_metadata) result += bytes_of(0, 4);  // its checksum, which clients skip
  return result;
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
  const Eigen::Index together = Eigen::Index{1} << settings_.binning;
  std::string result;
  result.reserve(static_cast<std::size_t>(counts.size() / together * size));
  for (Eigen::Index i = 0; i + together <= counts.size(); i += together)
    result += bytes_of(readout_.converted(counts.segment(i, together).mean(), i, faults_), size);
  return result;
}

void VirtualOcean::reset() {
  stop_filling();
  buffer_.clear();
  pulsed_ = false;
  values_ = initial_values_;
  const bool shutter_moves = !settings_.shutter_open;
  if (shutter_moves) detector_.before_change();
  settings_ = Settings{};
  settings_.buffer_size = model_.most_buffered;
  set_lights(false, 0, 0);
  detector_.set_exposure(options_.power_up_exposure);
}

void VirtualOcean::set_exposure(std::uint32_t microseconds) {
  if (microseconds < model_.min_exposure_us || microseconds > model_.max_exposure_us)
    throw Error::invalid_payload;
  detector_.set_exposure(std::chrono::microseconds{microseconds});
}

void VirtualOcean::set_lights(bool lamp, std::uint32_t output_enable, std::uint32_t output_value) {
  const bool led = (output_enable & output_value & 1u) != 0;
  const bool led_was = (settings_.output_enable & settings_.output_value & 1u) != 0;
  if (lamp != lamp_enabled_ || led != led_was) detector_.before_change();
  lamp_enabled_ = lamp;
  settings_.output_enable = output_enable;
  settings_.output_value = output_value;
  light_up();
}

void VirtualOcean::light_up() {
  const bool lamp_burns = lamp_enabled_ && !faults_.lights_fail && !faults_.lamp_dead;
  const bool led_burns = (settings_.output_enable & settings_.output_value & 1u) != 0 && !faults_.lights_fail;
  if (std::exchange(lamp_on_, lamp_burns) != lamp_burns) world_.set_lamp(lamp_burns);
  if (std::exchange(led_on_, led_burns) != led_burns) world_.set_led(led_burns);
}

}  // namespace nocturne
