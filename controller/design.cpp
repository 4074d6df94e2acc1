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

Json json_of(const DesignAnswer& answer, const Target& target) {
  Json result{{"target_nm", target.value},
              {"reachable", answer.reachable},
              {"probability", answer.probability},
              {"candidates", Json::array()}};
  for (const auto& candidate : answer.candidates) {
    Json predicted = Json::object();
    for (const auto& [name, interval] : candidate.predicted.outputs)
      predicted[name] = {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
    result["candidates"].push_back({{"conditions", candidate.conditions},
                                    {"predicted", predicted},
                                    {"probability", candidate.predicted.probability}});
  }
  if (answer.nearest) result["nearest_nm"] = *answer.nearest;
  return result;
}

void print(const DesignAnswer& answer, const Target& target, std::ostream& out) {
  out << number("%g", target.value) << " nm " << (answer.reachable ? "is reachable" : "is not reachable");
  if (!answer.reachable && answer.nearest)
    out << "; the nearest is " << number("%.1f", *answer.nearest) << " nm";
  out << '\n';
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    const auto& candidate = answer.candidates[i];
    out << number("%2.0f", static_cast<double>(i + 1)) << ". probability "
        << number("%.2f", candidate.predicted.probability);
    for (const auto& [name, value] : candidate.conditions)
      out << "  " << name << ' ' << number("%.4g", value);
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
    out << json_of(answer, options.target).dump() << '\n';
  else
    print(answer, options.target, out);
  return answer.reachable ? 0 : 1;
}

}  // namespace nocturne
