#pragma once

#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// A solution whose emission and absorbance were measured in one geometry with one excitation.
struct LuminescentSolution {
  Spectrum emission;    ///< corrected counts, baseline removed; same exposure for sample and reference
  Spectrum absorbance;  ///< decadic, over the path that the excitation crosses
  double refractive_index = 1.0;
  std::string source;  ///< where the raw data are: files, or the log's event
};

/// A dye whose yield is known.
struct YieldReference {
  std::string name;  ///< "quinine sulfate in 0.1 M sulfuric acid"
  Estimate plqy;     ///< with the uncertainty that its source states
  std::string source;
};

enum class AbsorbedLight {
  fraction,   ///< 1 - 10^-A
  absorbance  ///< A, its limit for thin solutions; older recipes use it
};

struct YieldSettings {
  double excitation_nm = 365.0;
  double excitation_width_nm = 4.0;  ///< absorbance is averaged over this width
  double low_nm = 390.0;             ///< of the integrals over emission, in nm for both
  double high_nm = 800.0;
  AbsorbedLight absorbed = AbsorbedLight::fraction;
  double highest_absorbance = 0.3;  ///< beyond it the inner filter makes the sample look too dim
};

/// A yield and everything that it rests on.
struct RelativeYield {
  Estimate plqy;  ///< 0..1 of one; counting errors and the reference's own
  double sample_absorbance = 0.0, reference_absorbance = 0.0;
  double sample_integral = 0.0, reference_integral = 0.0;  ///< counts nm
  std::string provenance;  ///< reference, indices, ranges, units, raw data, in one line
  std::vector<std::string>
      flags;  ///< "inner_filter": absorbance above the limit, yield too low; "yield_above_one"
};

/// Photoluminescence quantum yield relative to a reference dye (Würth et al. 2013, 10.1038/nprot.2013.087):
/// reference yield x ratio of integrals x inverse ratio of absorbed light x squared ratio of refractive
/// indices. Both integrals run over wavelength, whatever the grids. Throws std::invalid_argument if either
/// solution does not absorb or emit within the ranges, or if a spectrum does not cover them.
RelativeYield relative_yield(const LuminescentSolution& sample, const LuminescentSolution& reference,
                             const YieldReference& dye, const YieldSettings& settings = {});

/// How far a reference measured today is from its history: standard deviations of the difference between
/// `today` and the median of `history`, from the history's own scatter (at least `smallest_scatter`,
/// relative). A reference that is several deviations off must not become the base of yields.
double reference_surprise(double today, const std::vector<double>& history, double smallest_scatter = 0.02);

}  // namespace nocturne
