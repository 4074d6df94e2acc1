#include "devices/virtual/virtual_julabo.hpp"

#include <charconv>
#include <cmath>

#include "devices/words.hpp"

namespace nocturne {

namespace {

constexpr std::size_t longest_julabo_command = 80;
constexpr char no_value[] = "---.--";

std::string two_decimals(double celsius) { return print("%.2f", celsius); }

std::optional<double> finite_number(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

virtual_control::Parameters stopped(virtual_control::Parameters parameters) {
  parameters.alarms = {};
  parameters.manual = true;
  parameters.manual_output = 0.0;
  return parameters;
}

}  // namespace

VirtualJulabo::VirtualJulabo(Clock& clock, VirtualJulaboOptions options, std::function<double(Instant)> probe)
    : clock_{clock},
      options_{std::move(options)},
      probe_{std::move(probe)},
      loop_{stopped(options_.parameters), 0.0} {}

double VirtualJulabo::power(double time_s, double probe_celsius) {
  if (probe_celsius > options_.safety_celsius) {
    too_hot_ = true;
    run_or_stop(false);
  }
  loop_.set_sensor(faults_.sensor_break, faults_.frozen_reading);
  const bool boots = time_s < in_seconds(booted_);
  const double wanted = boots ? 0.0 : loop_.update(time_s, probe_celsius);
  return too_hot_ ? 0.0 : arriving_power(faults_, wanted);  // the protector cuts the mains
}

void VirtualJulabo::reboot() {
  look();
  too_hot_ = false;
  refused_ = Trouble::none;
  run_or_stop(false);
  loop_.restart();
  booted_ = clock_.now() + options_.boot_time;
}

Task<void> VirtualJulabo::serve(ByteLink& link) {
  line_.clear();
  for (;;) {
    const std::string bytes = co_await link.read_some();
    for (const char byte : bytes) {
      const auto line = hear(byte);
      if (!line || faults_.reply.deaf) continue;
      look();
      std::string reply = answer(*line, faults_.reply.wrong_address && faults_.reply.replies != 0);
      if (reply.empty()) continue;
      const ReplyFaults faults = faults_.reply.take();
      reply += "\r\n";
      const bool alive = co_await send_reply(clock_, link, std::move(reply), faults);
      if (!alive) co_return;
    }
  }
}

/// A line once it is whole; what comes while the circulator is busy is lost.
std::optional<std::string> VirtualJulabo::hear(char byte) {
  if (clock_.now() < hears_from_ || clock_.now() < booted_) {
    line_.clear();
    return std::nullopt;
  }
  if (byte == '\n') return std::nullopt;
  if (byte == '\r') return std::exchange(line_, {});
  if (line_.size() < longest_julabo_command) line_ += byte;
  return std::nullopt;
}

// The world first moves on to now under the old settings; then the request is obeyed.
void VirtualJulabo::look() {
  const double celsius = probe_(clock_.now());
  loop_.set_sensor(faults_.sensor_break, faults_.frozen_reading);
  loop_.observe(celsius);
}

void VirtualJulabo::run_or_stop(bool runs) {
  running_ = runs;
  loop_.parameters().manual = !runs;
}

/// Empty for orders and for what it does not understand.
std::string VirtualJulabo::answer(const std::string& line, bool to_the_question_before) {
  if (line.empty()) return {};
  const std::size_t space = line.find(' ');
  if (line.starts_with("out_")) {
    obey(line.substr(0, space), space == std::string::npos ? std::string{} : line.substr(space + 1));
    hears_from_ = clock_.now() + options_.pause;
    return {};
  }
  const std::string before = std::exchange(question_, line);
  return reply_to(to_the_question_before ? before : line);
}

std::string VirtualJulabo::reply_to(const std::string& question) {
  if (question == "version") return options_.version;
  if (question == "status") return status();
  if (question == "in_sp_00") return two_decimals(loop_.target_set_point());
  if (question == "in_mode_05") return running_ ? "1" : "0";
  const bool external = question == "in_pv_02";
  if (external || question == "in_pv_00") {
    const bool sound = external ? options_.has_external_sensor : !faults_.sensor_break;
    return sound ? two_decimals(loop_.process_value()) : no_value;
  }
  refused_ = Trouble::command;
  return {};
}

void VirtualJulabo::obey(const std::string& order, const std::string& argument) {
  refused_ = Trouble::none;
  if (order == "out_sp_00")
    set_target(argument);
  else if (order == "out_mode_05" && argument == "0")
    run_or_stop(false);
  else if (order == "out_mode_05" && argument == "1" && !too_hot_)
    run_or_stop(true);
  else
    refused_ = Trouble::command;
}

void VirtualJulabo::set_target(const std::string& text) {
  const auto celsius = finite_number(text);
  virtual_control::Parameters& p = loop_.parameters();
  if (!celsius)
    refused_ = Trouble::command;
  else if (*celsius < p.set_point_low)
    refused_ = Trouble::too_small;
  else if (*celsius > p.set_point_high)
    refused_ = Trouble::too_large;
  else
    p.set_point_1 = std::round(*celsius * 100.0) / 100.0;
}

std::string VirtualJulabo::status() {
  if (too_hot_) return "-14 EXCESS TEMPERATURE";
  if (faults_.sensor_break) return "-05 WORKING SENSOR";
  switch (std::exchange(refused_, Trouble::none)) {
    case Trouble::command:
      return "-08 COMMAND";
    case Trouble::too_small:
      return "-10 VALUE TOO SMALL";
    case Trouble::too_large:
      return "-11 VALUE TOO LARGE";
    case Trouble::none:
      break;
  }
  return running_ ? "03 REMOTE START" : "02 REMOTE STOP";
}

}  // namespace nocturne
