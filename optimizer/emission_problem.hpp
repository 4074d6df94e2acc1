#pragma once

#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/variable.hpp"
#include "optimizer/ask_tell.hpp"

namespace nocturne {

/// What is known of an output by its public name before any data: the scale it is modelled on, and its prior
/// over these variables. `emitters` are the sizing curves that may be that of the product, the likeliest
/// first; without any, or where neither the halide ratio nor the temperature varies, nothing is known of a
/// line but that its wavelength is an energy.
ModelledOutput known_output(const std::string& name, const std::vector<Variable>& variables,
                            const std::vector<SizingCurve>& emitters);

/// What is modelled to make an emitter: its line, and what else the targets ask for. Throws
/// std::invalid_argument for a target that is no output.
std::vector<ModelledOutput> emission_outputs(const std::vector<Variable>& variables,
                                             const std::vector<Target>& targets,
                                             const std::vector<SizingCurve>& emitters);

/// A line that is narrower by this much is worth as much as being off the target by one tolerance.
constexpr double kWidthThatCounts_meV = 10.0;

/// The target as goals on these outputs. Throws std::invalid_argument if one of them is not modelled.
std::vector<Goal> emission_goals(const Target& target, const std::vector<ModelledOutput>& outputs);

/// Whether width, quantum yield and yield, as measured, are within the target's limits.
bool keeps_limits(const Observation& observation, const Target& target);

/// Probability that the true value lies within the target, given the measurement alone; 0 if it was not
/// measured.
double probability_of_target(const Observation& observation, const Target& target);
constexpr double kReachedProbability = 0.9;
/// Whether an experiment with this outcome meets the target at that probability.
bool is_met(const Target& target, const Outcome& outcome);

/// The sizing curve of a material, if it has one of this form.
std::vector<SizingCurve> emitters_of(const Material& material);

/// Tells a strategy what an experiment gave: all outputs, or a failure and how surely its conditions are at
/// fault.
void tell(Strategy& strategy, const Conditions& conditions, const Outcome& outcome,
          std::optional<double> hours = std::nullopt);

/// What an AskTell needs to know of a campaign towards these targets; it begins with the first. Throws
/// std::invalid_argument without any.
AskTell::Options emission_problem(const std::vector<Variable>& variables, const std::vector<Target>& targets,
                                  const std::vector<SizingCurve>& emitters);

}  // namespace nocturne
