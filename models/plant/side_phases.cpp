#include "models/plant/side_phases.hpp"

#include <cmath>

#include "models/plant/terminal_size.hpp"

namespace nocturne {
namespace {

constexpr double kReference = 10.0;  // mmol/L
constexpr double kCorner = 3e-3;     // in affinities, kT

/// Between an affinity and the perovskite's, both for each bromide.
SidePhaseRate rate(double affinity, double perovskite, double growth, double supply) {
  const double ahead = affinity - perovskite;
  const double forming =
      (1.0 - std::exp(-softened(affinity, kCorner))) * (1.0 - std::exp(-softened(ahead, kCorner)));
  const double short_of = softened(-affinity, kCorner) + softened(-ahead, kCorner);
  return {growth * supply * forming, growth * (1.0 - std::exp(-short_of))};
}

}  // namespace

SidePhaseRates side_phase_rates(const SidePhaseState& state, const SidePhaseFeed& feed) {
  const double cesium = feed.log_cesium, lead = feed.log_lead, bromide = feed.log_bromide;
  const double perovskite = (cesium + lead + 3.0 * bromide - state.log_perovskite) / 3.0;
  const double hexabromide = (4.0 * cesium + lead + 6.0 * bromide - state.log_hexabromide) / 6.0;
  const double pentabromide = (cesium + 2.0 * lead + 5.0 * bromide - state.log_pentabromide) / 5.0;
  return {
      rate(hexabromide, perovskite, state.hexabromide,
           std::exp(cesium + bromide) / (kReference * kReference)),
      rate(pentabromide, perovskite, state.pentabromide, std::exp(lead) * feed.bromide_held / kReference)};
}

}  // namespace nocturne
