#include "controller/knowledge/made_experiments.hpp"

#include <algorithm>

namespace nocturne {

MadeExperiments::MadeExperiments(const CampaignRecord& record, const std::vector<Variable>& variables)
    : record_{record}, space_{variables} {
  for (const auto& [experiment, outcome] : record.outcomes) {
    const Conditions& conditions = record.decisions.at(experiment).suggestion.conditions;
    const bool has_all = std::ranges::all_of(
        variables, [&](const Variable& variable) { return conditions.contains(variable.name); });
    if (has_all) made_.push_back({experiment, space_.to_unit(conditions)});
  }
}

std::vector<MadeNearby> MadeExperiments::nearest(const Conditions& conditions, std::size_t count) const {
  const Eigen::VectorXd here = space_.to_unit(conditions);
  std::vector<MadeNearby> found;
  for (const auto& [experiment, unit] : made_) {
    const Suggestion& chosen = record_.decisions.at(experiment).suggestion;
    found.push_back({experiment, record_.header.origin == "import" ? chosen.reason : "", chosen.conditions,
                     record_.outcomes.at(experiment), (unit - here).norm()});
  }
  std::ranges::stable_sort(found, {}, &MadeNearby::distance);
  if (found.size() > count) found.resize(count);
  return found;
}

}  // namespace nocturne
