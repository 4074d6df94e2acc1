#include "devices/virtual/virtual_new_era.hpp"

#include <algorithm>
#include <cmath>

#include "devices/words.hpp"

namespace nocturne {

VirtualNewEra::VirtualNewEra(Clock& clock, VirtualNewEraOptions options, FlowListener listener)
    : clock_{clock},
      options_{std::move(options)},
      listener_{std::move(listener)},
      memory_{options_.memory},
      drive_{options_.syringe},
      gap_watch_{clock},
      deadline_watch_{clock} {
  drive_.advance(clock.now());
}

void VirtualNewEra::receive(std::string_view bytes) {
  const Instant now = clock_.now();
  advance(now);
  for (const char byte : bytes)
    if (const auto request = receiver_.push(byte, now, safe_mode())) obey(*request);
  advance(now);
  schedule();
}

void VirtualNewEra::power_cycle() {
  advance(clock_.now());
  const bool restarts = motion_ == Motion::pumping && memory_.switches.at("PF") == "1";
  move(Motion::stopped, 0.0, clock_.now());
  volatile_rate_.reset();
  watchdog_.reset();
  stale_replies_ = 0;
  receiver_ = {};
  drive_.clear_pushed();
  drive_.clear_pulled();
  drive_.restart();
  if (restarts && can_run_at(run_speed())) move(Motion::pumping, run_speed(), clock_.now());
  raise_alarm('R');
  schedule();
}

void VirtualNewEra::set_back_pressure(double bar) {
  advance(clock_.now());
  back_pressure_ = bar;
  check_load(clock_.now());
  schedule();
}

void VirtualNewEra::refill(Volume contents) {
  advance(clock_.now());
  drive_.refill(contents);
  schedule();
}

Volume VirtualNewEra::contents() {
  advance(clock_.now());
  return drive_.syringe().contents;
}

// ---- time

std::optional<Instant> VirtualNewEra::next_deadline() const {
  std::optional<Instant> next = watchdog_;
  const auto consider = [&](std::optional<Instant> event) {
    if (event && (!next || *event < *next)) next = event;
  };
  consider(drive_.reaches_end());
  if (motion_ == Motion::pumping && memory_.target > 0.0) consider(drive_.reaches(target_way()));
  return next;
}

std::optional<Instant> VirtualNewEra::next_event() const {
  const std::optional<Instant> deadline = next_deadline(), gap = receiver_.gives_up();
  if (!deadline || !gap) return deadline ? deadline : gap;
  return std::min(*deadline, *gap);
}

void VirtualNewEra::advance(Instant now) {
  for (auto next = next_event(); next && *next <= now; next = next_event()) {
    drive_.advance(*next);
    happen(*next);
  }
  drive_.advance(now);
}

void VirtualNewEra::happen(Instant now) {
  if (const auto given_up = receiver_.gives_up(); given_up && *given_up <= now) {
    obey(receiver_.give_up());
  } else if (watchdog_ && *watchdog_ <= now) {
    watchdog_.reset();
    move(Motion::stopped, 0.0, now);
    raise_alarm('T');
  } else if (const auto end = drive_.reaches_end(); end && *end <= now) {
    move(Motion::stopped, 0.0, now);
    raise_alarm('S');
  } else {
    move(Motion::stopped, 0.0, now);  // the target volume
  }
}

void VirtualNewEra::schedule() {
  const auto fail = [](std::exception_ptr failure) { std::rethrow_exception(failure); };
  if (receiver_.gives_up() && !watches_gap_) {
    gap_watch_.stop();
    watches_gap_ = true;
    gap_watch_.start(watch_gap(), fail);
  }
  const auto next = next_deadline();
  if (!next || (watched_ && *watched_ <= *next)) return;
  deadline_watch_.stop();
  watched_ = next;
  deadline_watch_.start(watch(*next), fail);
}

Task<void> VirtualNewEra::watch(Instant until) {
  for (;;) {
    co_await clock_.sleep_until(until);
    advance(clock_.now());
    watched_ = next_deadline();
    if (!watched_) co_return;
    until = *watched_;
  }
}

// Apart from watch(), because most messages come in pieces: nothing is to be cancelled for a piece.
Task<void> VirtualNewEra::watch_gap() {
  while (const auto until = receiver_.gives_up()) {
    co_await clock_.sleep_until(*until);
    advance(clock_.now());
  }
  watches_gap_ = false;
}

// ---- line

void VirtualNewEra::obey(const virtual_new_era::Request& request) {
  if (faults_.deaf) return;
  if (request.form == virtual_new_era::Request::Form::invalid_packet) {
    if (safe_mode() && virtual_new_era::split_address(request.data).address == memory_.address) reply("?COM");
    return;
  }
  if (request.data.starts_with('*')) return execute(request.data);
  for (std::size_t begin = 0;
       begin <= request.data.size();) {  // a burst for several pumps is divided by stars
    const std::size_t end = std::min(request.data.find('*', begin), request.data.size());
    const auto part = virtual_new_era::split_address(request.data.substr(begin, end - begin));
    const bool nothing_behind_last_star = begin > 0 && begin == end;
    if (part.address == memory_.address && !nothing_behind_last_star) execute(part.command);
    begin = end + 1;
  }
}

void VirtualNewEra::execute(const std::string& command) {
  if (safe_mode()) watchdog_ = clock_.now() + std::chrono::seconds{memory_.safe_seconds};
  if (alarm_) return reply("");
  std::string data;
  executing_ = true;
  try {
    data = command.starts_with('*') ? system_command(command) : interpret(command);
  } catch (const virtual_new_era::Refusal& refusal) {
    data = refusal.code;
  }
  executing_ = false;
  reply(data);
}

void VirtualNewEra::reply(const std::string& data) {
  const std::string answer = alarm_ ? std::string{"A?"} + *alarm_ : status() + data;
  alarm_.reset();
  send(answer, options_.reply_delay);
}

void VirtualNewEra::send(const std::string& data, Duration delay) {
  const auto line = line_.lock();
  if (!line) return;
  const ReplyFaults faults = faults_.take();
  if (faults.drop_link) return line->hang_up();
  const int address = faults.wrong_address ? (memory_.address + 1) % 100 : memory_.address;
  const std::string named = print("%02d", address) + data;
  std::string bytes = safe_mode() ? virtual_new_era::packet(named) : virtual_new_era::basic_reply(named);
  if (faults.wrong_checksum && safe_mode()) bytes[bytes.size() - 2] ^= 0x55;
  line->put(damaged(std::move(bytes), faults), delay + faults.delay);
}

std::string VirtualNewEra::status() {
  if (stale_replies_ > 0) {
    --stale_replies_;
    return {stale_status_};
  }
  switch (motion_) {
    case Motion::pumping:
      return memory_.infusing ? "I" : "W";
    case Motion::purging:
      return "X";
    case Motion::paused:
      return "P";
    case Motion::stopped:
      break;
  }
  return "S";
}

void VirtualNewEra::raise_alarm(char reason) {
  alarm_ = reason;
  if (safe_mode() && !executing_) send(std::string{"A?"} + reason, Duration::zero());
}

// ---- motion

double VirtualNewEra::speed_of(double rate, const std::string& unit) const {
  return rate * virtual_new_era::rate_unit_si(unit) / virtual_pump::area_m2(millimeters(memory_.diameter_mm));
}

bool VirtualNewEra::can_run_at(double speed) const {
  return std::abs(speed) >= options_.min_speed && std::abs(speed) <= options_.max_speed;
}

double VirtualNewEra::run_speed() const {
  return (memory_.infusing ? 1.0 : -1.0) * speed_of(rate(), memory_.rate_unit);
}

Length VirtualNewEra::target_way() const {
  const double volume = memory_.target * virtual_new_era::volume_unit_si(memory_.volume_unit);
  return Length::from_si(volume / virtual_pump::area_m2(millimeters(memory_.diameter_mm)));
}

void VirtualNewEra::move(Motion motion, double speed, Instant when) {
  motion_ = motion;
  drive_.set_speed(speed, when);
  check_load(when);
  if (drive_.true_flow() == announced_) return;
  announced_ = drive_.true_flow();
  if (listener_) listener_(announced_, when);
}

void VirtualNewEra::check_load(Instant when) {
  const double force = back_pressure_ * 1e5 * virtual_pump::area_m2(drive_.syringe().diameter);
  if (!moving() || force <= options_.stall_force) return;
  move(Motion::stopped, 0.0, when);
  raise_alarm('S');
}

}  // namespace nocturne
