#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

#include "devices/virtual/virtual_chemyx.hpp"
#include "devices/words.hpp"

namespace nocturne {

namespace {

constexpr double resolution = 1e-4;  // of every number that it keeps

std::string four_decimals(double value) { return print("%.4f", value); }

std::optional<double> fixed_number(const std::string& text) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const bool usable = error == std::errc{} && rest == end && std::abs(value) < 1e9;
  return usable ? std::optional{value} : std::nullopt;
}

double rounded(double value) { return std::round(value / resolution) * resolution; }
double rounded_up(double value) { return std::ceil(value / resolution - 1e-6) * resolution; }
double rounded_down(double value) { return std::floor(value / resolution + 1e-6) * resolution; }

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

VirtualChemyx::Lines VirtualChemyx::interpret(const std::string& line) {
  const Lines invalid{"invalid command"};
  if (line.find('\n') != std::string::npos) return invalid;
  const Words words = words_of(line);
  if (words.empty()) return {};
  if (words.size() == 3 && words[0] == "set") return set(words[1], words[2]);
  if (words[0] == "hexw2") return set_all(words);
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + word;
  if (command == "start") return start();
  if (command == "pause") return pause();
  if (command == "stop") return stop();
  if (command == "pump status") return {pump_status()};
  if (command == "view parameter") return parameters();
  if (command == "read limit parameter")
    return {four_decimals(fastest()) + " " + four_decimals(slowest()) + " " + four_decimals(largest()) + " " +
            four_decimals(0.0)};
  const Way way = settings_.volume < 0.0 ? Way::withdraw : Way::infuse;
  const virtual_pump::Counter& counted = motion_.counted(way);
  if (command == "dispensed volume")
    return {"dispensed volume = " + four_decimals(counted.volume / volume_unit())};
  if (command == "elapsed time") return {"elapsed time = " + four_decimals(counted.time / 60.0)};
  return invalid;
}

VirtualChemyx::Lines VirtualChemyx::set(const std::string& name, const std::string& value) {
  const std::array<std::pair<const char*, double VirtualChemyxSettings::*>, 5> numbers{
      {{"diameter", &VirtualChemyxSettings::diameter_mm},
       {"rate", &VirtualChemyxSettings::rate},
       {"volume", &VirtualChemyxSettings::volume},
       {"delay", &VirtualChemyxSettings::delay},
       {"primerate", &VirtualChemyxSettings::prime_rate}}};
  const auto wanted = fixed_number(value);
  if (wanted && name == "units") {
    take(name, *wanted);
    return {"units = " + std::to_string(settings_.units)};
  }
  for (const auto& [known, field] : numbers) {
    if (!wanted || name != known) continue;
    take(name, *wanted);
    return {name + " = " + four_decimals(settings_.*field)};
  }
  return {"invalid command"};
}

// While it runs only the rate can be changed; the answer to anything else is the old value.
void VirtualChemyx::take(const std::string& name, double value) {
  const bool rests = status() != Status::running && status() != Status::delayed;
  if (name == "rate") settings_.rate = value;
  if (name == "primerate") settings_.prime_rate = value;
  if (rests && name == "units" && value >= 0.0 && value <= 3.0) settings_.units = static_cast<int>(value);
  if (rests && name == "diameter") settings_.diameter_mm = value;
  if (rests && name == "volume") settings_.volume = value;
  if (rests && name == "delay") settings_.delay = value;
  clamp_to_limits();
  if (motion_.moving() && name == "rate") motion_.change_flow(settings_.rate * rate_unit(), clock_.now());
}

void VirtualChemyx::clamp_to_limits() {
  settings_.diameter_mm = std::clamp(rounded(settings_.diameter_mm), 0.1, 60.0);
  settings_.rate = std::clamp(rounded(settings_.rate), slowest(), fastest());
  settings_.prime_rate = std::clamp(rounded(settings_.prime_rate), slowest(), fastest());
  settings_.volume = std::clamp(rounded(settings_.volume), -largest(), largest());
  settings_.delay = std::clamp(rounded(settings_.delay), 0.0, 9999.0);
}

VirtualChemyx::Lines VirtualChemyx::set_all(const Words& words) {
  const bool starts = words.size() == 8 && words[7] == "start";
  std::vector<double> numbers;
  for (std::size_t i = 1; i < words.size() && i < 7; ++i)
    if (const auto value = fixed_number(words[i])) numbers.push_back(*value);
  if (numbers.size() != 6 || (words.size() != 7 && !starts)) return {"invalid command"};
  const bool withdraws = numbers[1] == 1.0;
  take("units", numbers[0]);
  take("diameter", numbers[2]);
  take("volume", withdraws ? -std::abs(numbers[3]) : numbers[3]);
  take("rate", numbers[4]);
  take("delay", numbers[5]);
  Lines lines = parameters();
  if (starts) lines.push_back(start().front());
  return lines;
}

VirtualChemyx::Lines VirtualChemyx::start() {
  const Status before = status();
  stale_replies_ = 0;
  if (before == Status::paused) {
    run();
  } else if (before == Status::stopped || before == Status::stalled) {
    for (const Way way : {Way::infuse, Way::withdraw}) {
      motion_.clear_volume(way);
      motion_.clear_time(way);
    }
    starts_ = clock_.now() + seconds(settings_.delay * 60.0);
    advance(clock_.now());
  }
  return {"Pump start running..."};
}

void VirtualChemyx::run() {
  const Way way = settings_.volume < 0.0 ? Way::withdraw : Way::infuse;
  const bool resumes = std::exchange(paused_, false);
  if (!resumes) {
    virtual_pump::Targets targets;
    if (settings_.volume != 0.0) targets.volume = std::abs(settings_.volume) * volume_unit();
    motion_.set_targets(targets);
  }
  // When the start was due: the motion has just been brought there.
  motion_.start(way, settings_.rate * rate_unit(), millimeters(settings_.diameter_mm), std::nullopt,
                motion_.counted_to());
}

VirtualChemyx::Lines VirtualChemyx::pause() {
  if (motion_.moving()) {
    remember_status();
    motion_.stop(clock_.now());
    paused_ = true;
  }
  return {"Pump pause!"};
}

VirtualChemyx::Lines VirtualChemyx::stop() {
  remember_status();
  starts_.reset();
  paused_ = false;
  motion_.stop(clock_.now());
  return {"Pump stop!"};
}

void VirtualChemyx::remember_status() {
  if (motion_.moving()) stale_replies_ = options_.stale_replies;
}

std::string VirtualChemyx::pump_status() {
  const bool stale = stale_replies_ > 0;
  if (stale) --stale_replies_;
  return std::to_string(static_cast<int>(stale ? Status::running : status()));
}

VirtualChemyx::Lines VirtualChemyx::parameters() const {
  return {"units = " + std::to_string(settings_.units), "diameter = " + four_decimals(settings_.diameter_mm),
          "rate = " + four_decimals(settings_.rate),    "volume = " + four_decimals(settings_.volume),
          "delay = " + four_decimals(settings_.delay),  "primerate = " + four_decimals(settings_.prime_rate)};
}

double VirtualChemyx::volume_unit() const { return settings_.units < 2 ? 1e-6 : 1e-9; }

double VirtualChemyx::rate_unit() const { return volume_unit() / (settings_.units % 2 == 0 ? 60.0 : 3600.0); }

double VirtualChemyx::area() const { return virtual_pump::area_m2(millimeters(settings_.diameter_mm)); }

double VirtualChemyx::fastest() const { return rounded_down(options_.max_speed * area() / rate_unit()); }

double VirtualChemyx::slowest() const { return rounded_up(options_.min_speed * area() / rate_unit()); }

double VirtualChemyx::largest() const { return rounded_down(options_.travel * area() / volume_unit()); }

}  // namespace nocturne
