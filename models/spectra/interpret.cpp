#include "models/spectra/interpret.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

#include "models/sizing.hpp"
#include "models/spectra/absorption.hpp"
#include "models/spectra/correction.hpp"
#include "models/spectra/emission.hpp"
#include "models/spectra/inner_filter.hpp"
#include "models/spectra/integral.hpp"
#include "models/spectra/populations.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

constexpr double second_order_reach_nm = 15.0;      // around twice the excitation wavelength
constexpr double excitation_window_nm = 8.0;        // over which the absorbance at excitation is averaged
constexpr double noticeable_line = 0.03;            // of the emission, for the flag
constexpr double several_share = 0.05;              // of the highest peak, for the flag
constexpr double quantile_90 = 1.2815515655446004;  // of the standard normal distribution
constexpr int saturated_run = 3;                    // pixels: fewer are stuck, not bright

EmissionSearch search_for(const InterpretationSettings& settings) {
  EmissionSearch search;
  search.low_nm = settings.excitation_nm + settings.excitation_guard_nm;
  search.high_nm = settings.longest_emission_nm;
  search.excluded_nm = {{2.0 * settings.excitation_nm - second_order_reach_nm,
                         2.0 * settings.excitation_nm + second_order_reach_nm}};
  search.narrowest_meV = settings.narrowest_emission_meV;
  search.detection_sigma = settings.detection_sigma;
  return search;
}

/// True if neighbouring pixels within the search are saturated: the emission's height is not known.
bool emission_saturated(const CorrectedCounts& light, const EmissionSearch& search) {
  int run = 0;
  for (Eigen::Index i = 0; i < light.counts.size(); ++i) {
    const double at = light.counts.wavelength_nm[i];
    run = light.saturated[static_cast<std::size_t>(i)] && at >= search.low_nm && at <= search.high_nm
              ? run + 1
              : 0;
    if (run >= saturated_run) return true;
  }
  return false;
}

/// Adds to a counting error what the scatter of single reads shows beyond their own counting errors.
double with_scatter(double counting_error, const std::vector<Estimate>& reads) {
  const auto n = static_cast<double>(reads.size());
  if (reads.size() < 2) return counting_error;
  double mean = 0.0, expected = 0.0, seen = 0.0;
  for (const Estimate& read : reads) mean += read.value / n;
  for (const Estimate& read : reads) {
    seen += (read.value - mean) * (read.value - mean) / (n - 1.0);
    expected += read.standard_error * read.standard_error / n;
  }
  return std::sqrt(counting_error * counting_error + std::max(0.0, seen - expected) / n);
}

/// Per-read results whose scatter enters the standard errors.
struct ReadResults {
  std::vector<Estimate> peak_nm, fwhm_meV, intensity;
};

/// The counting error of one read without the dark, which all reads share.
ReadResults read_by_read(const MeasurementFrames& frames, const Detector& detector,
                         const EmissionSearch& search) {
  ReadResults results;
  if (frames.emission.size() < 2) return results;
  for (const Frame& frame : frames.emission) {
    CorrectedCounts read = corrected({frame}, frames.emission_dark, detector);
    read.counts.variance -= read.common_variance;
    const Emission emission = find_emission(read.counts, search);
    if (emission.lines.empty()) continue;
    const EmissionLine& line = emission.lines.front();
    results.peak_nm.push_back(line.peak_nm);
    if (line.fwhm_meV) results.fwhm_meV.push_back(*line.fwhm_meV);
    results.intensity.push_back(integral(emission));
  }
  return results;
}

struct Absorption {
  std::optional<Spectrum> spectrum;
  std::optional<Estimate> at_excitation;
  std::optional<Exciton> exciton;
  bool saturated = false;
  bool baseline_missing = false;
};

std::optional<Estimate> absorbance_at(Spectrum& spectrum, const InterpretationSettings& settings,
                                      bool& baseline_missing) {
  const auto offset =
      subtract_offset(spectrum, settings.absorbance_baseline_low_nm, settings.absorbance_baseline_high_nm);
  baseline_missing = !offset;
  auto value = mean_around(spectrum, settings.excitation_nm, excitation_window_nm);
  if (value && offset) value->standard_error = std::hypot(value->standard_error, offset->standard_error);
  return value;
}

Absorption absorption_of(const MeasurementFrames& frames, const Detector& detector,
                         const InterpretationSettings& settings) {
  Absorption result;
  if (frames.transmission.empty() || frames.reference.counts.size() == 0) return result;
  const CorrectedCounts sample = corrected(frames.transmission, frames.transmission_dark, detector);
  const CorrectedCounts reference = corrected({frames.reference}, frames.transmission_dark, detector);
  const auto any = [](const std::vector<bool>& v) { return std::find(v.begin(), v.end(), true) != v.end(); };
  result.saturated = any(sample.saturated) || any(reference.saturated);
  result.spectrum = absorbance(sample.counts, reference.counts);
  Spectrum& spectrum = *result.spectrum;
  result.at_excitation = absorbance_at(spectrum, settings, result.baseline_missing);
  result.exciton = first_exciton(spectrum, settings.excitation_nm + settings.excitation_guard_nm,
                                 settings.absorbance_baseline_low_nm);
  if (!result.at_excitation || frames.transmission.size() < 2) return result;
  std::vector<Estimate> reads;
  for (const Frame& frame : frames.transmission) {
    const CorrectedCounts one = corrected({frame}, frames.transmission_dark, detector);
    Spectrum of_one = absorbance(one.counts, reference.counts);
    bool missing = false;
    if (const auto value = absorbance_at(of_one, settings, missing)) reads.push_back(*value);
  }
  result.at_excitation->standard_error = with_scatter(result.at_excitation->standard_error, reads);
  return result;
}

