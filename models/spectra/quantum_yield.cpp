#include "models/spectra/quantum_yield.hpp"

#include <algorithm>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "models/spectra/absorption.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne {
namespace {

constexpr double kYieldNoiseReach_nm = 30.0;

/// Trapezoids over wavelength; their variance from independent pixels.
Estimate integral(const Spectrum& spectrum, const YieldSettings& settings, const std::string& what) {
  const Spectrum known = with_noise(spectrum, kYieldNoiseReach_nm);
  if (known.size() < 2 || known.wavelength_nm[0] > settings.low_nm ||
      known.wavelength_nm[known.size() - 1] < settings.high_nm)
    throw std::invalid_argument{"the emission of the " + what + " does not cover the range of the integral"};
  double sum = 0.0, variance = 0.0;
  Eigen::Index before = -1;
  for (Eigen::Index i = 0; i < known.size(); ++i) {
    const double nm = known.wavelength_nm[i];
    if (nm < settings.low_nm || nm > settings.high_nm || !std::isfinite(known.value[i])) continue;
    if (before >= 0) {
      const double step = nm - known.wavelength_nm[before];
      sum += 0.5 * step * (known.value[i] + known.value[before]);
      variance += step * step * known.variance[i];
    }
    before = i;
  }
  if (!(sum > 0.0))
    throw std::invalid_argument{"the " + what + " does not emit in the range of the integral"};
  return {sum, std::sqrt(variance)};
}

Estimate absorbance_of(const LuminescentSolution& solution, const YieldSettings& settings,
                       const std::string& what) {
  const auto mean = mean_around(with_noise(solution.absorbance, kYieldNoiseReach_nm), settings.excitation_nm,
                                settings.excitation_width_nm);
  if (!mean || !(mean->value > 0.0))
    throw std::invalid_argument{"the " + what + " does not absorb at the excitation"};
  return *mean;
}

/// Share of the excitation that is absorbed, or what stands for it.
Estimate absorbed(Estimate absorbance, AbsorbedLight how) {
  if (how == AbsorbedLight::absorbance) return absorbance;
  const double passed = std::pow(10.0, -absorbance.value);
  return {1.0 - passed, std::log(10.0) * passed * absorbance.standard_error};
}

std::string provenance(const LuminescentSolution& sample, const LuminescentSolution& reference,
                       const YieldReference& dye, const YieldSettings& settings) {
  char numbers[320];
  std::snprintf(numbers, sizeof numbers,
                "plqy %.3g ± %.2g; refractive indices %.4g and %.4g; excitation %.4g nm; integrals from %.4g "
                "to %.4g nm "
                "in counts nm; absorbed light from %s",
                dye.plqy.value, dye.plqy.standard_error, sample.refractive_index, reference.refractive_index,
                settings.excitation_nm, settings.low_nm, settings.high_nm,
                settings.absorbed == AbsorbedLight::fraction ? "1 - 10^-A" : "A");
  return "relative to " + dye.name + " (" + dye.source + "), " + numbers + "; raw data: " + sample.source +
         " and " + reference.source;
}

}  // namespace

RelativeYield relative_yield(const LuminescentSolution& sample, const LuminescentSolution& reference,
                             const YieldReference& dye, const YieldSettings& settings) {
  const Estimate light = integral(sample.emission, settings, "sample");
  const Estimate reference_light = integral(reference.emission, settings, "reference");
  const Estimate a = absorbance_of(sample, settings, "sample");
  const Estimate reference_a = absorbance_of(reference, settings, "reference");
  const Estimate taken = absorbed(a, settings.absorbed);
  const Estimate reference_taken = absorbed(reference_a, settings.absorbed);
  const double indices = sample.refractive_index / reference.refractive_index;

  RelativeYield result;
  const double value = dye.plqy.value * (light.value / reference_light.value) *
                       (reference_taken.value / taken.value) * indices * indices;
  const double relative = relative_variance(light) + relative_variance(reference_light) +
                          relative_variance(taken) + relative_variance(reference_taken) +
                          relative_variance(dye.plqy);
  result.plqy = {value, value * std::sqrt(relative)};
  result.sample_absorbance = a.value;
  result.reference_absorbance = reference_a.value;
  result.sample_integral = light.value;
  result.reference_integral = reference_light.value;
  result.provenance = provenance(sample, reference, dye, settings);
  if (std::max(a.value, reference_a.value) > settings.highest_absorbance)
    result.flags.push_back("inner_filter");
  if (value - 2.0 * result.plqy.standard_error > 1.0) result.flags.push_back("yield_above_one");
  return result;
}

double reference_surprise(double today, const std::vector<double>& history, double smallest_scatter) {
  if (history.empty()) throw std::invalid_argument{"a reference without history"};
  std::vector<double> values = history;
  const double usual = boost::math::statistics::median(values);
  for (double& value : values) value = std::abs(value - usual);
  const double scatter = std::max(median_to_deviation * boost::math::statistics::median(values),
                                  smallest_scatter * std::abs(usual));
  return std::abs(today - usual) / scatter;
}

}  // namespace nocturne
