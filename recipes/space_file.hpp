#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/variable.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// What is wanted of one output of an outside experiment.
struct SpaceObjective {
  enum class Goal { minimize, maximize, target, limits_only };
  std::string name;
  Goal goal = Goal::minimize;  ///< limits_only where the file gives limits and no goal
  double target = 0.0;
  double weight = 1.0;
  std::optional<double> at_least, at_most;
};

/// An outside experiment for `propose`: what can be set, and what is wanted.
struct Space {
  std::vector<Variable> variables;
  std::vector<SpaceObjective> objectives;
  bool pareto = false;  ///< the best trade-offs are wanted, not the best sum
};

/// Reads and checks a space file: [[variable]] with name, low and high (or choices), kind, scale, unit;
/// [[objective]] with name, goal, target, weight, at_least, at_most; pareto. Numbers are bare: their units
/// are the user's. Throws FileError.
Space read_space(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
Space parse_space(const std::string& text, const std::string& name);

}  // namespace nocturne