std::set<std::string> flags_of(const Emission& emission, const CorrectedCounts& light,
                               const Absorption& absorption) {
  std::set<std::string> flags;
  const EmissionLine& main = emission.lines.front();
  if (std::find(light.saturated.begin(), light.saturated.end(), true) != light.saturated.end())
    flags.insert("saturated");
  if (absorption.saturated) flags.insert("saturated");
  if (absorption.baseline_missing) flags.insert("no_absorbance_baseline");
  if (emission.lines.size() > 1 && emission.lines[1].height > several_share * main.height)
    flags.insert("several_peaks");
  if (!main.fwhm_meV) flags.insert("truncated_peak");
  const bool noticeable =
      !emission.narrow_lines.empty() && emission.narrow_lines.front().height > noticeable_line * main.height;
  if (noticeable) flags.insert("narrow_lines");
  return flags;
}

Observation observation_of(const Emission& emission, const ReadResults& reads, const Absorption& absorption,
                           double exposure_s, double depth) {
  constexpr double ln10 = 2.302585092994046;
  Observation observation;
  const EmissionLine& main = emission.lines.front();
  observation.peak_nm =
      Estimate{main.peak_nm.value, with_scatter(main.peak_nm.standard_error, reads.peak_nm)};
  if (main.fwhm_meV) {
    observation.fwhm_meV =
        Estimate{main.fwhm_meV->value, with_scatter(main.fwhm_meV->standard_error, reads.fwhm_meV)};
  }
  Estimate area = integral(emission);
  // The loss of excitation is common to all pixels.
  const double excitation = absorption.at_excitation ? absorption.at_excitation->standard_error : 0.0;
  area.standard_error = std::hypot(area.standard_error, area.value * ln10 * depth * excitation);
  const double per_second = exposure_s > 0.0 ? 1.0 / exposure_s : 1.0;
  observation.intensity =
      Estimate{area.value * per_second, with_scatter(area.standard_error, reads.intensity) * per_second};
  observation.absorbance = absorption.at_excitation;
  if (absorption.exciton) observation.first_exciton_nm = absorption.exciton->nm;
  return observation;
}

Failure mostly_platelets(const Populations& populations) {
  const auto percent = [](double share) {
    return std::to_string(static_cast<int>(std::lround(100.0 * share)));
  };
  return {FailureKind::nanoplatelets, percent(populations.platelet_share.value) + " +- " +
                                          percent(populations.platelet_share.standard_error) +
                                          " % of the emission"};
}

}  // namespace

Outcome interpret(const MeasurementFrames& frames, const Detector& detector, const Material& material,
                  const InterpretationSettings& settings) {
  const EmissionSearch search = search_for(settings);
  const CorrectedCounts light = corrected(frames.emission, frames.emission_dark, detector);
  if (emission_saturated(light, search)) {
    return Failure{FailureKind::saturated, "the emission fills the converter; expose for a shorter time"};
  }
  Emission emission = find_emission(light.counts, search);
  if (emission.lines.empty()) {
    const bool lamps = !emission.narrow_lines.empty();
    return Failure{FailureKind::no_emission,
                   lamps ? "only lines too narrow for dots" : "nothing above the noise"};
  }
  const Absorption absorption = absorption_of(frames, detector, settings);
  if (absorption.at_excitation) {
    undo_inner_filter(emission.signal, *absorption.spectrum,
                      {absorption.at_excitation->value, settings.inner_filter_depth});
    measure_again(emission);
  }
  const auto populations =
      separate_populations(emission, absorption.spectrum ? &*absorption.spectrum : nullptr, material);
  if (populations && populations->platelet_share.value > settings.nanoplatelet_limit)
    return mostly_platelets(*populations);
  std::set<std::string> flags = flags_of(emission, light, absorption);
  Observation observation = observation_of(emission, read_by_read(frames, detector, search), absorption,
                                           frames.emission.front().exposure_s, settings.inner_filter_depth);
  if (populations) {
    observation.nanoplatelet_fraction = populations->platelet_share;
    const Estimate& share = populations->platelet_share;
    if (share.value + quantile_90 * share.standard_error > settings.nanoplatelet_limit)
      flags.insert("nanoplatelets_possible");
  }
  const EdgeLength edge = edge_length(material, *observation.peak_nm);
  observation.edge_length_nm = edge.interval();
  if (edge.outside_sizing_curve) flags.insert("outside_sizing_curve");
  observation.flags.assign(flags.begin(), flags.end());
  return observation;
}

std::optional<Estimate> emission_peak(const Frame& emission, const Frame& dark, const Detector& detector,
                                      const InterpretationSettings& settings) {
  const EmissionSearch search = search_for(settings);
  const CorrectedCounts light = corrected({emission}, dark, detector);
  if (emission_saturated(light, search)) return std::nullopt;
  const Emission found = find_emission(light.counts, search);
  if (found.lines.empty()) return std::nullopt;
  return found.lines.front().peak_nm;
}

}  // namespace nocturne
