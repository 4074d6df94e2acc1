#pragma once

#include <optional>

#include "models/material.hpp"
#include "models/observation.hpp"

namespace nocturne {

/// hc in eV nm (CODATA 2018): photon energy in eV = this over wavelength in nm.
inline constexpr double hc_eV_nm = 1239.841984;

/// Of the standard normal distribution: 90 % lie within this many deviations of the mean.
inline constexpr double quantile_95 = 1.6448536269514722;

/// The curve of a material that has one in this form, as uncertain at its end as it scatters; nothing for
/// others.
std::optional<SizingCurve> sizing_curve(const Material& material);

/// Whether the material's file tells any curve.
bool has_sizing_curve(const Material& material);

/// Emission peak (nm) of dots with this edge length (nm, > 0) on the material's sizing curve.
double peak_nm_at(const Material& material, double edge_nm);

/// Edge length (nm) whose emission peak is `peak_nm`; nothing at or beyond the bulk edge.
std::optional<double> edge_nm_at(const Material& material, double peak_nm);

/// What a peak says about the edge length. A side that is absent is unbounded or outside the measured curve.
struct EdgeLength {
  std::optional<double> value;        ///< nm; only within the measured curve
  std::optional<double> low;          ///< nm, 5 % quantile
  std::optional<double> high;         ///< nm, 95 % quantile
  bool outside_sizing_curve = false;  ///< the peak lies where the curve was not measured

  /// The three numbers together, if all are there.
  std::optional<Interval> interval() const;
};

/// 90 % interval from the peak's standard error and the scatter of the sizing curve (independent, normal in
/// nm of peak), and the error of the curve's scale, if one is told. It widens towards the bulk edge as the
/// curve flattens: about 0.1 nm of size per nm of peak at 490 nm, 4 at 520.
EdgeLength edge_length(const Material& material, const Estimate& peak_nm);

/// What an edge length says about the emission peak: half the difference between the peaks of one standard
/// error more and less, that of the curve's scale included, and the scatter of the curve. Nothing without a
/// curve of the emission, for a size that is not above its own error, or beyond the measured curve by more
/// than twice that error.
std::optional<Estimate> peak_of_edge(const Material& material, const Estimate& edge_nm);

/// Thickness of nanoplatelets that emit at `peak_nm`: the window it lies in or is within 1 nm of. Says
/// nothing about whether the product is platelets: dots emit at the same wavelengths.
std::optional<int> monolayers_at(const Material& material, double peak_nm);

}  // namespace nocturne
