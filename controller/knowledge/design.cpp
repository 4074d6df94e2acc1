#include "controller/knowledge/design.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "controller/campaign/outlook.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/material_file.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kNearbyTold = 3;

std::string number(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Conditions in words: the choice instead of its index.
Json json_of(const Conditions& conditions, const DesignOptions& options) {
  Json result = Json::object();
  for (const auto& [name, value] : conditions) {
    const auto found = options.choices.find(name);
    if (found == options.choices.end())
      result[name] = value;
    else
      result[name] = found->second.at(static_cast<std::size_t>(value));
  }
  return result;
}

Json json_of(const std::map<std::string, Sensitivity>& sensitivity, const std::string& output) {
  Json result = Json::object();
  for (const auto& [name, one] : sensitivity)
    result[name] = {{"per", 1},
                    {"per_unit", one.relative ? "%" : unit_text_in_name(name)},
                    {"change", one.change},
                    {"unit", unit_text_in_name(output)}};
  return result;
}

Json json_of(const std::map<std::string, Interval>& intervals) {
  Json result = Json::object();
  for (const auto& [name, interval] : intervals)
    result[name] = {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
  return result;
}

Json json_of(const MadeNearby& made, const DesignOptions& options) {
  Json result{{"experiment", made.experiment},
              {"conditions", json_of(made.conditions, options)},
              {"distance", made.distance}};
  if (!made.row.empty()) result["row"] = made.row;
  if (const auto* failure = std::get_if<Failure>(&made.outcome)) {
    result["failure"] = name_of(failure->kind);
    return result;
  }
  result["measured"] = Json::object();
  for (const auto& [name, estimate] : outputs(std::get<Observation>(made.outcome))) {
    result["measured"][name] = estimate.value;
    if (estimate.standard_error > 0.0) result["measured"][name + "_se"] = estimate.standard_error;
  }
  return result;
}

/// What was really made near a candidate.
std::vector<MadeNearby> nearby(const DesignCandidate& candidate, const DesignOptions& options) {
  if (!options.made) return {};
  return options.made->nearest(candidate.conditions, kNearbyTold);
}

Json json_of(const Obstacles& obstacles) {
  Json result = Json::array();
  for (const auto& bound : obstacles.bounds)
    result.push_back(
        {{"variable", bound.variable}, {"bound", bound.value}, {"side", bound.upper ? "upper" : "lower"}});
  for (const auto& limit : obstacles.limits) result.push_back({{"limit", limit}});
  if (obstacles.failures) result.push_back({{"limit", "success"}});
  return result;
}

std::string verdict(const DesignAnswer& answer, const Target& target) {
  const std::string wish = number("%g", target.value) + " nm";
  if (answer.candidates.empty())
    return "nothing is known of " + wish + ": no experiment measured a wavelength";
  const std::string probability = " (probability " + number("%.2g", answer.reachable_probability);
  if (answer.reachable) {
    const std::string text = wish + " is reachable" + probability + ")";
    if (answer.probability >= kPromisedProbability) return text;
    return text + ", but not yet known where: the first candidate has probability " +
           number("%.2g", answer.probability);
  }
  if (answer.reachable_probability >= kReachableProbability)
    return wish + " is expected to be reachable" + probability + "), but no experiment says so yet";
  const bool hopeless = answer.reachable_probability < 1.0 - kReachableProbability;
  const bool promised = answer.nearest_probability >= kPromisedProbability;
  return wish + (hopeless ? " is not reachable" : " cannot be promised") + probability + ", it takes " +
         number("%g", kReachableProbability) + "); the nearest " + (promised ? "" : "expected ") + "is " +
         number("%.1f", *answer.nearest) + " nm";
}

std::string in_words(const Interval& interval) {
  return number("%.5g", interval.low) + " to " + number("%.5g", interval.high);
}

/// "±1 °C of temperature_C costs 0.41 nm, ±1 % of br_pb 0.18 nm"
std::string in_words(const std::map<std::string, Sensitivity>& sensitivity, const std::string& output) {
  std::string text;
  for (const auto& [name, one] : sensitivity) {
    text += text.empty() ? "" : ", ";
    text += "±" + (one.relative ? "1 %" : with_unit("1", name)) + " of " + name;
    text += std::string{text.find("costs") == std::string::npos ? " costs " : " "} +
            with_unit(number("%.2g", std::abs(one.change)), output);
  }
  return text;
}

std::string conditions_in_words(const Conditions& conditions, const DesignOptions& options) {
  std::string text;
  const Json words = json_of(conditions, options);
  for (const auto& [name, value] : words.items())
    text += "  " + name + ' ' +
            (value.is_string() ? value.get<std::string>() : number("%.4g", value.get<double>()));
  return text;
}

/// "experiment 7 (imported from line 8), peak_nm 491.24 ± 0.31 nm"
std::string in_words(const MadeNearby& made, const std::string& output_name) {
  std::string text = "experiment " + std::to_string(made.experiment);
  if (!made.row.empty()) text += " (" + made.row + ")";
  if (const auto* failure = std::get_if<Failure>(&made.outcome)) return text + ", " + name_of(failure->kind);
  const auto value = output(std::get<Observation>(made.outcome), output_name);
  return text + ", " + output_name + ' ' + (value ? with_unit(text_of(*value), output_name) : "not measured");
}

/// "for CsPbBr3, by recipe 'CsPbBr3, green, 510 nm' on bench 'virtual'"
std::string in_words(const DesignedFor& about) {
  const std::string text = "for " + about.material + ", by ";
  if (about.bench.empty()) return text + "import '" + about.recipe + "'";
  return text + "recipe '" + about.recipe + "' on bench '" + about.bench + "'";
}

void print(const DesignAnswer& answer, const DesignOptions& options, std::ostream& out) {
  out << verdict(answer, options.target) << '\n';
  if (options.about) out << in_words(*options.about) << '\n';
  const std::string obstacles = in_words(answer.obstacles);
  if (!obstacles.empty()) out << "in the way: " << obstacles << '\n';
  if (answer.experiments == 0 && answer.earlier == 0)
    out << "no experiment yet: this is what the prior alone says\n";
  if (answer.experiments == 0 && answer.earlier > 0)
    out << "from " << answer.earlier << " experiments of other nights or other people, none of this one\n";
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    const auto& candidate = answer.candidates[i];
    out << number("%2.0f", static_cast<double>(i + 1)) << ". probability "
        << number("%.2f", candidate.predicted.probability);
    out << " (of one product " << number("%.2f", candidate.one_product.probability) << ')';
    if (candidate.extrapolates) out << ", extrapolated";
    out << conditions_in_words(candidate.conditions, options) << '\n';
    for (const auto& [name, interval] : candidate.predicted.outputs) {
      const auto one = candidate.one_product.outputs.find(name);
      out << "      " << name << ' ' << number("%.5g", interval.value) << " (90 %: " << in_words(interval);
      if (one != candidate.one_product.outputs.end()) out << "; of one product " << in_words(one->second);
      out << ")\n";
    }
    const std::string sensitivity = in_words(candidate.sensitivity, options.target.output);
    if (!sensitivity.empty()) out << "      " << sensitivity << '\n';
    for (const MadeNearby& one : nearby(candidate, options))
      out << "      made nearby: " << in_words(one, options.target.output) << ':'
          << conditions_in_words(one.conditions, options) << '\n';
  }
}

}  // namespace

