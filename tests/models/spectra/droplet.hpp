#pragma once

#include <Eigen/Core>
#include <cmath>
#include <map>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "models/sizing.hpp"
#include "models/spectra/characterize.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

/// One kind of crystal in a droplet. Light: a line on the energy axis in photons per energy, part Lorentzian.
/// Absorbance: an exciton before a continuum.
struct Crystals {
  double line_eV = 0.0, fwhm_eV = 0.1, lorentz = 0.0;
  double log_asymmetry = 0.0;  ///< ln of red over blue half width, both about fwhm_eV / 2
  double area = 0.0;           ///< counts times nm
  double exciton_eV = 0.0, exciton_width_eV = 0.038, exciton_height = 0.5;
  double continuum_eV = 0.1, onset_eV = 0.02;  ///< of the continuum above the exciton; its softness
  double continuum = 0.0;                      ///< absorbance at 3 eV
};

/// A droplet as formulas: what the analysis should find follows from them alone.
struct Droplet {
  std::vector<Crystals> crystals;
  double slope_per_eV = 0.9;                    ///< of the continua
  double dissolved = 0.05, dissolved_nm = 9.0;  ///< absorbance of complexes at 365 nm, and its decay
  double background = 0.02;

  double emitted(double nm) const;   ///< counts, before any absorption
  double absorbed(double nm) const;  ///< without the background
};

inline double Droplet::emitted(double nm) const {
  const double energy = hc_eV_nm / nm;
  double sum = 0.0;
  for (const Crystals& c : crystals) {
    const double blue = c.fwhm_eV * std::exp(-0.5 * c.log_asymmetry),
                 red = c.fwhm_eV * std::exp(0.5 * c.log_asymmetry);
    const double x = 2.0 * (energy - c.line_eV) / (energy > c.line_eV ? blue : red),
                 mean = 0.5 * (blue + red);
    const double bell =
        2.0 * std::sqrt(std::numbers::ln2 / std::numbers::pi) / mean * std::exp(-std::numbers::ln2 * x * x);
    const double wide = 2.0 / (std::numbers::pi * mean * (1.0 + x * x));
    sum += c.area * ((1.0 - c.lorentz) * bell + c.lorentz * wide) * hc_eV_nm / (nm * nm);
  }
  return sum;
}

inline double Droplet::absorbed(double nm) const {
  const double energy = hc_eV_nm / nm;
  double sum = dissolved * std::exp(-(nm - 365.0) / dissolved_nm);
  for (const Crystals& c : crystals) {
    const double y = (energy - c.exciton_eV) / c.exciton_width_eV;
    const double onset = (energy - c.exciton_eV - c.continuum_eV) / c.onset_eV;
    sum += c.continuum * std::exp(slope_per_eV * (energy - 3.0)) *
           (1.0 / (1.0 + std::exp(-onset)) + c.exciton_height * std::exp(-0.5 * y * y));
  }
  return sum;
}

/// What the two instruments see.
struct Seen {
  Spectrum emission, absorbance;
};

/// Without noise, weakened by what the droplet itself absorbs on half of the way in and out.
inline Seen clean(const Droplet& droplet) {
  constexpr Eigen::Index pixels = 1024;
  const Eigen::VectorXd nm = Eigen::VectorXd::LinSpaced(pixels, 352.0, 930.0);
  const Spectrum empty{nm, Eigen::VectorXd(pixels), Eigen::VectorXd(pixels)};
  Seen seen{empty, empty};
  for (Eigen::Index i = 0; i < pixels; ++i) {
    const double own = droplet.absorbed(nm[i]), excitation = droplet.absorbed(365.0);
    seen.emission.value[i] = droplet.emitted(nm[i]) * std::pow(10.0, -0.5 * (own + excitation));
    seen.emission.variance[i] = seen.emission.value[i] / 3.0 + 80.0;
    seen.absorbance.value[i] = own + droplet.background;
    seen.absorbance.variance[i] = 1e-6 * std::pow(10.0, own);
  }
  return seen;
}

inline Seen noisy(Seen seen, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  for (Spectrum* s : {&seen.emission, &seen.absorbance}) {
    for (Eigen::Index i = 0; i < s->size(); ++i) s->value[i] += std::sqrt(s->variance[i]) * normal(random);
  }
  return seen;
}

