#include "models/spectra/side_phases.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/spectra/absorption.hpp"

namespace nocturne {

namespace {

constexpr double window_nm = 6.0;     // over which an absorbance is averaged
constexpr double reach_nm = 25.0;     // from the band to its surroundings
constexpr double shoulder_nm = 12.5;  // where a narrow band has lost half of its height
constexpr double tolerance_nm = 4.0;  // of the band's place
constexpr double sign_deviations = 6.0;
constexpr double least_share = 0.05;  // of the whole absorbance at the band

/// How far the absorbance lies above the geometric line through both ends.
std::optional<Estimate> above_surroundings(const Spectrum& absorbance, double nm, double low_nm,
                                           double high_nm) {
  const auto here = mean_around(absorbance, nm, window_nm), left = mean_around(absorbance, low_nm, window_nm),
             right = mean_around(absorbance, high_nm, window_nm);
  if (!here || !left || !right) return std::nullopt;
  const double share = (nm - low_nm) / (high_nm - low_nm);
  if (!(left->value > 0.0) || !(right->value > 0.0)) {
    // A straight line lies higher than a geometric one, which does not exist here.
    const double line = (1.0 - share) * left->value + share * right->value;
    return Estimate{here->value - line, std::hypot(here->standard_error, (1.0 - share) * left->standard_error,
                                                   share * right->standard_error)};
  }
  const double line = std::pow(left->value, 1.0 - share) * std::pow(right->value, share);
  const double by_left = (1.0 - share) * line / left->value, by_right = share * line / right->value;
  return Estimate{here->value - line, std::hypot(here->standard_error, by_left * left->standard_error,
                                                 by_right * right->standard_error)};
}

std::optional<SidePhaseSign> sign_of(const Spectrum& absorbance, const SidePhase& phase) {
  const double low = phase.band_nm - reach_nm, high = phase.band_nm + reach_nm;
  std::optional<Estimate> top;
  double at = phase.band_nm;
  for (double nm = phase.band_nm - tolerance_nm; nm <= phase.band_nm + tolerance_nm;
       nm += 0.5 * tolerance_nm) {
    const auto above = above_surroundings(absorbance, nm, low, high);
    if (!above) return std::nullopt;
    if (!top || above->value > top->value) top = above, at = nm;
  }
  const auto left = above_surroundings(absorbance, at - shoulder_nm, low, high),
             right = above_surroundings(absorbance, at + shoulder_nm, low, high),
             whole = mean_around(absorbance, at, window_nm);
  if (!left || !right || !whole) return std::nullopt;
  const bool narrow = std::max(left->value, right->value) < 0.5 * top->value;
  const bool clear =
      top->value > sign_deviations * top->standard_error && top->value > least_share * whole->value;
  return SidePhaseSign{phase.name, *top, narrow && clear};
}

}  // namespace

std::vector<SidePhaseSign> side_phase_signs(const Spectrum& absorbance, const Material& material) {
  std::vector<SidePhaseSign> signs;
  if (absorbance.size() == 0) return signs;
  for (const SidePhase& phase : material.side_phases) {
    const double first = absorbance.wavelength_nm[0], last = absorbance.wavelength_nm[absorbance.size() - 1];
    if (first > phase.band_nm - reach_nm || last < phase.band_nm + reach_nm) continue;
    if (auto sign = sign_of(absorbance, phase)) signs.push_back(std::move(*sign));
  }
  return signs;
}

}  // namespace nocturne
