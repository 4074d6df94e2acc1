#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "devices/virtual/virtual_harvard.hpp"

namespace nocturne {

namespace chain = virtual_pump_chain;
using virtual_harvard::Nvram;
using virtual_harvard::Settings;

namespace {

const std::string& only(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) throw chain::bad_argument(arguments.back(), "Invalid argument");
  return arguments[0];
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

const VirtualHarvard::Command* VirtualHarvard::setting_command(const std::string& word) {
  using Pump = VirtualHarvard;
  static constexpr std::array<Command, 21> commands{{
      {"ver", [](Pump& pump,
                 Arguments) { return Lines{pump.options_.model.name + " " + pump.options_.model.firmware}; }},
      {"version", [](Pump& pump, Arguments) { return pump.version(); }},
      {"metrics", [](Pump& pump, Arguments) { return pump.metrics(); }},
      {"address", [](Pump& pump, Arguments words) { return pump.set_address(words); }},
      {"baud", [](Pump& pump, Arguments words) { return pump.baud(words); }},
      {"echo", [](Pump& pump, Arguments words) { return pump.on_or_off(&Settings::echo, words); }},
      {"poll", [](Pump& pump, Arguments words) { return pump.on_or_off(&Settings::poll, words); }},
      {"nvram", [](Pump& pump, Arguments words) { return pump.nvram(words); }},
      {"dim", [](Pump& pump, Arguments words) { return pump.percentage(&Settings::brightness, 0, words); }},
      {"force",
       [](Pump& pump, Arguments words) { return pump.percentage(&Settings::force_percent, 1, words); }},
      {"time", [](Pump& pump, Arguments words) { return pump.time(words); }},
      {"diameter", [](Pump& pump, Arguments words) { return pump.diameter(words); }},
      {"svolume", [](Pump& pump, Arguments words) { return pump.syringe_volume(words); }},
      {"syrmanu", [](Pump& pump, Arguments words) { return pump.manufacturer(words); }},
      {"load", [](Pump& pump, Arguments words) { return pump.method(words); }},
      {"input", [](Pump&, Arguments) { return Lines{"High."}; }},
      {"output", [](Pump& pump, Arguments words) { return pump.keep_words("output", words); }},
      {"sync", [](Pump& pump, Arguments words) { return pump.keep_words("sync", words); }},
      {"ftswitch", [](Pump& pump, Arguments words) { return pump.keep_words("ftswitch", words); }},
      {"ascale", [](Pump& pump, Arguments words) { return pump.keep_words("ascale", words); }},
      {"gang", [](Pump& pump, Arguments words) { return pump.keep_words("gang", words); }},
  }};
  const auto found = std::ranges::find_if(
      commands, [&](const Command& command) { return chain::names(word, command.name); });
  return found == commands.end() ? nullptr : &*found;
}

void VirtualHarvard::must_rest() const {
  if (motion_.moving()) throw chain::bad_command("Not allowed while pumping");
}

VirtualHarvard::Lines VirtualHarvard::version() const {
  return {"Firmware:      v" + options_.model.firmware, "Pump address:  " + std::to_string(settings_.address),
          "Serial number: " + options_.model.serial};
}

VirtualHarvard::Lines VirtualHarvard::metrics() const {
  const virtual_harvard::Model& model = options_.model;
  return {"Pump type          " + model.type,
          "Pump type string   " + model.name,
          "Steps per rev      400",
          "Gear ratio         1:1",
          "Pulley ratio       " + chain::general(model.pulley) + ":1",
          "Lead screw         24 threads per inch",
          "Microstepping      16 microsteps per step",
          "Low speed limit    27 seconds",
          "High speed limit   26 microseconds",
          "Min syringe size   0.1 mm",
          "Max syringe size   33 mm",
          "Min raw force %    20%",
          "Max raw force %    80%",
          "Encoder            100 lines",
          std::string{"Direction          "} + (model.can_withdraw ? "Infuse/withdraw" : "Infuse only"),
          std::string{"Limit switches     "} + (model.limit_switches ? "Yes" : "No")};
}

VirtualHarvard::Lines VirtualHarvard::set_address(Arguments arguments) {
  if (arguments.empty()) return {"Pump address is " + std::to_string(settings_.address)};
  store(settings_.address, chain::integer(only(arguments), 0, 99));
  return {"Pump address set to " + std::to_string(settings_.address)};
}

VirtualHarvard::Lines VirtualHarvard::baud(Arguments arguments) {
  if (arguments.empty()) return {std::to_string(settings_.baud)};
  static constexpr std::array known{9600,   19200,  38400,  57600,  115200,
                                    128000, 230400, 256000, 460800, 921600};
  const int value = chain::integer(only(arguments), 9600, 921600);
  if (std::ranges::find(known, value) == known.end()) throw chain::bad_argument(arguments[0], "Out of range");
  store(settings_.baud, value);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::on_or_off(bool Settings::*field, Arguments arguments) {
  if (arguments.empty()) return {settings_.*field ? "ON" : "OFF"};
  const std::string word = chain::lower_case(only(arguments));
  if (word != "on" && word != "off") throw chain::bad_argument(arguments[0], "Invalid argument");
  store(settings_.*field, word == "on");
  return {};
}

VirtualHarvard::Lines VirtualHarvard::nvram(Arguments arguments) {
  static constexpr std::array<std::pair<const char*, Nvram>, 3> modes{
      {{"NONE", Nvram::none}, {"OFF", Nvram::off}, {"ON", Nvram::on}}};
  for (const auto& [name, mode] : modes) {
    if (arguments.empty() && settings_.nvram == mode) return {name};
    if (arguments.empty() || chain::lower_case(only(arguments)) != chain::lower_case(name)) continue;
    store(settings_.nvram, mode);
    return {};
  }
  throw chain::bad_argument(arguments[0], "Invalid argument");
}

VirtualHarvard::Lines VirtualHarvard::percentage(int Settings::*field, int least, Arguments arguments) {
  if (arguments.empty()) return {std::to_string(settings_.*field) + "%"};
  store(settings_.*field, chain::integer(only(arguments), least, 100));
  apply_load();
  return {};
}

VirtualHarvard::Lines VirtualHarvard::time(Arguments arguments) {
  using namespace std::chrono;
  const auto elapsed = floor<std::chrono::seconds>(clock_.now().time_since_epoch());
  if (arguments.empty()) {
    const sys_seconds now = date_ + elapsed;
    const year_month_day day{floor<days>(now)};
    const hh_mm_ss clock{now - floor<days>(now)};
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%02u/%02u/%02d %d:%02d:%02d %s", unsigned{day.month()},
                  unsigned{day.day()}, int{day.year()} % 100, static_cast<int>(make12(clock.hours()).count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                  is_am(clock.hours()) ? "AM" : "PM");
    return {text.data()};
  }
  unsigned m = 0, d = 0;
  int y = 0, end = 0;
  const std::string& date = arguments[0];
  const bool read = std::sscanf(date.c_str(), "%2u/%2u/%2d%n", &m, &d, &y, &end) == 3;
  const year_month_day day{year{2000 + y}, month{m}, std::chrono::day{d}};
  if (arguments.size() != 2 || !read || end != static_cast<int>(date.size()) || y < 0 || !day.ok())
    throw chain::bad_argument(date, "Invalid argument");
  const double of_day = chain::duration(arguments[1]);
  if (of_day >= 86400.0) throw chain::bad_argument(arguments[1], "Out of range");
  date_ = sys_days{day} + std::chrono::seconds{std::lround(of_day)} - elapsed;
  return {};
}

VirtualHarvard::Lines VirtualHarvard::diameter(Arguments arguments) {
  if (arguments.empty()) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4f mm", settings_.diameter_mm);
    return measured("Diameter", text.data());
  }
  must_rest();
  const bool has_unit = arguments.size() == 2 && chain::lower_case(arguments[1]) == "mm";
  if (arguments.size() != 1 && !has_unit) throw chain::bad_argument(arguments.back(), "Invalid argument");
  return set_diameter(chain::number(arguments[0], 0.1, 33.0), "Custom", settings_.syringe_volume);
}

VirtualHarvard::Lines VirtualHarvard::set_diameter(double diameter_mm, const std::string& manufacturer,
                                                   double volume) {
  settings_.diameter_mm = diameter_mm;
  settings_.manufacturer = manufacturer;
  settings_.syringe_volume = volume;
  written();
  if (!quirks_.keeps_diameter) diameter_in_use_mm_ = diameter_mm;
  return {};
}

VirtualHarvard::Lines VirtualHarvard::syringe_volume(Arguments arguments) {
  if (arguments.empty()) return measured("Syringe volume", chain::printed_volume(settings_.syringe_volume));
  must_rest();
  if (arguments.size() != 2) throw chain::bad_argument(arguments.back(), "Invalid argument");
  constexpr double most = 1e-3;  // m³
  const double value = chain::volume(arguments[0], arguments[1]);
  if (value <= 0.0 || value > most) throw chain::bad_argument(arguments[0], "Out of range");
  store(settings_.syringe_volume, value);
  return {};
}

VirtualHarvard::Lines VirtualHarvard::manufacturer(Arguments arguments) {
  if (arguments.empty())
    return {settings_.manufacturer + ", " + chain::printed_volume(settings_.syringe_volume) + ", " +
            chain::general(settings_.diameter_mm) + " mm"};
  const auto& known = virtual_harvard::manufacturers();
  Lines lines;
  if (arguments[0] == "?") {
    for (const auto& maker : known) lines.push_back(maker.code + " " + maker.name);
    return lines;
  }
  const std::string code = chain::lower_case(arguments[0]);
  const auto maker = std::ranges::find_if(
      known, [&](const auto& m) { return m.code == code || chain::lower_case(m.name) == code; });
  if (maker == known.end()) throw chain::bad_argument(arguments[0], "Unknown syringe");
  if (arguments.size() == 2 && arguments[1] == "?") {
    for (const auto& syringe : maker->syringes)
      lines.push_back(chain::printed_volume(syringe.volume_ml * 1e-6));
    return lines;
  }
  if (arguments.size() != 3) throw chain::bad_argument(arguments.back(), "Invalid argument");
  must_rest();
  const double asked = chain::volume(arguments[1], arguments[2]);
  const auto syringe = std::ranges::find_if(
      maker->syringes, [&](const auto& s) { return std::abs(s.volume_ml * 1e-6 - asked) <= 1e-6 * asked; });
  if (syringe == maker->syringes.end()) throw chain::bad_argument(arguments[1], "Unknown syringe");
  return set_diameter(syringe->diameter_mm, maker->name, asked);
}

VirtualHarvard::Lines VirtualHarvard::method(Arguments arguments) {
  static constexpr std::array<std::pair<const char*, const char*>, 4> methods{
      {{"i", "Infuse Only"}, {"w", "Withdraw Only"}, {"iw", "Infuse/Withdraw"}, {"wi", "Withdraw/Infuse"}}};
  for (const auto& [code, name] : methods) {
    if (arguments.empty() && settings_.method == code)
      return {std::string{"Quick Start - "} + name + " (qs " + code + ")"};
    if (chain::lower_case(joined(arguments)) != std::string{"qs "} + code) continue;
    must_rest();
    if (!options_.model.can_withdraw && std::string{code} != "i") break;
    settings_.targets = {};
    store(settings_.method, code);
    motion_.set_targets(settings_.targets);
    return {};
  }
  throw chain::bad_argument(joined(arguments), "Invalid argument");
}

VirtualHarvard::Lines VirtualHarvard::keep_words(const std::string& name, Arguments arguments) {
  if (!arguments.empty()) {
    store(settings_.switches[name], joined(arguments));
    return {};
  }
  const auto kept = settings_.switches.find(name);
  return {kept == settings_.switches.end() ? "Low." : kept->second};
}

}  // namespace nocturne
