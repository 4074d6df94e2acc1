#include <fmt/format.h>

#include <algorithm>

#include "controller/output_lines.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/problem.hpp"
#include "controller/window/quantity.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

/// A limit, and where it comes from.
struct WatchedSignal {
  std::string signal;
  std::string quantity, unit;  ///< without a quantity it is not in the log
  SignalLimit limit;
};

double max_temperature_C(const FollowedNight& night) {
  return std::min(night.bench()->limits.max_temperature, night.recipe()->safety.max_temperature).celsius();
}

std::string unit_of_input(const BenchDescription& bench, const std::string& name) {
  for (const InstrumentDescription& instrument : bench.instruments)
    if (const auto unit = instrument.settings.find("unit");
        instrument.name == name && unit != instrument.settings.end())
      return unit->second;
  return "";
}

std::vector<WatchedSignal> watched(const FollowedNight& night) {
  const BenchDescription& bench = *night.bench();
  std::vector<WatchedSignal> all;
  all.push_back({bench.heater, "temperature_C", "°C", {{}, max_temperature_C(night)}});
  if (!bench.pressure.empty() && bench.limits.max_pressure_bar)
    all.push_back({bench.pressure, "pressure_bar", "bar", {{}, bench.limits.max_pressure_bar}});
  for (const InterlockDescription& interlock : bench.interlocks) {
    WatchedSignal signal{interlock.signal, "", unit_of_input(bench, interlock.signal), interlock.limit};
    if (interlock.signal == bench.pressure) signal.quantity = "pressure_bar";
    if (interlock.signal == bench.heater) {
      signal.quantity = "temperature_C";
      signal.unit = "°C";
    }
    all.push_back(std::move(signal));
  }
  return all;
}

std::string limit_in_words(const SignalLimit& limit, const std::string& unit) {
  const std::string behind = unit.empty() ? "" : " " + unit;
  std::string text;
  if (limit.below) text = fmt::format("below {}{}", digits(*limit.below), behind);
  if (limit.above)
    text += fmt::format("{}above {}{}", limit.below ? " or " : "", digits(*limit.above), behind);
  if (limit.lasting.count() > 0.0) text += fmt::format(" for {} s", digits(limit.lasting.count()));
  return text;
}

const char* name_of(Reaction reaction) {
  switch (reaction) {
    case Reaction::warn:
      return "warn";
    case Reaction::hold:
      return "hold";
    case Reaction::safe:
      break;
  }
  return "safe";
}

bool is_beyond(const SignalLimit& limit, double value) {
  return (limit.above && value > *limit.above) || (limit.below && value < *limit.below);
}

std::optional<double> value_of(const Moment& moment, const std::string& quantity, const std::string& name) {
  const auto series = moment.night.series().find({quantity, name});
  return series == moment.night.series().end() ? std::nullopt
                                               : value_at(series->second, in_seconds(moment.time));
}

/// What is not in the log by its value is known by the alarm that it raised.
OrderedJson json_of(const Moment& moment, const WatchedSignal& watch) {
  const auto value = value_of(moment, watch.quantity, watch.signal);
  const auto& alarm = moment.facts.alarm;
  const bool is_alarmed = alarm && !alarm->seen && alarm->what.starts_with(watch.signal + ":");
  OrderedJson json{{"signal", watch.signal},
                   {"when", limit_in_words(watch.limit, watch.unit)},
                   {"action", name_of(watch.limit.reaction)},
                   {"unit", watch.unit}};
  if (value) json["value"] = *value;
  json["ok"] = value ? !is_beyond(watch.limit, *value) : !is_alarmed;
  return json;
}

class Readings {
 public:
  explicit Readings(const Moment& moment) : moment_{moment} {}

  /// Nothing, if it was never read.
  OrderedJson* add(const std::string& quantity, const std::string& name) {
    const auto series = moment_.night.series().find({quantity, name});
    if (series == moment_.night.series().end()) return nullptr;
    const auto value = value_at(series->second, in_seconds(moment_.time));
    if (!value) return nullptr;
    const auto& times = series->second.time_s;
    const double time_s = *std::prev(std::ranges::upper_bound(times, in_seconds(moment_.time)));
    list_.push_back({{"quantity", quantity},
                     {"name", name},
                     {"unit", units_of_readings().at(quantity)},
                     {"value", *value},
                     {"time_s", time_s}});
    return &list_.back();
  }
  OrderedJson take() { return std::move(list_); }

 private:
  const Moment& moment_;
  OrderedJson list_ = OrderedJson::array();
};

