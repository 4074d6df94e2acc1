#include "controller/design.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

namespace nocturne {
namespace {

using Json = nlohmann::json;

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

Json json_of(const DesignAnswer& answer, const DesignOptions& options) {
  Json result{{"target_nm", options.target.value},
              {"reachable", answer.reachable},
              {"reachable_from_probability", kReachableProbability},
              {"probability", answer.probability},
              {"experiments", answer.experiments},
              {"candidates", Json::array()}};
  for (const auto& candidate : answer.candidates) {
    Json predicted = Json::object();
    for (const auto& [name, interval] : candidate.predicted.outputs)
      predicted[name] = {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
    result["candidates"].push_back({{"conditions", json_of(candidate.conditions, options)},
                                    {"predicted", predicted},
                                    {"probability", candidate.predicted.probability}});
  }
  if (answer.nearest) {
    result["nearest_nm"] = *answer.nearest;
    result["nearest_probability"] = answer.nearest_probability;
  }
  return result;
}

std::string verdict(const DesignAnswer& answer, const Target& target) {
  const std::string wish = number("%g", target.value) + " nm";
  if (answer.candidates.empty())
    return "nothing is known of " + wish + ": no experiment measured a wavelength";
  const std::string probability = "probability " + number("%.2g", answer.probability);
  if (answer.reachable) return wish + " is reachable (" + probability + ")";
  const std::string short_of = probability + ", it takes " + number("%g", kReachableProbability);
  const std::string nearest = number("%.1f", *answer.nearest) + " nm";
  if (answer.nearest_probability >= kReachableProbability)
    return wish + " is not reachable; the nearest is " + nearest + " (" + wish + ": " + short_of + ")";
  return wish + " cannot be promised to within " + number("%g", target.tolerance) + " nm (" + short_of +
         "), nor can any other; the nearest expected is " + nearest;
}

void print(const DesignAnswer& answer, const DesignOptions& options, std::ostream& out) {
  out << verdict(answer, options.target) << '\n';
  if (answer.experiments == 0) out << "no experiment yet: this is what the prior alone says\n";
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    const auto& candidate = answer.candidates[i];
    out << number("%2.0f", static_cast<double>(i + 1)) << ". probability "
        << number("%.2f", candidate.predicted.probability);
    const Json conditions = json_of(candidate.conditions, options);
    for (const auto& [name, value] : conditions.items())
      out << "  " << name << ' '
          << (value.is_string() ? value.get<std::string>() : number("%.4g", value.get<double>()));
    out << '\n';
    for (const auto& [name, interval] : candidate.predicted.outputs)
      out << "      " << name << ' ' << number("%.5g", interval.value)
          << " (90 %: " << number("%.5g", interval.low) << " to " << number("%.5g", interval.high) << ")\n";
  }
}

}  // namespace

int design(const Optimizer& optimizer, const DesignOptions& options, std::ostream& out) {
  const DesignAnswer answer = optimizer.design(options.target, options.count);
  if (options.json)
    out << json_of(answer, options).dump() << '\n';
  else
    print(answer, options, out);
  return answer.reachable ? 0 : 1;
}

}  // namespace nocturne
