#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/campaign/campaign_events.hpp"
#include "optimizer/optimizer.hpp"

namespace nocturne {

/// The value with the unit that its name says behind it.
std::string with_unit(const std::string& value, const std::string& name);

/// "temperature_C at its upper bound 180"; empty if nothing is known to stand in the way.
std::string in_words(const Obstacles& obstacles);

/// A target is given up when in two outlooks on it in a row, with an experiment in between, the probability
/// or the gain is less than this.
constexpr double kHopelessProbability = 1e-3;
constexpr double kHopelessNarrowing_meV = 0.1;

/// How the target that the optimizer's next ask is for stands after so many experiments; nothing while the
/// model knows too little. `before`: the last outlook on each target.
std::optional<Foreseen> look_ahead(const Optimizer& optimizer, int experiments,
                                   const std::map<int, Foreseen>& before);

}  // namespace nocturne
