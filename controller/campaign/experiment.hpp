#pragma once

#include <map>
#include <string>

#include "controller/campaign/recorder.hpp"
#include "controller/campaign/steering.hpp"
#include "controller/progress.hpp"
#include "controller/supervisor/supervisor.hpp"
#include "devices/bench.hpp"
#include "models/material.hpp"
#include "models/spectra/interpret.hpp"
#include "recipes/flow_plan.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Everything that experiments of one campaign share.
struct Laboratory {
  Bench& bench;
  Supervisor& supervisor;
  Recorder& recorder;
  const Recipe& recipe;
  const Material& material;
  Progress& progress;
  SteerBox& people;
  InterpretationSettings interpretation;
};

/// Arms every instrument and records who it is.
Task<void> arm(Laboratory& laboratory);

/// What the pumps had counted when they were armed, by stock.
std::map<std::string, CounterAtArming> counters_of(const Bench& bench);

/// Solvent in the cell: the lamp reference that later absorbances refer to. With a balance it ends only when
/// solvent has been seen to arrive there.
Task<Frame> take_reference(Laboratory& laboratory);

/// Stops the feeds, keeps the heat, flushes the cell with solvent and takes a new reference.
Task<Frame> clean_cell(Laboratory& laboratory);

/// What it takes from the syringes, by stock.
std::map<std::string, Volume> taken_by_reference(const Recipe& recipe);

/// Runs one experiment: set, wait for heat and transport, dilute, wait until the spectra stand still,
/// measure, interpret. Device faults are thrown; everything else is an outcome. Leaves the feeds flowing and
/// the heater on.
Task<Outcome> run_experiment(Laboratory& laboratory, int experiment, FlowPlan plan, Frame reference);

/// How long an experiment may take before something is wrong with it.
Duration longest_experiment(const Recipe& recipe, const FlowPlan& plan);

}  // namespace nocturne
