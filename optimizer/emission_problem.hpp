#pragma once

#include <vector>

#include "models/variable.hpp"
#include "optimizer/ask_tell.hpp"

namespace nocturne {

/// What is modelled to make an emitter: its line, and what else the target asks for. The physical prior is
/// left out where neither br_pb nor temperature_C varies. Throws std::invalid_argument for a target that is
/// no output.
std::vector<ModelledOutput> emission_outputs(const std::vector<Variable>& variables, const Target& target,
                                             PriorMean peak_prior);

/// The target as goals on these outputs. Throws std::invalid_argument if one of them is not modelled.
std::vector<Goal> emission_goals(const Target& target, const std::vector<ModelledOutput>& outputs);

/// Both together: what an AskTell needs to know of such a campaign.
AskTell::Options emission_problem(const std::vector<Variable>& variables, const Target& target,
                                  PriorMean peak_prior);

}  // namespace nocturne
