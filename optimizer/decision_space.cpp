#include "optimizer/decision_space.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

void check(const Variable& variable) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument{variable.name + ": " + why};
  };
  if (variable.kind == VariableKind::categorical) {
    if (variable.choices.empty()) refuse("a categorical variable needs choices");
    return;
  }
  if (!std::isfinite(variable.low) || !std::isfinite(variable.high)) refuse("a bound is not finite");
  if (variable.low > variable.high) refuse("the lower bound is above the upper one");
  if (variable.scale == Scale::logarithmic && variable.low <= 0.0)
    refuse("a logarithmic scale needs bounds above zero");
  if (variable.kind == VariableKind::integer && std::ceil(variable.low) > std::floor(variable.high))
    refuse("no integer lies between the bounds");
}

int dimensions_of(const Variable& variable) {
  if (variable.kind == VariableKind::categorical)
    return variable.choices.size() > 1 ? static_cast<int>(variable.choices.size()) : 0;
  return variable.low < variable.high ? 1 : 0;
}

double to_unit(const Variable& variable, double value) {
  if (variable.scale == Scale::logarithmic) {
    if (!(value > 0.0))
      throw std::invalid_argument{variable.name + ": not above zero on a logarithmic scale"};
    return std::log(value / variable.low) / std::log(variable.high / variable.low);
  }
  return (value - variable.low) / (variable.high - variable.low);
}

double from_unit(const Variable& variable, double unit) {
  const double share = std::clamp(unit, 0.0, 1.0);
  double value = variable.scale == Scale::logarithmic
                     ? variable.low * std::pow(variable.high / variable.low, share)
                     : variable.low + share * (variable.high - variable.low);
  if (variable.kind == VariableKind::integer)
    return std::clamp(std::round(value), std::ceil(variable.low), std::floor(variable.high));
  return std::clamp(value, variable.low, variable.high);
}

}  // namespace

Eigen::MatrixXd rows_of(const std::vector<Eigen::VectorXd>& points, Eigen::Index dimensions) {
  Eigen::MatrixXd rows(std::ssize(points), dimensions);
  for (std::size_t i = 0; i < points.size(); ++i) rows.row(static_cast<Eigen::Index>(i)) = points[i];
  return rows;
}

DecisionSpace::DecisionSpace(std::vector<Variable> variables) : variables_{std::move(variables)} {
  if (variables_.empty()) throw std::invalid_argument{"a decision space needs a variable"};
  std::set<std::string> names;
  std::vector<double> continuous;
  for (const auto& variable : variables_) {
    if (!names.insert(variable.name).second) throw std::invalid_argument{variable.name + ": named twice"};
    check(variable);
    const int count = dimensions_of(variable);
    continuous.insert(continuous.end(), static_cast<std::size_t>(count),
                      variable.kind == VariableKind::real ? 1.0 : 0.0);
  }
  dimensions_ = static_cast<int>(continuous.size());
  continuous_ = Eigen::Map<const Eigen::VectorXd>{continuous.data(), dimensions_};
}

std::vector<InputScale> DecisionSpace::inputs() const {
  std::vector<InputScale> result;
  for (const auto& variable : variables_) {
    if (dimensions_of(variable) == 0) continue;
    if (variable.kind == VariableKind::categorical)
      for (const auto& choice : variable.choices)
        result.push_back({variable.name + "=" + choice, 0.0, 1.0, false});
    else
      result.push_back({variable.name, variable.low, variable.high, variable.scale == Scale::logarithmic});
  }
  return result;
}

Eigen::VectorXd DecisionSpace::to_unit(const Conditions& conditions) const {
  Eigen::VectorXd unit = Eigen::VectorXd::Zero(dimensions_);
  Eigen::Index at = 0;
  for (const auto& variable : variables_) {
    const auto found = conditions.find(variable.name);
    if (found == conditions.end()) throw std::invalid_argument{"no value for " + variable.name};
    const int count = dimensions_of(variable);
    if (variable.kind == VariableKind::categorical) {
      const double choice = found->second;
      if (!(choice >= 0.0) || choice >= static_cast<double>(variable.choices.size()))
        throw std::invalid_argument{variable.name + ": no such choice"};
      if (count > 0) unit(at + static_cast<Eigen::Index>(choice)) = 1.0;
    } else if (count > 0) {
      unit(at) = nocturne::to_unit(variable, found->second);
    }
    at += count;
  }
  return unit;
}

Conditions DecisionSpace::to_conditions(const Eigen::VectorXd& unit) const {
  Conditions result;
  Eigen::Index at = 0;
  for (const auto& variable : variables_) {
    const int count = dimensions_of(variable);
    double value = variable.kind == VariableKind::categorical ? 0.0 : variable.low;
    if (variable.kind == VariableKind::categorical && count > 0) {
      Eigen::Index choice = 0;
      unit.segment(at, count).maxCoeff(&choice);
      value = static_cast<double>(choice);
    } else if (count > 0) {
      value = from_unit(variable, unit(at));
    }
    result[variable.name] = value;
    at += count;
  }
  return result;
}

Eigen::VectorXd DecisionSpace::snap(const Eigen::VectorXd& unit) const {
  return to_unit(to_conditions(unit));
}

}  // namespace nocturne
