#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "devices/memory_link.hpp"
#include "devices/new_era_pump.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {

/// A pump's side of the conversation, as far as the driver's tests need it: it remembers settings and whether
/// it runs, and ends a withdrawal at its target volume.
class FakeNewEra {
 public:
  /// May replace what it would say to a command.
  using Tamper = std::function<Utterances(const std::string& command, Utterances usual)>;

  FakeNewEra(Clock& clock, std::unique_ptr<ByteLink> link)
      : clock_{clock}, partner_{clock, std::move(link), cut, [this](const std::string& request) {
                                  return answer(request);
                                }} {}

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }
  /// Requests as they came over the line.
  const std::vector<std::string>& frames() const { return partner_.requests; }
  /// A frame in the framing of the present mode.
  std::string frame(const std::string& body) const {
    return safe ? new_era::packet(body) : "\x02" + body + "\x03";
  }

  char address = '0';
  bool safe = false;
  char status = 'S';
  char alarm = '\0';  ///< pending
  std::string rate = "0.000UM";
  std::map<std::string, std::string> settings{
      {"PF", "1"}, {"DIA", "10.00"}, {"VOL", "5.000ML"}, {"DIR", "WDR"}, {"SAF", "0"}};
  std::string version = "NE1000V3.928";
  std::string volumes = "I0.000W0.000ML";
  std::vector<std::string> commands;  ///< that it understood, without address
  Tamper tamper;

 private:
  static std::size_t cut(const std::string& heard) {
    if (heard.empty()) return 0;
    if (heard[0] == '\x02') {
      if (heard.size() < 2) return 0;
      const auto length = static_cast<std::size_t>(static_cast<unsigned char>(heard[1])) + 1;
      return heard.size() < length ? 0 : length;
    }
    const std::size_t end = heard.find('\r');
    return end == heard.npos ? 0 : end + 1;
  }

  Utterances answer(const std::string& request) {
    const bool is_packet = request[0] == '\x02';
    if (safe && !is_packet) return {};
    std::string text =
        is_packet ? request.substr(2, request.size() - 5) : request.substr(0, request.size() - 1);
    if (text.empty() || text[0] != address) return {};
    text.erase(0, 1);
    commands.push_back(text);
    const std::string body = std::string{'0', address} + obey(text);
    Utterances usual{{frame(body)}};
    return tamper ? tamper(text, std::move(usual)) : usual;
  }

  std::string obey(const std::string& command) {
    end_withdrawal();
    if (alarm != '\0') {
      const std::string told = std::string{"A?"} + alarm;
      alarm = '\0';
      return told;
    }
    if (command == "RUN") start();
    if (command == "CLDINF") volumes = "I0.000" + volumes.substr(volumes.find('W'));
    if (command == "CLDWDR") volumes = volumes.substr(0, volumes.find('W')) + "W0.000ML";
    if (command == "STP") {
      if (status == 'S') return "S?NA";
      status = status == 'P' ? 'S' : 'P';
    }
    std::string data;
    if (command == "VER") data = version;
    if (command == "DIS") data = volumes;
    if (command == "RAT")
      data = rate;
    else if (command.starts_with("RAT"))
      set_rate(command.substr(3));
    for (auto& [name, value] : settings) {
      if (!command.starts_with(name) || command.size() > 8) continue;
      if (command == name)
        data = value;
      else
        value = command.substr(name.size()) + (name == "VOL" ? "ML" : "");
    }
    if (command.starts_with("SAF") && command != "SAF") safe = command != "SAF0";
    return status + data;
  }

  void start() {
    status = settings["DIR"] == "INF" ? 'I' : 'W';
    const double mL_min = std::stod(rate) * (rate.ends_with("MM") ? 1.0 : 1e-3);
    ends_ = clock_.now() + seconds(60.0 * std::stod(settings["VOL"]) / mL_min);
  }
  void end_withdrawal() {
    if (status != 'W' || std::stod(settings["VOL"]) == 0.0 || clock_.now() < ends_) return;
    status = 'S';
    volumes = volumes.substr(0, volumes.find('W') + 1) + settings["VOL"];
  }

  void set_rate(const std::string& text) {
    const std::size_t unit_at = text.find_first_of("UM");
    rate = unit_at == text.npos ? text + rate.substr(rate.find_first_of("UM")) : text;
  }

  Clock& clock_;
  Instant ends_{};
  Partner partner_;
};

inline NewEraSettings settings_of_60_ml_syringe() {
  NewEraSettings settings;
  settings.name = "feed";
  settings.syringe_diameter = millimeters(26.59);
  settings.watchdog_s = 10;
  return settings;
}

/// A driver and the pump it drives, on one line.
struct NewEraLab : DriverLab<NewEraLab> {
  explicit NewEraLab(NewEraSettings settings = settings_of_60_ml_syringe())
      : pump{lab.clock, line, std::move(settings)} {}

  void arm() {
    run(pump.arm());
    fake.commands.clear();
  }
  std::ptrdiff_t count(const std::string& command) const {
    return std::ranges::count(fake.commands, command);
  }

  MemoryLinkPair pair = make_memory_link(lab.clock, "pumps", 19200);
  FakeNewEra fake{lab.clock, std::move(pair.instrument)};
  Line line{lab.clock, std::move(pair.host)};
  NewEraPump pump;
};

inline Utterances nothing() { return {}; }

}  // namespace nocturne::test
