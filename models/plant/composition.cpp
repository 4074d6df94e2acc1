#include "models/plant/composition.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <stdexcept>

namespace nocturne {
namespace {

/// Numerator of a ratio over lead.
double amount(const std::string& ratio, const PlantFeed& feed) {
  const auto of = [&feed](const char* key) {
    const auto found = feed.contents_mmol_per_L.find(key);
    return found == feed.contents_mmol_per_L.end() ? 0.0 : found->second;
  };
  if (ratio == "br_pb") return of("alkylammonium_bromide") + 2.0 * (of("zinc_bromide") + of("lead_bromide"));
  if (ratio == "i_pb") return of("alkylammonium_iodide") + 2.0 * (of("zinc_iodide") + of("lead_iodide"));
  if (ratio == "amine_pb") return of("amine");
  return of("Cs") + of("FA");
}

bool is_ratio(const std::string& name) {
  return name == "br_pb" || name == "i_pb" || name == "amine_pb" || name == "cs_pb";
}

void check_names(const PlantParameters& parameters, const Conditions& conditions) {
  for (const Variable& variable : parameters.variables)
    if (!conditions.contains(variable.name))
      throw std::invalid_argument{"condition " + variable.name + " is missing"};
  for (const auto& [name, value] : conditions) {
    const bool known = std::ranges::any_of(
        parameters.variables, [&name = name](const Variable& variable) { return variable.name == name; });
    if (!known) throw std::invalid_argument{"unknown condition " + name};
  }
}

}  // namespace

Composition composition_of(const PlantFeed& feed) {
  Composition held;
  for (const auto& [key, value] : feed.contents_mmol_per_L) {
    if (key == "Cs" || key == "FA")
      held.cesium += value;
    else if (key == "Pb")
      held.lead += value;
    else if (key == "alkylammonium_bromide" || key == "alkylammonium_iodide")
      held.alkylammonium += value, held.bromide += value;
    else if (key == "zinc_bromide" || key == "zinc_iodide")
      held.zinc += value, held.bromide += 2.0 * value;
    else if (key == "lead_bromide" || key == "lead_iodide")
      held.lead += value, held.bromide += 2.0 * value;
    else if (key == "amine")
      held.amine += value;
    else if (key == "oleic_acid")
      held.acid += value;
    else
      throw std::invalid_argument{"feed " + feed.name + " holds unknown " + key};
  }
  return held;
}

Composition mixture(const std::vector<Composition>& parts, const std::vector<double>& shares) {
  Composition sum;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sum.cesium += shares[i] * parts[i].cesium;
    sum.lead += shares[i] * parts[i].lead;
    sum.bromide += shares[i] * parts[i].bromide;
    sum.alkylammonium += shares[i] * parts[i].alkylammonium;
    sum.zinc += shares[i] * parts[i].zinc;
    sum.amine += shares[i] * parts[i].amine;
    sum.acid += shares[i] * parts[i].acid;
  }
  return sum;
}

std::vector<double> feed_shares(const PlantParameters& parameters, const Conditions& conditions) {
  check_names(parameters, conditions);
  std::vector<Eigen::Index> column(parameters.feeds.size(), -1);
  Eigen::Index count = 0;
  for (std::size_t i = 0; i < column.size(); ++i)
    if (parameters.feeds[i].name != parameters.diluent && parameters.feeds[i].flow_ratio == 0.0)
      column[i] = count++;
  std::vector<std::string> ratios;
  for (const auto& [name, value] : conditions)
    if (is_ratio(name)) ratios.push_back(name);
  Eigen::MatrixXd balance = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(ratios.size()) + 1, count);
  Eigen::VectorXd wanted = Eigen::VectorXd::Zero(balance.rows());
  wanted(0) = 1.0;
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (column[i] < 0) continue;
    balance(0, column[i]) = 1.0;
    const double lead = composition_of(parameters.feeds[i]).lead;
    for (std::size_t row = 0; row < ratios.size(); ++row)
      balance(static_cast<Eigen::Index>(row) + 1, column[i]) =
          amount(ratios[row], parameters.feeds[i]) - conditions.at(ratios[row]) * lead;
  }
  const Eigen::VectorXd solved = balance.colPivHouseholderQr().solve(wanted);
  const bool balanced = (balance * solved - wanted).norm() < 1e-9 && solved.allFinite();
  if (!balanced || solved.minCoeff() < -1e-12)
    throw std::invalid_argument{"no mixture of the feeds has these ratios"};
  std::vector<double> shares(column.size(), 0.0);
  for (std::size_t i = 0; i < column.size(); ++i)
    shares[i] = column[i] >= 0 ? std::max(solved(column[i]), 0.0) : parameters.feeds[i].flow_ratio;
  return shares;
}

}  // namespace nocturne