/// The narrowest of the limits of a signal.
void add_limits(OrderedJson* reading, const std::vector<WatchedSignal>& watch, const std::string& quantity) {
  if (!reading) return;
  for (const WatchedSignal& one : watch) {
    if (one.quantity != quantity) continue;
    if (one.limit.below && (!reading->contains("low") || (*reading)["low"] < *one.limit.below))
      (*reading)["low"] = *one.limit.below;
    if (one.limit.above && (!reading->contains("high") || (*reading)["high"] > *one.limit.above))
      (*reading)["high"] = *one.limit.above;
  }
}

OrderedJson readings_of(const Moment& moment, const std::string& instrument,
                        const std::vector<WatchedSignal>& watch) {
  const BenchDescription& bench = *moment.night.bench();
  Readings readings{moment};
  if (instrument == bench.heater) {
    OrderedJson* temperature = readings.add("temperature_C", instrument);
    add_limits(temperature, watch, "temperature_C");
    if (temperature && moment.facts.experiment && moment.facts.target_C)
      (*temperature)["target"] = *moment.facts.target_C;
    readings.add("output", instrument);
  }
  for (const FeedDescription& feed : bench.feeds) {
    if (feed.pump != instrument) continue;
    if (OrderedJson* flow = readings.add("flow_uL_min", feed.stock))
      (*flow)["high"] = in_microliters_per_minute(bench.limits.max_total_flow);
    readings.add("delivered_uL", feed.stock);
  }
  if (instrument == bench.pressure)
    add_limits(readings.add("pressure_bar", instrument), watch, "pressure_bar");
  if (instrument == bench.balance) readings.add("mass_g", instrument);
  return readings.take();
}

bool is_part_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool names(const std::string& text, const std::string& name) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_part_of_word(text[at - 1])) && (end == text.size() || !is_part_of_word(text[end])))
      return true;
  }
  return false;
}

/// The alarm that names the instrument, until somebody has seen it, or for good where it ended the night.
std::optional<std::string> alarm_about(const NightFacts& facts, const std::string& instrument,
                                       const BenchDescription& bench) {
  if (!facts.alarm || (facts.alarm->seen && facts.state != "faulted" && facts.status != "faulted"))
    return std::nullopt;
  const std::string& what = facts.alarm->what;
  bool is_named = names(what, instrument);
  for (const FeedDescription& feed : bench.feeds)
    is_named = is_named || (feed.pump == instrument && names(what, "pump of " + feed.stock));
  return is_named ? std::optional{what} : std::nullopt;
}

}  // namespace

OrderedJson bench_document(const Moment& moment) {
  const FollowedNight& night = moment.night;
  if (night.imported()) throw not_now("imported experiments say nothing of their bench");
  const std::vector<WatchedSignal> watch = watched(night);
  OrderedJson instruments = OrderedJson::array(), interlocks = OrderedJson::array();
  for (const InstrumentDescription& instrument : night.bench()->instruments) {
    OrderedJson json{{"name", instrument.name}, {"driver", instrument.driver}};
    const auto identity = night.identities().find(instrument.name);
    if (identity != night.identities().end() && moment.has(identity->second.first))
      json["identity"] = identity->second.second;
    if (const auto alarm = alarm_about(moment.facts, instrument.name, *night.bench())) json["alarm"] = *alarm;
    json["readings"] = readings_of(moment, instrument.name, watch);
    instruments.push_back(std::move(json));
  }
  for (const WatchedSignal& one : watch) interlocks.push_back(json_of(moment, one));
  return {{"instruments", std::move(instruments)}, {"interlocks", std::move(interlocks)}};
}

OrderedJson bench_schema() {
  using namespace schema;
  const OrderedJson reading =
      object({{"quantity", text("as /trend takes it")},
              {"name", text("of the instrument or stock, likewise")},
              {"unit", text("empty for a share, 0 to 1")},
              {"value", number()},
              {"time_s", number("campaign time; one reading in ten seconds is logged")},
              maybe("low", number("not allowed below")),
              maybe("high", number("not allowed above")),
              maybe("target", number())});
  const OrderedJson instrument =
      object({{"name", text()},
              {"driver", text()},
              maybe("identity", text("what it said that it is, when it was armed")),
              maybe("alarm", text("what went wrong with it, while nobody has seen that")),
              {"readings", list(reading)}});
  const OrderedJson interlock = object({{"signal", text("an instrument")},
                                        {"when", text("such as: above 5 bar for 2 s")},
                                        {"action", one_of({"warn", "hold", "safe"})},
                                        {"unit", text("of the value; empty = it has none")},
                                        maybe("value", number("the last; absent where the log has none")),
                                        {"ok", flag()}});
  return object({{"instruments", list(instrument)}, {"interlocks", list(interlock)}}, "Every instrument.");
}

}  // namespace nocturne
