#pragma once

#include "controller/campaign/laboratory.hpp"
#include "recipes/flow_plan.hpp"

namespace nocturne {

/// Runs one experiment: set, wait for heat and transport, dilute, wait until the spectra stand still,
/// measure, interpret. Device faults are thrown; everything else is an outcome. Leaves the feeds flowing and
/// the heater on.
Task<Outcome> run_experiment(Laboratory& laboratory, int experiment, FlowPlan plan, Frame reference);

/// How long an experiment may take before something is wrong with it.
Duration longest_experiment(const Recipe& recipe, const FlowPlan& plan);

}  // namespace nocturne
