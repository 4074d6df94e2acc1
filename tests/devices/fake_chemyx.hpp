#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "devices/chemyx_pump.hpp"
#include "devices/memory_link.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {

/// A Chemyx pump's side of the conversation, as far as the driver's tests need it. Its clock runs while it
/// runs; it counts from zero at every start, and ends a withdrawal at its volume.
class FakeChemyx {
 public:
  /// May replace what it would say to a command.
  using Tamper = std::function<Utterances(const std::string& command, Utterances usual)>;

  FakeChemyx(Clock& clock, std::unique_ptr<ByteLink> link)
      : clock_{clock}, partner_{clock, std::move(link), cut, [this](const std::string& request) {
                                  return answer(request);
                                }} {}

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }

  std::string reply(const std::string& text) const { return text + "\r\n" + (prompts ? ">" : ""); }
  void run() {
    if (!running) started_ = clock_.now();
    running = true;
    const double volume_uL = std::stod(settings.at("volume"));
    ends_ = started_ + seconds(volume_uL < 0.0 ? -60.0 * volume_uL / rate_uL_min() : 1e6);
  }
  void halt() {
    if (running) elapsed_s_ = in_seconds(clock_.now() - started_);
    running = false;
  }
  double elapsed_s() const { return running ? in_seconds(clock_.now() - started_) : elapsed_s_; }
  double rate_uL_min() const { return std::stod(settings.at("rate")); }

  bool echo = true;
  bool prompts = true;
  bool knows_status = true;
  bool running = false;
  bool stalled = false;
  double fastest_mm_per_min = 150.0;
  std::map<std::string, std::string> settings{
      {"units", "0"}, {"diameter", "14.43"}, {"rate", "1"}, {"volume", "1"}, {"delay", "5"}};
  std::vector<std::string> commands;
  Tamper tamper;

 private:
  static std::size_t cut(const std::string& heard) {
    const std::size_t end = heard.find('\r');
    return end == heard.npos ? 0 : end + 1;
  }

  Utterances answer(const std::string& request) {
    const std::string command = request.substr(0, request.size() - 1);
    commands.push_back(command);
    Utterances usual;
    if (echo) usual.push_back(Utterance{request});
    usual.push_back(Utterance{reply(obey(command)), std::chrono::milliseconds{60}});
    return tamper ? tamper(command, std::move(usual)) : usual;
  }

  static std::string print(const char* format, double value) {
    char text[80];
    std::snprintf(text, sizeof text, format, value);
    return text;
  }

  void end_withdrawal() {
    if (!running || clock_.now() < ends_) return;
    elapsed_s_ = in_seconds(ends_ - started_);
    running = false;
  }

  std::string obey(const std::string& command) {
    end_withdrawal();
    if (command == "start") {
      run();
      return "Pump start running...";
    }
    if (command == "stop") {
      halt();
      return "Pump stop!";
    }
    if (command == "pump status" && knows_status) return stalled ? "4" : running ? "1" : "0";
    if (command == "elapsed time") return print("elapsed time = %.5f", elapsed_s() / 60.0);
    if (command == "dispensed volume")
      return print("dispensed volume = %.4f", elapsed_s() / 60.0 * rate_uL_min());
    const double diameter_mm = std::stod(settings["diameter"]);
    const double area = 3.14159265358979 / 4.0 * diameter_mm * diameter_mm;
    if (command == "read limit parameter") {
      const double per = settings["units"].starts_with("3") ? 60.0 : 1.0;  // µL/h or µL/min
      return print("%.4f 0.0002 ", area * 178.2) + print("%.4f ", per * area * fastest_mm_per_min) +
             print("%.4f", per * area * 0.02);
    }
    if (!command.starts_with("set ")) return "Invalid Command!";
    const std::size_t space = command.find(' ', 4);
    const std::string name = command.substr(4, space - 4);
    double value = std::stod(command.substr(space));
    if (name == "rate") value = std::clamp(value, area * 0.02, area * fastest_mm_per_min);
    settings[name] = print("%.6f", value);
    return name + " = " + print(name == "units" || name == "delay" ? "%.0f" : "%.6f", value);
  }

  Clock& clock_;
  Instant started_{}, ends_{};
  double elapsed_s_ = 0.0;
  Partner partner_;
};

inline ChemyxSettings settings_of_chemyx_syringe() {
  ChemyxSettings settings;
  settings.name = "feed";
  settings.syringe_diameter = millimeters(26.59);
  settings.syringe_volume = milliliters(60.0);
  settings.unwatched = true;
  return settings;
}

/// A driver and the pump it drives, on one line.
struct ChemyxLab : DriverLab<ChemyxLab> {
  explicit ChemyxLab(ChemyxSettings settings = settings_of_chemyx_syringe())
      : pump{lab.clock, line, std::move(settings)} {}

  void arm() {
    run(pump.arm());
    fake.commands.clear();
  }
  std::ptrdiff_t count(const std::string& command) const {
    return std::ranges::count(fake.commands, command);
  }

  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 38400);
  FakeChemyx fake{lab.clock, std::move(pair.instrument)};
  Line line{lab.clock, std::move(pair.host)};
  ChemyxPump pump;
};

}  // namespace nocturne::test
