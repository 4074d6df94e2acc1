#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "devices/virtual/virtual_new_era.hpp"

namespace nocturne {

using virtual_new_era::integer;
using virtual_new_era::number;
using virtual_new_era::printed;
using virtual_new_era::Refusal;

namespace virtual_new_era {

double rate_unit_si(const std::string& unit) {
  if (unit == "UM") return 1e-9 / 60.0;
  if (unit == "MM") return 1e-6 / 60.0;
  if (unit == "UH") return 1e-9 / 3600.0;
  if (unit == "MH") return 1e-6 / 3600.0;
  throw Refusal{"?"};
}

double volume_unit_si(const std::string& unit) { return unit == "UL" ? 1e-9 : 1e-6; }

}  // namespace virtual_new_era

std::string VirtualNewEra::interpret(const std::string& command) {
  if (command.empty()) return {};
  using Answer = std::string (VirtualNewEra::*)(const std::string&);
  static constexpr std::array<std::pair<std::string_view, Answer>, 17> commands{{
      {"VER", &VirtualNewEra::version},
      {"DIA", &VirtualNewEra::diameter},
      {"RAT", &VirtualNewEra::set_rate},
      {"VOL", &VirtualNewEra::volume},
      {"DIR", &VirtualNewEra::direction},
      {"RUN", &VirtualNewEra::run},
      {"PUR", &VirtualNewEra::purge},
      {"STP", &VirtualNewEra::stop},
      {"DIS", &VirtualNewEra::dispensed},
      {"CLD", &VirtualNewEra::clear},
      {"SAF", &VirtualNewEra::safe},
      {"PHN", &VirtualNewEra::phase},
      {"FUN", &VirtualNewEra::function},
      {"TRG", &VirtualNewEra::trigger},
      {"OUT", &VirtualNewEra::output},
      {"BUZ", &VirtualNewEra::buzzer},
      {"IN", &VirtualNewEra::input},
  }};
  for (const auto& [name, answer] : commands)
    if (command.starts_with(name)) return (this->*answer)(command.substr(name.size()));
  for (const std::string name : {"LN", "AL", "PF", "BP", "LOC", "DIN", "ROM"})
    if (command.starts_with(name)) return switch_setting(name, command.substr(name.size()));
  throw Refusal{"?"};
}

std::string VirtualNewEra::system_command(const std::string& command) {
  if (command == "*RESET") {
    if (moving()) throw Refusal{"?NA"};
    store(memory_, virtual_new_era::Memory{});
    volatile_rate_.reset();
    watchdog_.reset();
    return {};
  }
  if (!command.starts_with("*ADR")) throw Refusal{"?"};
  const std::string argument = command.substr(4);
  if (argument == "DUAL" || argument == "RECP" || argument == "ALTR") throw Refusal{"?NA"};
  if (!argument.empty()) store(memory_.address, integer(argument, 0, 99));
  return {};
}

std::string VirtualNewEra::version(const std::string& argument) {
  if (!argument.empty()) throw Refusal{"?"};
  return options_.firmware;
}

std::string VirtualNewEra::diameter(const std::string& argument) {
  if (argument.empty()) return printed(memory_.diameter_mm);
  const double value = number(argument);
  if (moving()) throw Refusal{"?NA"};
  if (value < 0.1 || value > 50.0) throw Refusal{"?OOR"};
  store(memory_.diameter_mm, value);
  memory_.volume_unit = value <= 14.0 ? "UL" : "ML";
  drive_.clear_pushed();
  drive_.clear_pulled();
  return {};
}

std::string VirtualNewEra::set_rate(const std::string& argument) {
  if (argument.empty()) return printed(rate()) + memory_.rate_unit;
  const std::size_t digits = std::min(argument.find_first_not_of("0123456789."), argument.size());
  const double value = number(argument.substr(0, digits));
  const std::string unit = digits == argument.size() ? memory_.rate_unit : argument.substr(digits);
  const double speed = speed_of(value, unit);
  if (moving() && (unit != memory_.rate_unit || motion_ == Motion::purging)) throw Refusal{"?NA"};
  if (!can_run_at(speed)) throw Refusal{"?OOR"};
  if (moving()) {
    volatile_rate_ = value;
    move(motion_, run_speed(), clock_.now());
    return {};
  }
  volatile_rate_.reset();
  store(memory_.rate, value);
  memory_.rate_unit = unit;
  return {};
}

std::string VirtualNewEra::volume(const std::string& argument) {
  if (argument.empty()) return printed(memory_.target) + memory_.volume_unit;
  if (moving()) throw Refusal{"?NA"};
  if (argument == "UL" || argument == "ML")
    store(memory_.volume_unit, argument);
  else
    store(memory_.target, number(argument));
  return {};
}

std::string VirtualNewEra::direction(const std::string& argument) {
  if (argument.empty()) return memory_.infusing ? "INF" : "WDR";
  static constexpr std::array<std::string_view, 4> known{"INF", "WDR", "REV", "STK"};
  if (std::ranges::find(known, argument) == known.end()) throw Refusal{"?"};
  if (motion_ == Motion::purging || (moving() && memory_.target > 0.0)) throw Refusal{"?NA"};
  if (argument != "STK") store(memory_.infusing, argument == "REV" ? !memory_.infusing : argument == "INF");
  if (moving()) move(motion_, run_speed(), clock_.now());
  return {};
}

std::string VirtualNewEra::run(const std::string& argument) {
  if (moving()) throw Refusal{"?NA"};
  const int first = argument.empty() ? 1 : integer(argument, 1, 41);
  const bool resumes = argument.empty() && motion_ == Motion::paused;
  const auto function = memory_.functions.find(first);
  if (function == memory_.functions.end() || function->second == "STP") return {};
  if (function->second != "RAT") {
    raise_alarm('E');
  } else if (!can_run_at(run_speed())) {
    raise_alarm('O');
  } else {
    if (!resumes) drive_.restart();
    move(Motion::pumping, run_speed(), clock_.now());
  }
  return {};
}

std::string VirtualNewEra::purge(const std::string& argument) {
  if (!argument.empty()) throw Refusal{"?"};
  if (moving()) throw Refusal{"?NA"};
  move(Motion::purging, memory_.infusing ? options_.max_speed : -options_.max_speed, clock_.now());
  return {};
}

std::string VirtualNewEra::stop(const std::string& argument) {
  if (!argument.empty()) throw Refusal{"?"};
  if (motion_ == Motion::stopped) throw Refusal{"?NA"};
  if (moving()) {
    stale_replies_ = 0;
    stale_status_ = status()[0];
    stale_replies_ = options_.stale_status_replies;
  }
  move(motion_ == Motion::pumping ? Motion::paused : Motion::stopped, 0.0, clock_.now());
  return {};
}

std::string VirtualNewEra::dispensed(const std::string& argument) {
  if (!argument.empty()) throw Refusal{"?"};
  const double per_way = virtual_pump::area_m2(millimeters(memory_.diameter_mm)) /
                         virtual_new_era::volume_unit_si(memory_.volume_unit);
  return "I" + printed(drive_.pushed().si() * per_way) + "W" + printed(drive_.pulled().si() * per_way) +
         memory_.volume_unit;
}

std::string VirtualNewEra::clear(const std::string& argument) {
  if (argument != "INF" && argument != "WDR") throw Refusal{"?"};
  if (motion_ != Motion::stopped) throw Refusal{"?NA"};
  if (argument == "INF")
    drive_.clear_pushed();
  else
    drive_.clear_pulled();
  return {};
}

std::string VirtualNewEra::safe(const std::string& argument) {
  if (argument.empty()) return std::to_string(memory_.safe_seconds);
  store(memory_.safe_seconds, integer(argument, 0, 255));
  watchdog_.reset();
  if (safe_mode()) watchdog_ = clock_.now() + std::chrono::seconds{memory_.safe_seconds};
  return {};
}

std::string VirtualNewEra::phase(const std::string& argument) {
  if (argument.empty()) return std::to_string(memory_.phase);
  if (moving()) throw Refusal{"?NA"};
  store(memory_.phase, integer(argument, 1, 41));
  return {};
}

std::string VirtualNewEra::function(const std::string& argument) {
  if (argument.empty()) {
    const auto set = memory_.functions.find(memory_.phase);
    return set == memory_.functions.end() ? "STP" : set->second;
  }
  static constexpr std::array<std::string_view, 14> plain{"RAT", "FIL", "INC", "DEC", "STP", "PRI", "LPS",
                                                          "LPE", "EVN", "EVS", "EVR", "CLD", "TRG", "BEP"};
  static constexpr std::array<std::string_view, 6> numbered{"JMP", "PRL", "LOP", "PAS", "IF", "OUT"};
  const auto starts = [&](std::string_view name) {
    return argument.starts_with(name) && argument.size() > name.size();
  };
  const auto with_number = std::ranges::find_if(numbered, starts);
  if (with_number != numbered.end())
    integer(argument.substr(with_number->size()), 0, 99);
  else if (std::ranges::find(plain, argument) == plain.end())
    throw Refusal{"?"};
  if (moving()) throw Refusal{"?NA"};
  store(memory_.functions[memory_.phase], argument);
  return {};
}

std::string VirtualNewEra::trigger(const std::string& argument) {
  if (argument.empty()) return memory_.switches.at("TRG");
  if (argument != "FT" && argument != "LE" && argument != "ST") throw Refusal{"?"};
  store(memory_.switches.at("TRG"), argument);
  return {};
}

std::string VirtualNewEra::output(const std::string& argument) {
  if (!argument.starts_with('5')) throw Refusal{"?"};
  const std::string level = argument.substr(1);
  if (level.empty()) return memory_.switches.at("OUT5");
  memory_.switches.at("OUT5") = std::to_string(integer(level, 0, 1));
  return {};
}

std::string VirtualNewEra::input(const std::string& argument) {
  const bool is_pin = argument == "2" || argument == "3" || argument == "4" || argument == "6";
  if (!is_pin) throw Refusal{"?"};
  return "1";  // nothing is connected; the pins are pulled up
}

std::string VirtualNewEra::buzzer(const std::string& argument) {
  if (argument.empty()) return memory_.switches.at("BUZ");
  memory_.switches.at("BUZ") = integer(argument.substr(0, 1), 0, 1) == 0 ? "0" : "1";
  return {};
}

std::string VirtualNewEra::switch_setting(const std::string& name, const std::string& argument) {
  std::string& value = memory_.switches.at(name);
  if (argument.empty()) return value;
  store(value, std::to_string(integer(argument, 0, 1)));
  return {};
}

}  // namespace nocturne
