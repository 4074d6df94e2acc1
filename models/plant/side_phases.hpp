#pragma once

#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// Logarithms of the solubility products at one temperature, and the rate constants of the side phases.
struct SidePhaseState {
  double log_perovskite = 0.0;    ///< of (mmol/L)^5
  double log_hexabromide = 0.0;   ///< of (mmol/L)^11
  double log_pentabromide = 0.0;  ///< of (mmol/L)^8
  double hexabromide = 0.0;       ///< 1/s at 10 mmol/L of cesium and of free bromide
  double pentabromide = 0.0;      ///< 1/s at 10 mmol/L of lead that holds bromide
};

/// What side phases compete for.
struct SidePhaseFeed {
  double log_cesium = 0.0;    ///< of mmol/L
  double log_lead = 0.0;      ///< likewise, of what amine does not hold
  double log_bromide = 0.0;   ///< likewise, of free bromide
  double bromide_held = 0.0;  ///< share of the lead's places for bromide that are taken
};

/// 1/s: how fast what limits a side phase (dissolved lead for Cs4PbBr6, cesium for CsPb2Br5) and dots turn
/// into it, and how fast it dissolves.
struct SidePhaseRate {
  double formation = 0.0;
  double dissolution = 0.0;
};

struct SidePhaseRates {
  SidePhaseRate hexabromide, pentabromide;
};

/// Cs4PbBr6 and CsPb2Br5 form where the solution is supersaturated with them and their affinity for each
/// bromide, the ion that all three phases share, exceeds the perovskite's. Free bromide cancels from that
/// comparison: Cs4PbBr6 needs Cs²/Pb above K4/K3², CsPb2Br5 needs Pb/Cs² above K2³/K3⁵. Where they do not
/// both hold, what has formed dissolves. The rule and its constants are assumed.
SidePhaseRates side_phase_rates(const SidePhaseState& state, const SidePhaseFeed& feed);

}  // namespace nocturne