/// How a droplet is analysed here.
inline CharacterizationSettings droplet_settings() {
  CharacterizationSettings s;
  s.search.low_nm = 400.0;
  s.search.high_nm = 900.0;
  s.path_cm = 0.1;
  s.fed_lead_mmol_per_L = 5.0;
  return s;
}

inline Characterization analyzed(const Seen& seen) {
  return characterize(&seen.emission, &seen.absorbance, bromide(), droplet_settings());
}

/// Where `of` is largest in [low, high], on a grid of a thousandth of a nanometre.
template <class Function>
double largest_at(const Function& of, double low, double high) {
  double best = low;
  for (double at = low, most = of(low); at <= high; at += 1e-3) {
    if (const double value = of(at); value > most) best = at, most = value;
  }
  return best;
}

/// Where a function that is above `level` at `inside` and below it at `outside` reaches it.
template <class Function>
double reaches(const Function& of, double level, double inside, double outside) {
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (inside + outside);
    (of(middle) > level ? inside : outside) = middle;
  }
  return inside;
}

/// The numbers of a droplet of one kind of crystals by their definitions, from its formulas alone. `lead` is
/// mmol/L per absorbance at 450 nm.
inline std::map<std::string, double> truth_of(const Droplet& droplet, double lead) {
  const Crystals& dots = droplet.crystals.front();
  const auto light = [&](double nm) { return droplet.emitted(nm); };
  const auto dark = [&](double nm) { return droplet.absorbed(nm); };
  const auto seen = [&](double nm) { return light(nm) * std::pow(10.0, -0.5 * dark(nm)); };
  constexpr double h = 0.05;
  const auto bend = [&](double nm) { return dark(nm + h) - 2.0 * dark(nm) + dark(nm - h); };
  const double at = hc_eV_nm / dots.line_eV, exciton = hc_eV_nm / dots.exciton_eV;
  std::map<std::string, double> truth;
  const double peak = largest_at(light, at - 20.0, at + 20.0), half = 0.5 * light(peak);
  const double blue = reaches(light, half, peak, peak - 60.0), red = reaches(light, half, peak, peak + 60.0);
  truth["peak_nm"] = peak;
  truth["observed_peak_nm"] = largest_at(seen, at - 20.0, at + 20.0);
  truth["fwhm_nm"] = red - blue;
  truth["fwhm_meV"] = 1e3 * (hc_eV_nm / blue - hc_eV_nm / red);
  truth["asymmetry"] = (red - peak) / (peak - blue);
  truth["area"] = truth["component_area"] = dots.area;
  truth["component_peak_eV"] = dots.line_eV;
  truth["component_fwhm_meV"] = 1e3 * dots.fwhm_eV;
  const double top = largest_at(dark, exciton - 10.0, exciton + 15.0);
  const double valley = largest_at([&](double nm) { return -dark(nm); }, top - 40.0, top);
  truth["exciton_maximum_nm"] = top;
  truth["peak_valley_ratio"] = dark(top) / dark(valley);
  truth["exciton_curvature_nm"] =
      largest_at([&](double nm) { return -bend(nm); }, exciton - 8.0, exciton + 8.0);
  truth["optical_edge_nm"] = reaches(dark, 0.5 * dark(top), top, top + 60.0);
  truth["absorbance_excitation"] = dark(365.0);
  truth["absorbance_450"] = dark(450.0);
  truth["background"] = droplet.background;
  truth["dissolved"] = droplet.dissolved;
  truth["crystal_lead_mmol_per_L"] = lead * dark(450.0);
  truth["stokes_meV"] = 1e3 * (hc_eV_nm / top - hc_eV_nm / peak);
  Spectrum fine{Eigen::VectorXd::LinSpaced(8000, 380.0, 780.0), Eigen::VectorXd(8000), {}};
  for (Eigen::Index i = 0; i < fine.size(); ++i) fine.value[i] = light(fine.wavelength_nm[i]);
  if (const auto color = chromaticity(fine, 380.0, 780.0)) {
    truth["cie_x"] = color->x.value;
    truth["cie_y"] = color->y.value;
  }
  return truth;
}

}  // namespace nocturne::test
