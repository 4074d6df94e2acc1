#pragma once

#include <optional>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/correction.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Decadic absorbance -log10(sample / reference) of two dark-subtracted spectra on one grid, with its
/// variance. NaN where either is not positive. Throws std::invalid_argument if the lengths differ.
Spectrum absorbance(const Spectrum& sample, const Spectrum& reference);

/// Subtracts the weighted mean over [low_nm, high_nm], where nothing absorbs. Returns that mean; nothing is
/// subtracted and nothing returned if there are fewer than five usable points. Its own error is not spread
/// over the points.
std::optional<Estimate> subtract_offset(Spectrum& absorbance, double low_nm, double high_nm);

/// Weighted mean over `width_nm` around a wavelength; nothing if there is no usable point.
std::optional<Estimate> mean_around(const Spectrum& spectrum, double wavelength_nm, double width_nm);

/// Value at a wavelength by a quartic through 14 nm around it, which a curved spectrum does not bias as a
/// mean is biased; more where there are few points. Nothing without points on both sides.
std::optional<Estimate> value_near(const Spectrum& spectrum, double wavelength_nm);

/// What is called the position of a transition.
enum class ExcitonDefinition {
  local_maximum,             ///< absorbance is largest there among its neighbours
  second_derivative_minimum  ///< it bends down most strongly, maximum or shoulder
};

/// "local maximum" or "second-derivative minimum".
const char* name_of(ExcitonDefinition definition);

/// A transition in an absorbance spectrum.
struct Exciton {
  Estimate nm;
  std::optional<double>
      peak_valley_ratio;  ///< absorbance at the maximum over that of the minimum on its blue side
  double peak_valley_error = 0.0;
  bool shoulder = false;  ///< no maximum of its own: the strongest downward curvature
  ExcitonDefinition definition = ExcitonDefinition::local_maximum;
};

/// The transitions of one spectrum.
struct Transitions {
  std::optional<Exciton> by_maximum;    ///< the first, where it has a maximum
  std::optional<Exciton> by_curvature;  ///< the first, by curvature of the smoothed curve
  std::vector<Exciton> higher;          ///< towards the blue, by curvature

  /// The first, by its maximum where it has one.
  std::optional<Exciton> first() const;

  /// What seemed to be the first is a higher one.
  void demote_first();
};

/// Transitions in [low_nm, high_nm] that stand out of the noise: local cubics over 24 nm find them, quintics
/// refine them over 14 to 24 nm (maxima) or 14 to 30 nm (bends), as their width demands. The
/// second-derivative minimum is that of the curve so smoothed: of an exciton sharper than 6 nm it may lie 0.3
/// nm off.
Transitions transitions(const Spectrum& absorbance, double low_nm, double high_nm);

/// The first of the transitions in [low_nm, high_nm]. Nothing if the spectrum rises without structure.
std::optional<Exciton> first_exciton(const Spectrum& absorbance, double low_nm, double high_nm);

}  // namespace nocturne
