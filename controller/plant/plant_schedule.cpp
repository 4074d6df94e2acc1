#include "controller/plant/plant_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "controller/plant/plant_truth_json.hpp"
#include "devices/virtual/heater_tuning.hpp"
#include "models/plant/plant.hpp"

namespace nocturne {
namespace {

constexpr double kLongestExposure_s = 60.0;
constexpr double kMostExposures = 1e6;  // of one line

/// One line of a schedule, checked.
struct Step {
  double time_s = 0.0;
  std::map<std::size_t, double> feeds;  ///< µL/min by index
  std::optional<double> heater_C;
  std::optional<bool> lamp, led;
  std::optional<double> expose_s;
  double every_s = 0.0, until_s = 0.0;
};

double number(const OrderedJson& json, const char* key, double low, double high) {
  if (!json[key].is_number()) throw std::invalid_argument{std::string{"\""} + key + "\" is no number"};
  const double value = json[key].get<double>();
  if (!(value >= low && value <= high))
    throw std::invalid_argument{std::string{"\""} + key + "\" is out of range (" + OrderedJson(low).dump() +
                                " to " + OrderedJson(high).dump() + ")"};
  return value;
}

std::size_t feed_index(const PlantParameters& parameters, const std::string& name) {
  const auto found = std::ranges::find(parameters.feeds, name, &PlantFeed::name);
  if (found == parameters.feeds.end()) {
    std::string known;
    for (const PlantFeed& feed : parameters.feeds) known += (known.empty() ? "" : ", ") + feed.name;
    throw std::invalid_argument{"no feed is called \"" + name + "\" (" + known + ")"};
  }
  return static_cast<std::size_t>(found - parameters.feeds.begin());
}

std::optional<bool> flag(const OrderedJson& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  if (!json[key].is_boolean())
    throw std::invalid_argument{std::string{"\""} + key + "\" is not true or false"};
  return json[key].get<bool>();
}

void check_keys(const OrderedJson& json) {
  static const char* const known[] = {"time_s", "feeds_uL_per_min", "heater_C", "lamp",
                                      "led",    "expose_s",         "every_s",  "until_s"};
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) == std::end(known))
      throw std::invalid_argument{
          "unknown key \"" + key +
          "\" (time_s, feeds_uL_per_min, heater_C, lamp, led, expose_s, every_s, until_s)"};
  }
}

void read_exposures(const OrderedJson& json, Step& step) {
  step.until_s = step.time_s;
  if (json.contains("expose_s")) step.expose_s = number(json, "expose_s", 1e-6, kLongestExposure_s);
  if (json.contains("every_s") != json.contains("until_s") || (json.contains("every_s") && !step.expose_s))
    throw std::invalid_argument{"\"every_s\", \"until_s\" and \"expose_s\" belong together"};
  if (!json.contains("every_s")) return;
  step.every_s = number(json, "every_s", *step.expose_s, 1e9);
  step.until_s = number(json, "until_s", step.time_s, step.time_s + kMostExposures * step.every_s);
}

Step step_from(const std::string& line, const PlantParameters& parameters, double now_s) {
  const OrderedJson json = OrderedJson::parse(line, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument{"not a JSON object"};
  check_keys(json);
  if (!json.contains("time_s")) throw std::invalid_argument{"\"time_s\" is missing"};
  Step step;
  step.time_s = number(json, "time_s", now_s, 1e9);
  if (json.contains("feeds_uL_per_min")) {
    const OrderedJson& feeds = json["feeds_uL_per_min"];
    if (!feeds.is_object()) throw std::invalid_argument{"\"feeds_uL_per_min\" is no object"};
    for (const auto& [name, rate] : feeds.items()) {
      const std::size_t index = feed_index(parameters, name);
      step.feeds[index] = number(feeds, name.c_str(), 0.0, 1e6);
    }
  }
  if (json.contains("heater_C")) step.heater_C = number(json, "heater_C", -50.0, 400.0);
  step.lamp = flag(json, "lamp");
  step.led = flag(json, "led");
  read_exposures(json, step);
  return step;
}

/// A plant and the controller of its heater.
class Reactor {
 public:
  Reactor(const PlantParameters& parameters, std::uint64_t seed)
      : plant_{parameters, seed}, loop_{tuned(parameters), 0.0} {
    plant_.attach_heater([this](double time_s, double celsius) { return loop_.update(time_s, celsius); });
  }

  void act(const Step& step) {
    plant_.probe_celsius(step.time_s);
    for (const auto& [feed, rate] : step.feeds) plant_.set_feed(feed, rate, step.time_s);
    if (step.heater_C) loop_.parameters().set_point_1 = *step.heater_C;
    if (step.lamp) plant_.set_lamp(*step.lamp, step.time_s);
    if (step.led) plant_.set_led(*step.led, step.time_s);
  }

  OrderedJson look(double time_s, double exposure_s) {
    const Eigen::VectorXd counts = plant_.expose(time_s, exposure_s);
    OrderedJson json{{"time_s", time_s},
                     {"probe_C", plant_.probe_celsius(time_s)},
                     {"pressure_bar", plant_.pressure_bar(time_s)},
                     {"truth", json_of(plant_.truth(time_s))}};
    json["counts"] = std::vector<double>(counts.begin(), counts.end());
    return json;
  }

  const Detector& detector() const { return plant_.detector(); }

 private:
  static virtual_control::Parameters tuned(const PlantParameters& parameters) {
    virtual_control::Parameters loop;
    tune(loop, parameters.heater);
    loop.set_point_1 = parameters.geometry.ambient_C;
    loop.set_point_high = loop.range_high;
    loop.alarms = {};
    return loop;
  }

  Plant plant_;
  virtual_control::Loop loop_;
};

}  // namespace

int plant_schedule(const PlantParameters& parameters, std::uint64_t seed, std::istream& schedule,
                   std::ostream& answers, std::ostream& messages) {
  Reactor reactor{parameters, seed};
  const Eigen::VectorXd& nm = reactor.detector().wavelength_nm;
  answers << OrderedJson{{"wavelength_nm", std::vector<double>(nm.begin(), nm.end())}}.dump() << '\n'
          << std::flush;
  double now_s = 0.0;
  std::string line;
  for (int row = 1; std::getline(schedule, line); ++row) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      const Step step = step_from(line, parameters, now_s);
      reactor.act(step);
      now_s = step.time_s;
      if (!step.expose_s) continue;
      for (double exposures = 0.0; now_s <= step.until_s; exposures += 1.0) {
        answers << reactor.look(now_s, *step.expose_s).dump() << '\n' << std::flush;
        if (step.every_s == 0.0) break;
        now_s = step.time_s + (exposures + 1.0) * step.every_s;
      }
      now_s = step.until_s;
    } catch (const std::invalid_argument& error) {
      answers << OrderedJson{{"error", error.what()}}.dump(-1, ' ', false,
                                                           OrderedJson::error_handler_t::replace)
              << '\n'
              << std::flush;
      messages << "nocturne: <stdin>:" << row << ": " << error.what() << '\n';
      return 2;
    }
  }
  return 0;
}

}  // namespace nocturne
