#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "devices/harvard_pump.hpp"
#include "devices/memory_link.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {

/// A pump's side of a Pump Chain, as far as the driver's tests need it: it remembers settings and whether it
/// runs, and ends a withdrawal at its target volume.
class FakePumpChain {
 public:
  /// May replace what it would say to a command.
  using Tamper = std::function<Utterances(const std::string& command, Utterances usual)>;

  FakePumpChain(Clock& clock, std::unique_ptr<ByteLink> link)
      : clock_{clock}, partner_{clock, std::move(link), cut, [this](const std::string& request) {
                                  return answer(request);
                                }} {}

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }
  /// Requests as they came over the line.
  const std::vector<std::string>& frames() const { return partner_.requests; }

  /// A reply of one line, or of the prompt alone.
  std::string reply(const std::string& text = "") const {
    const std::string front = prefix || address > 0 ? two_digits() : "";
    const std::string line_front = front.empty() ? "" : front + prompt;
    std::string said = text.empty() ? "" : "\n" + line_front + text + "\r";
    return said + "\n" + front + prompt + (poll ? "\x11" : "");
  }
  std::string error(const std::string& message) const {
    return "\nArgument error: 1\r\n   " + message + "\r" + reply();
  }
  std::string status_line() const {
    const bool withdraws = flags[0] == 'w' || flags[0] == 'W';
    return "1000 5000 " + std::to_string(withdraws ? drawn_fL : volume_fL) + " " + flags;
  }
  void run() {
    prompt = ">";
    flags[0] = 'I';
  }
  void withdraw() {
    prompt = "<";
    flags = "W...i.";
    ends_ = clock_.now() + seconds(60.0 * std::stod(settings["tvolume"]) / std::stod(settings["wrate"]));
  }
  bool moving() const { return flags[0] == 'I' || flags[0] == 'W'; }
  void halt() {
    prompt = ":";
    flags[0] = flags[0] == 'W' || flags[0] == 'w' ? 'w' : 'i';
  }
  /// Power failure: everything that was not in its memory is gone.
  void reboot(bool remembers_poll) {
    halt();
    poll = poll && remembers_poll;
    volume_fL = 0;
    settings["diameter"] = "14.4300 mm";
    settings["tvolume"] = "Target volume not set";
  }

  int address = 0;
  bool prefix = false;
  bool echo = false;
  bool poll = false;
  std::string prompt = ":";
  std::string flags = "i...i.";
  long long volume_fL = 0;
  long long drawn_fL = 0;
  std::string method = "qs iw";
  double step_nm = 68.9019;
  std::string version = "PHD ULTRA 3.0.5";
  std::map<std::string, std::string> settings{{"diameter", "14.4300 mm"}, {"irate", "199.49 ul/min"},
                                              {"wrate", "1 ml/min"},      {"ttime", "00:03:00"},
                                              {"tvolume", "1 ml"},        {"force", "15%"}};
  std::vector<std::string> commands;  ///< that it understood, without address
  Tamper tamper;

 private:
  static std::size_t cut(const std::string& heard) {
    const std::size_t end = heard.find('\r');
    return end == heard.npos ? 0 : end + 1;
  }
  std::string two_digits() const {
    return std::string{static_cast<char>('0' + address / 10), static_cast<char>('0' + address % 10)};
  }

  Utterances answer(const std::string& request) {
    const std::size_t at = request.find('@');
    if ((at == 0 ? 0 : std::stoi(request)) != address) return {};
    const std::string command = request.substr(at + 1, request.size() - at - 2);
    commands.push_back(command);
    const std::string heard = echo ? request : "";
    Utterances usual{{heard + obey(command)}};
    return tamper ? tamper(command, std::move(usual)) : usual;
  }

  std::string obey(const std::string& command) {
    end_withdrawal();
    if (command == "echo off") echo = false;
    if (command == "poll on") poll = true;
    if (command == "irun" && method == "qs i") run();
    if (command == "wrun" && method == "qs w") withdraw();
    if (command.starts_with("load ")) load(command.substr(5));
    if (command == "stp") halt();
    if (command == "cttime") settings["ttime"] = "Target time not set";
    if (command == "ctvolume") settings["tvolume"] = "Target volume not set";
    if (command.starts_with("c") && command.ends_with("volume")) forget_target();
    if (command == "cvolume" || command == "civolume") volume_fL = 0;
    if (command == "cvolume" || command == "cwvolume") drawn_fL = 0;
    if (command == "ver") return reply(version);
    if (command == "status") return reply(status_line());
    if (command == "irate lim") return reply(limits());
    const std::size_t space = command.find(' ');
    const auto setting = settings.find(command.substr(0, space));
    if (setting == settings.end()) return reply();
    if (space == command.npos) return reply(setting->second);
    set(setting->first, command.substr(space + 1));
    return reply();
  }

  void load(const std::string& text) {
    method = text;
    forget_target();
    settings["tvolume"] = "Target volume not set";
  }
  void forget_target() {
    if (flags[5] == 'T') prompt = ":";
    flags[5] = '.';
  }
  void end_withdrawal() {
    if (flags[0] != 'W' || !ends_ || clock_.now() < *ends_) return;
    prompt = "T*";
    flags = "w...iT";
    drawn_fL += std::llround(std::stod(settings["tvolume"]) * 1e12);
  }

  void set(const std::string& name, const std::string& text) {
    char printed[64];
    if (name == "diameter") std::snprintf(printed, sizeof printed, "%.4f mm", std::stod(text));
    if (name != "diameter")
      std::snprintf(printed, sizeof printed, "%g%s", std::stod(text), text.substr(text.find(' ')).c_str());
    settings[name] = printed;
  }

  std::string limits() const {
    const double diameter_mm = std::stod(settings.at("diameter"));
    const double area = 3.14159265358979 / 4.0 * diameter_mm * diameter_mm;  // mm²
    const double fastest = area * step_nm * 1e-6 / 26e-6 * 60.0 / 1e3;       // mL/min
    char printed[80];
    std::snprintf(printed, sizeof printed, "%g nl/min to %g ml/min", fastest * 1e6 * 26e-6 / 27.0, fastest);
    return printed;
  }

  Clock& clock_;
  std::optional<Instant> ends_;
  Partner partner_;
};

inline HarvardSettings settings_of_plastic_syringe() {
  HarvardSettings settings;
  settings.name = "feed";
  settings.syringe_diameter = millimeters(26.59);
  settings.syringe_volume = milliliters(60.0);
  settings.unwatched = true;
  return settings;
}

/// A driver and the pump it drives, on one line.
struct HarvardLab : DriverLab<HarvardLab> {
  explicit HarvardLab(HarvardSettings settings = settings_of_plastic_syringe())
      : pump{lab.clock, line, std::move(settings)} {}

  void arm() {
    run(pump.arm());
    fake.commands.clear();
  }
  std::ptrdiff_t count(const std::string& command) const {
    return std::ranges::count(fake.commands, command);
  }

  MemoryLinkPair pair = make_memory_link(lab.clock, "pumps", 115200);
  FakePumpChain fake{lab.clock, std::move(pair.instrument)};
  Line line{lab.clock, std::move(pair.host)};
  HarvardPump pump;
};

}  // namespace nocturne::test
