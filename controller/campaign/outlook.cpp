#include "controller/campaign/outlook.hpp"

#include <fmt/format.h>

#include "recipes/quantity_words.hpp"

namespace nocturne {

std::string with_unit(const std::string& value, const std::string& name) {
  const std::string unit = unit_text_in_name(name);
  return unit.empty() ? value : value + " " + unit;
}

std::string in_words(const Obstacles& obstacles) {
  std::string text;
  const auto add = [&](const std::string& one) { text += (text.empty() ? "" : ", ") + one; };
  for (const auto& bound : obstacles.bounds)
    add(bound.variable + " at its " + (bound.upper ? "upper" : "lower") + " bound " +
        fmt::format("{:.4g}", bound.value));
  for (const auto& limit : obstacles.limits) add("the limit on " + limit);
  if (obstacles.failures) add("conditions at which experiments fail");
  return text;
}

namespace {

bool is_hopeless(const Foreseen& outlook) {
  return outlook.probability < kHopelessProbability ||
         (outlook.narrowing_meV && *outlook.narrowing_meV < kHopelessNarrowing_meV);
}

std::string why_unreachable(const Optimizer& optimizer) {
  const Target& target = optimizer.aims()[optimizer.aim()].target;
  const DesignAnswer answer = optimizer.design(target, 1);
  const std::string& output = target.output;
  std::string text =
      with_unit(fmt::format("{:.4g}", target.value), output) + " is not reachable within the bounds";
  if (answer.nearest)
    text += ": nearest expected " + with_unit(fmt::format("{:.1f}", *answer.nearest), output);
  const std::string obstacles = in_words(answer.obstacles);
  return obstacles.empty() ? text : text + "; in the way: " + obstacles;
}

}  // namespace

std::optional<Foreseen> look_ahead(const Optimizer& optimizer, int experiments,
                                   const std::map<int, Foreseen>& before) {
  Foreseen now;
  now.experiments = experiments;
  now.target = static_cast<int>(optimizer.aim());
  now.narrowing_meV = optimizer.expected_narrowing_meV();
  const std::optional<double> probability =
      now.narrowing_meV ? std::optional{1.0} : optimizer.reachable_probability();
  if (!probability) return std::nullopt;
  now.probability = *probability;
  const auto last = before.find(now.target);
  const bool again = last != before.end() && last->second.experiments < experiments;
  if (!again || !is_hopeless(last->second) || !is_hopeless(now)) return now;
  now.why_not = now.narrowing_meV
                    ? fmt::format("no conditions are expected to narrow the line by more than {} meV",
                                  kHopelessNarrowing_meV)
                    : why_unreachable(optimizer);
  return now;
}

}  // namespace nocturne
