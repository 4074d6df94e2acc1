#include <algorithm>
#include <array>
#include <cmath>

#include "devices/virtual/virtual_harvard.hpp"

namespace nocturne {

namespace chain = virtual_pump_chain;

namespace {

/// As it would be after printing and reading it again.
double in_printed_digits(double flow) {
  constexpr double milliliter_per_minute = 1e-6 / 60.0;
  return std::stod(chain::general(flow / milliliter_per_minute)) * milliliter_per_minute;
}

}  // namespace

const VirtualHarvard::Command* VirtualHarvard::motion_command(const std::string& word) {
  using Pump = VirtualHarvard;
  static constexpr std::array<Command, 26> commands{{
      {"irun", [](Pump& pump, Arguments) { return pump.run(Way::infuse); }},
      {"wrun", [](Pump& pump, Arguments) { return pump.run(Way::withdraw); }},
      {"run", [](Pump& pump, Arguments) { return pump.run_again(false); }},
      {"rrun", [](Pump& pump, Arguments) { return pump.run_again(true); }},
      {"stp", [](Pump& pump, Arguments) { return pump.stop(); }},
      {"stop", [](Pump& pump, Arguments) { return pump.stop(); }},
      {"status", [](Pump& pump, Arguments) { return pump.status(); }},
      {"irate", [](Pump& pump, Arguments words) { return pump.rate(Way::infuse, words); }},
      {"wrate", [](Pump& pump, Arguments words) { return pump.rate(Way::withdraw, words); }},
      {"iramp", [](Pump& pump, Arguments words) { return pump.ramp(Way::infuse, words); }},
      {"wramp", [](Pump& pump, Arguments words) { return pump.ramp(Way::withdraw, words); }},
      {"crate", [](Pump& pump, Arguments) { return pump.current_rate(); }},
      {"ivolume",
       [](Pump& pump, Arguments) {
         return pump.measured("Infused volume",
                              chain::printed_volume(pump.motion_.counted(Way::infuse).volume));
       }},
      {"wvolume",
       [](Pump& pump, Arguments) {
         return pump.measured("Withdrawn volume",
                              chain::printed_volume(pump.motion_.counted(Way::withdraw).volume));
       }},
      {"itime",
       [](Pump& pump, Arguments) {
         return pump.measured("Infused time",
                              chain::printed_duration(pump.motion_.counted(Way::infuse).time));
       }},
      {"wtime",
       [](Pump& pump, Arguments) {
         return pump.measured("Withdrawn time",
                              chain::printed_duration(pump.motion_.counted(Way::withdraw).time));
       }},
      {"tvolume", [](Pump& pump, Arguments words) { return pump.target_volume(words); }},
      {"ttime", [](Pump& pump, Arguments words) { return pump.target_time(words); }},
      {"ctvolume", [](Pump& pump, Arguments) { return pump.clear_target(true); }},
      {"cttime", [](Pump& pump, Arguments) { return pump.clear_target(false); }},
      {"civolume", [](Pump& pump, Arguments) { return pump.clear(true, true, false); }},
      {"cwvolume", [](Pump& pump, Arguments) { return pump.clear(true, false, true); }},
      {"cvolume", [](Pump& pump, Arguments) { return pump.clear(true, true, true); }},
      {"citime", [](Pump& pump, Arguments) { return pump.clear(false, true, false); }},
      {"cwtime", [](Pump& pump, Arguments) { return pump.clear(false, false, true); }},
      {"ctime", [](Pump& pump, Arguments) { return pump.clear(false, true, true); }},
  }};
  const auto found = std::ranges::find_if(
      commands, [&](const Command& command) { return chain::names(word, command.name); });
  return found == commands.end() ? nullptr : &*found;
}

VirtualHarvard::Lines VirtualHarvard::run(Way way) {
  const bool infuses = way == Way::infuse;
  const char only = infuses ? 'i' : 'w';
  if (settings_.method.find(only) == std::string::npos || (!infuses && !options_.model.can_withdraw))
    throw chain::bad_command("Unknown command");
  const auto ramp = settings_.ramps.find(way);
  std::optional<virtual_pump::Ramp> planned;
  if (ramp != settings_.ramps.end())
    planned = virtual_pump::Ramp{ramp->second.from.flow, ramp->second.to.flow, ramp->second.seconds};
  const double flow = settings_.rates.at(way).flow;
  const bool possible = planned ? can_run_at(planned->from) && can_run_at(planned->to) : can_run_at(flow);
  if (!possible) throw chain::bad_command("Out of range");
  stale_replies_ = 0;
  motion_.start(way, flow, diameter_in_use(), planned, clock_.now());
  return {};
}

VirtualHarvard::Lines VirtualHarvard::run_again(bool reversed) {
  const bool infuses = (motion_.way() == Way::infuse) != reversed;
  return run(infuses ? Way::infuse : Way::withdraw);
}

VirtualHarvard::Lines VirtualHarvard::stop() {
  if (motion_.moving()) {
    stale_state_ = motion_.state();
    stale_flow_ = motion_.flow();
    stale_replies_ = quirks_.stale_replies;
  }
  motion_.stop(clock_.now());
  return {};
}

double VirtualHarvard::fastest() const {
  return options_.model.max_speed() * virtual_pump::area_m2(diameter_in_use());
}

double VirtualHarvard::slowest() const {
  return options_.model.min_speed() * virtual_pump::area_m2(diameter_in_use());
}

// The limits as they are printed are within the limits.
bool VirtualHarvard::can_run_at(double flow) const {
  constexpr double rounding = 1e-12;
  const double least = std::min(slowest(), in_printed_digits(slowest()));
  const double most = std::max(fastest(), in_printed_digits(fastest()));
  return flow >= least * (1.0 - rounding) && flow <= most * (1.0 + rounding);
}

chain::Rate VirtualHarvard::checked_rate(const std::string& value, const std::string& unit) const {
  const chain::Rate rate = chain::rate(value, unit);
  if (!can_run_at(rate.flow)) throw chain::bad_argument(value, "Out of range");
  return rate;
}

VirtualHarvard::Lines VirtualHarvard::measured(const std::string& name, const std::string& value) {
  if (quirks_.not_set_replies == 0) return {value};
  --quirks_.not_set_replies;
  return {name + " not set"};
}

VirtualHarvard::Lines VirtualHarvard::rate(Way way, Arguments arguments) {
  const chain::Rate current = settings_.rates.at(way);
  if (arguments.empty()) {
    const std::string text = chain::printed(current), unit = std::exchange(stale_unit_, {});
    const std::string name = way == Way::infuse ? "Infuse rate" : "Withdraw rate";
    return measured(name, unit.empty() ? text : text.substr(0, text.find(' ') + 1) + unit);
  }
  const std::string word = chain::lower_case(arguments[0]);
  if (arguments.size() == 1 && word == "lim")
    return {chain::printed(chain::Rate{slowest(), 'm'}) + " to " +
            chain::printed(chain::Rate{fastest(), 'm'})};
  if (arguments.size() == 1 && (word == "max" || word == "min"))
    return set_rate(way, chain::Rate{word == "max" ? fastest() : slowest(), current.per});
  if (arguments.size() != 2) throw chain::bad_argument(arguments.back(), "Invalid argument");
  return set_rate(way, checked_rate(arguments[0], arguments[1]));
}

VirtualHarvard::Lines VirtualHarvard::set_rate(Way way, const chain::Rate& rate) {
  if (quirks_.stale_unit) {
    const std::string text = chain::printed(settings_.rates.at(way));
    stale_unit_ = text.substr(text.find(' ') + 1);
  }
  settings_.ramps.erase(way);
  store(settings_.rates.at(way), rate);
  if (motion_.moving() && motion_.way() == way) motion_.change_flow(rate.flow, clock_.now());
  return {};
}

VirtualHarvard::Lines VirtualHarvard::ramp(Way way, Arguments arguments) {
  if (arguments.empty()) {
    const auto set = settings_.ramps.find(way);
    if (set == settings_.ramps.end()) return {"Ramp not set up."};
    const virtual_harvard::RampSetting& ramp = set->second;
    return {chain::printed(ramp.from) + " to " + chain::printed(ramp.to) + " in " +
            chain::general(ramp.seconds) + " seconds"};
  }
  must_rest();
  if (arguments.size() != 5) throw chain::bad_argument(arguments.back(), "Invalid argument");
  virtual_harvard::RampSetting ramp;
  ramp.from = checked_rate(arguments[0], arguments[1]);
  ramp.to = checked_rate(arguments[2], arguments[3]);
  ramp.seconds = chain::number(arguments[4], 0.1, 359999.0);
  store(settings_.ramps[way], ramp);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::current_rate() {
  if (!motion_.moving() && stale_replies_ == 0) return {"0 ul/min"};
  const double flow = stale_replies_ > 0 ? stale_flow_ : motion_.flow();
  return measured("Rate", chain::printed(chain::Rate{flow, settings_.rates.at(motion_.way()).per}));
}

VirtualHarvard::Lines VirtualHarvard::clear(bool volume, bool infused, bool withdrawn) {
  const auto reset = [&](Way way) { volume ? motion_.clear_volume(way) : motion_.clear_time(way); };
  if (infused) reset(Way::infuse);
  if (withdrawn) reset(Way::withdraw);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::target_volume(Arguments arguments) {
  if (arguments.empty()) {
    const auto target = settings_.targets.volume;
    return {target ? chain::printed_volume(*target) : "Target volume not set"};
  }
  if (arguments.size() != 2) throw chain::bad_argument(arguments.back(), "Invalid argument");
  constexpr double most = 1e-3;  // m³; two litres were refused by a real pump
  const double target = chain::volume(arguments[0], arguments[1]);
  if (target <= 0.0 || target > most) throw chain::bad_argument(arguments[0], "Target volume out of range");
  store(settings_.targets.volume, target);
  motion_.set_targets(settings_.targets);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::target_time(Arguments arguments) {
  if (arguments.empty()) {
    const auto target = settings_.targets.time;
    return {target ? chain::printed_duration(*target) : "Target time not set"};
  }
  if (arguments.size() != 1) throw chain::bad_argument(arguments.back(), "Invalid argument");
  constexpr double most = 100.0 * 3600.0;
  const double target = chain::duration(arguments[0]);
  if (target <= 0.0 || target >= most) throw chain::bad_argument(arguments[0], "Out of range");
  store(settings_.targets.time, target);
  motion_.set_targets(settings_.targets);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::clear_target(bool volume) {
  (volume ? settings_.targets.volume : settings_.targets.time).reset();
  written();
  motion_.set_targets(settings_.targets);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::status() const {
  const State state = shown_state();
  const bool moves = state == State::infusing || state == State::withdrawing;
  const bool infuses = motion_.way() == Way::infuse;
  const auto& counter = motion_.counted(motion_.way());
  std::string flags = infuses ? (moves ? "I" : "i") : (moves ? "W" : "w");
  flags += state == State::infuse_limit ? 'i' : state == State::withdraw_limit ? 'w' : '.';
  flags += state == State::stalled ? 'S' : '.';
  flags += "TI";  // nothing is connected; the pins are pulled up
  flags += state == State::target_reached ? 'T' : '.';
  constexpr double femtoliter = 1e-18;
  const auto whole = [](double value) { return std::to_string(std::llround(value)); };
  const double flow = stale_replies_ > 0 ? stale_flow_ : motion_.flow();
  return {whole(flow / femtoliter) + " " + whole(counter.time * 1e3) + " " +
          whole(counter.volume / femtoliter) + " " + flags};
}

}  // namespace nocturne
