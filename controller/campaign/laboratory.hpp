#pragma once

#include "controller/campaign/recorder.hpp"
#include "controller/campaign/steering.hpp"
#include "controller/progress.hpp"
#include "controller/supervisor/supervisor.hpp"
#include "devices/bench.hpp"
#include "models/material.hpp"
#include "models/spectra/interpret.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Everything that experiments and procedures of one campaign share.
struct Laboratory {
  Bench& bench;
  Supervisor& supervisor;
  Recorder& recorder;
  const Recipe& recipe;
  const Material& material;
  Progress& progress;
  SteerBox& people;
  InterpretationSettings interpretation;
  FlowRate most_flow;  ///< that the cell bears
};

inline Duration duration_of(Seconds s) { return seconds(s.count()); }

}  // namespace nocturne