DesignedFor designed_for(const CampaignHeader& header) {
  const std::string material = parse_material(header.material_text, header.material_file).name;
  if (header.origin != "campaign") return {material, header.name, ""};
  return {material, header.name, parse_bench(header.bench_text, header.bench_file, {}).name};
}

Json json_of(const DesignAnswer& answer, const DesignOptions& options) {
  Json result{{"target_nm", options.target.value},
              {"reachable", answer.reachable},
              {"reachable_from_probability", kReachableProbability},
              {"promised_from_probability", kPromisedProbability},
              {"reachable_probability", answer.reachable_probability},
              {"probability", answer.probability},
              {"experiments", answer.experiments},
              {"earlier_experiments", answer.earlier},
              {"candidates", Json::array()},
              {"blocked_by", json_of(answer.obstacles)}};
  if (options.about) {
    result["material"] = options.about->material;
    result["recipe"] = options.about->recipe;
    if (!options.about->bench.empty()) result["bench"] = options.about->bench;
  }
  for (const auto& candidate : answer.candidates) {
    result["candidates"].push_back({{"conditions", json_of(candidate.conditions, options)},
                                    {"predicted", json_of(candidate.predicted.outputs)},
                                    {"probability", candidate.predicted.probability},
                                    {"one_product", json_of(candidate.one_product.outputs)},
                                    {"one_product_probability", candidate.one_product.probability},
                                    {"sensitivity", json_of(candidate.sensitivity, options.target.output)},
                                    {"extrapolates", candidate.extrapolates}});
    if (!options.made) continue;
    Json& made = result["candidates"].back()["made_nearby"] = Json::array();
    for (const MadeNearby& one : nearby(candidate, options)) made.push_back(json_of(one, options));
  }
  if (answer.nearest) {
    result["nearest_nm"] = *answer.nearest;
    result["nearest_probability"] = answer.nearest_probability;
  }
  return result;
}

void check_measured(const Target& wish, const CampaignRecord& record, const std::string& file) {
  const auto check = [&](double limit, const std::string& name) {
    const bool measured = std::ranges::any_of(record.outcomes, [&](const auto& one) {
      const auto* observation = std::get_if<Observation>(&one.second);
      return observation && output(*observation, name);
    });
    if (limit > 0.0 && !measured) throw FileError{file + ": no experiment measured " + name};
  };
  check(wish.plqy_min, "plqy");
  check(wish.yield_min, "yield");
}

int tell(const DesignAnswer& answer, const DesignOptions& options, std::ostream& out) {
  if (options.json)
    out << json_of(answer, options).dump() << '\n';
  else
    print(answer, options, out);
  return answer.reachable ? 0 : 1;
}

}  // namespace nocturne
