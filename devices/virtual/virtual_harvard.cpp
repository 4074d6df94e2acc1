#include "devices/virtual/virtual_harvard.hpp"

#include <utility>

#include "devices/words.hpp"

namespace nocturne {

VirtualHarvard::VirtualHarvard(Clock& clock, VirtualHarvardOptions options, FlowListener listener)
    : clock_{clock},
      options_{std::move(options)},
      quirks_{options_.quirks},
      settings_{options_.settings},
      stored_{options_.settings},
      date_{options_.date},
      motion_{options_.syringe, options_.model.limit_switches, std::move(listener)},
      wake_{clock, [this] {
              advance(clock_.now());
              return motion_.next_event();
            }} {
  motion_.advance(clock.now());
  apply_settings();
}

void VirtualHarvard::obey(const virtual_pump_chain::Request& request) {
  if (faults_.deaf) return;
  advance(clock_.now());
  const int address_before = settings_.address;
  if (const auto line = line_.lock(); line && settings_.echo)
    line->put(request.line + "\r", Duration::zero());
  Lines lines;
  try {
    lines = interpret(request);
  } catch (const virtual_pump_chain::Refusal& refusal) {
    lines = {refusal.complaint, refusal.message};
  }
  reply(lines, address_before);
  schedule();
}

void VirtualHarvard::power_cycle() {
  advance(clock_.now());
  motion_.stop(clock_.now());
  for (const Way way : {Way::infuse, Way::withdraw}) {
    motion_.clear_volume(way);
    motion_.clear_time(way);
  }
  settings_ = stored_;
  stale_replies_ = 0;
  stale_unit_.clear();
  apply_settings();
}

void VirtualHarvard::jam(bool jammed) {
  advance(clock_.now());
  motion_.jam(jammed, clock_.now());
}

void VirtualHarvard::set_back_pressure(double bar) {
  advance(clock_.now());
  back_pressure_ = bar;
  apply_load();
}

void VirtualHarvard::refill(Volume contents) {
  advance(clock_.now());
  motion_.refill(contents);
  schedule();
}

void VirtualHarvard::insert(VirtualSyringe syringe) {
  advance(clock_.now());
  motion_.insert(syringe, clock_.now());
  schedule();
}

Volume VirtualHarvard::contents() {
  advance(clock_.now());
  return motion_.syringe().contents;
}

void VirtualHarvard::advance(Instant now) {
  const bool moved = motion_.moving();
  motion_.advance(now);
  if (!moved || motion_.state() != State::target_reached || settings_.poll) return;
  const ReplyFaults faults = faults_.take();
  send("\n" + address_shown(settings_.address, faults.wrong_address) + prompt(), faults);
}

VirtualHarvard::Lines VirtualHarvard::interpret(const virtual_pump_chain::Request& request) {
  if (request.too_long) throw virtual_pump_chain::bad_command("Unknown command");
  if (request.command.empty()) return {};
  const Command* command = motion_command(request.command);
  if (!command) command = setting_command(request.command);
  if (!command) throw virtual_pump_chain::bad_command("Unknown command");
  return command->answer(*this, request.arguments);
}

void VirtualHarvard::reply(const Lines& lines, int address_before) {
  const ReplyFaults faults = faults_.take();
  const std::string address = address_shown(address_before, faults.wrong_address);
  const std::string prefix = address.empty() ? "" : address + prompt();
  std::string bytes;
  for (const std::string& line : lines) bytes += "\n" + prefix + line + "\r";
  bytes += "\n" + address_shown(settings_.address, faults.wrong_address) + prompt();
  if (settings_.poll) bytes += '\x11';
  if (stale_replies_ > 0) --stale_replies_;
  send(std::move(bytes), faults);
}

void VirtualHarvard::send(std::string bytes, const ReplyFaults& faults) {
  const auto line = line_.lock();
  if (!line) return;
  if (faults.drop_link) return line->hang_up();
  line->put(damaged(std::move(bytes), faults), options_.reply_delay + faults.delay);
}

std::string VirtualHarvard::address_shown(int address, bool wrong) const {
  const int shown = wrong ? (address + 1) % 100 : address;
  const bool shows = options_.address_prefix == AddressPrefix::always ||
                     (options_.address_prefix == AddressPrefix::automatic && shown != 0);
  return shows ? print("%02d", shown) : "";
}

VirtualHarvard::State VirtualHarvard::shown_state() const {
  return stale_replies_ > 0 ? stale_state_ : motion_.state();
}

std::string VirtualHarvard::prompt() const {
  switch (shown_state()) {
    case State::infusing:
      return ">";
    case State::withdrawing:
      return "<";
    case State::stalled:
      return "*";
    case State::target_reached:
      return "T*";
    case State::infuse_limit:
      return ">*";
    case State::withdraw_limit:
      return "<*";
    case State::idle:
      break;
  }
  return ":";
}

void VirtualHarvard::written() {
  if (settings_.nvram != virtual_harvard::Nvram::on) return;
  stored_ = settings_;
  ++memory_writes_;
}

void VirtualHarvard::apply_settings() {
  diameter_in_use_mm_ = settings_.diameter_mm;
  motion_.set_targets(settings_.targets);
  apply_load();
}

void VirtualHarvard::apply_load() {
  motion_.set_load(back_pressure_, options_.model.force * settings_.force_percent / 100.0, clock_.now());
}

}  // namespace nocturne
