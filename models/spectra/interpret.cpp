#include "models/spectra/interpret.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <stdexcept>
#include <string>

#include "models/sizing.hpp"
#include "models/spectra/absorption.hpp"
#include "models/spectra/absorption_background.hpp"
#include "models/spectra/detector_state.hpp"
#include "models/spectra/emission.hpp"
#include "models/spectra/inner_filter.hpp"
#include "models/spectra/integral.hpp"
#include "models/spectra/populations.hpp"
#include "models/spectra/seen_spectra.hpp"
#include "models/spectra/smoothing.hpp"
#include "models/spectra/stokes_shift.hpp"

namespace nocturne {

namespace {

constexpr double second_order_reach_nm = 15.0;      // around twice the excitation wavelength
constexpr double excitation_window_nm = 8.0;        // from which the absorbance at excitation is read
constexpr double noticeable_line = 0.03;            // of the emission, for the flag
constexpr double quantile_90 = 1.2815515655446004;  // of the standard normal distribution
constexpr int saturated_run = 3;                    // pixels: fewer are stuck, not bright
constexpr int fewest_usable = 16;                   // pixels
constexpr double linear_absorbance = 0.3;           // beyond it the inner filter is a large correction
constexpr double noticeable_stray = 0.01;           // of the lamp at the excitation, for the flag

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

/// Refuses what has next to no readings: "no emission" would be made up.
void check_usable(const Spectrum& light, const EmissionSearch& search) {
  int usable = 0;
  for (Eigen::Index i = 0; i < light.size(); ++i) {
    const double at = light.wavelength_nm[i];
    if (at >= search.low_nm && at <= search.high_nm && std::isfinite(light.value[i])) ++usable;
  }
  if (usable < fewest_usable) {
    throw std::invalid_argument(std::to_string(usable) + " pixels have a usable reading where emission is " +
                                "looked for (at least " + std::to_string(fewest_usable) + ")");
  }
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
ReadResults read_by_read(const std::vector<Frame>& frames, const Correction& correction,
                         const EmissionSearch& search) {
  ReadResults results;
  if (frames.size() < 2) return results;
  for (const Frame& frame : frames) {
    CorrectedCounts read = correction.light({frame});
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
  std::optional<Estimate> continuum;  ///< crystal_continuum()
  std::optional<Exciton> exciton;
  bool saturated = false;
  bool stray_light = false;  ///< a noticeable amount of it
  bool baseline_missing = false;
};

/// Light that passed the cell.
struct Passed {
  Spectrum per_second;
  std::optional<Estimate> stray;  ///< what was subtracted, counts per second
  bool saturated = false;
};

Passed passed(const std::vector<Frame>& frames, const Correction& correction,
              const InterpretationSettings& settings) {
  CorrectedCounts light = correction.light(frames);
  scale(light.counts, {1.0 / frames.front().exposure_s, 0.0});
  Passed result;
  result.stray = subtract_stray_light(light.counts, 0.0, settings.unlit_below_nm);
  result.saturated = std::ranges::find(light.saturated, true) != light.saturated.end();
  result.per_second = std::move(light.counts);
  return result;
}

/// Quadratic around the excitation, because absorbance is steep there. Nothing if most pixels have no
/// absorbance: those that do were chosen by the noise.
std::optional<Estimate> value_at_excitation(const Spectrum& absorbance, double excitation_nm) {
  const double low = excitation_nm - 0.5 * excitation_window_nm, high = low + excitation_window_nm;
  const Eigen::Index first = index_at(absorbance, low), last = index_at(absorbance, high);
  const auto usable = absorbance.value.segment(first, last - first).array().isFinite().count();
  if (2 * usable <= last - first) return std::nullopt;
  const auto fit = fit_polynomial(absorbance, low, high, 2);
  if (!fit) return std::nullopt;
  return Estimate{fit->value(excitation_nm), std::sqrt(fit->value_variance(excitation_nm))};
}

/// Takes the baseline off an absorbance spectrum and reads it.
void read_levels(Spectrum& spectrum, const InterpretationSettings& settings, Absorption& result) {
  const auto offset =
      subtract_offset(spectrum, settings.absorbance_baseline_low_nm, settings.absorbance_baseline_high_nm);
  result.baseline_missing = !offset;
  result.at_excitation = value_at_excitation(spectrum, settings.excitation_nm);
  result.continuum = crystal_continuum(spectrum);
  if (!offset) return;
  for (auto* level : {&result.at_excitation, &result.continuum})
    if (*level) (*level)->standard_error = std::hypot((*level)->standard_error, offset->standard_error);
}

void add_scatter(const std::vector<Frame>& transmission, const Spectrum& reference,
                 const Correction& correction, const InterpretationSettings& settings, Absorption& result) {
  if (transmission.size() < 2) return;
  std::vector<Estimate> at_excitation, continuum;
  for (const Frame& frame : transmission) {
    Spectrum spectrum = absorbance(passed({frame}, correction, settings).per_second, reference);
    Absorption of_one;
    read_levels(spectrum, settings, of_one);
    if (of_one.at_excitation) at_excitation.push_back(*of_one.at_excitation);
    if (of_one.continuum) continuum.push_back(*of_one.continuum);
  }
  const auto widen = [](std::optional<Estimate>& level, const std::vector<Estimate>& reads) {
    if (level) level->standard_error = with_scatter(level->standard_error, reads);
  };
  widen(result.at_excitation, at_excitation);
  widen(result.continuum, continuum);
}

Absorption absorption_of(const MeasurementFrames& frames, const Correction& correction,
                         const InterpretationSettings& settings) {
  Absorption result;
  if (frames.transmission.empty() || frames.reference.counts.size() == 0) return result;
  const Passed sample = passed(frames.transmission, correction, settings);
  const Passed reference = passed({frames.reference}, correction, settings);
  result.saturated = sample.saturated || reference.saturated;
  const auto lamp = mean_around(reference.per_second, settings.excitation_nm, excitation_window_nm);
  result.stray_light = lamp && reference.stray && reference.stray->value > noticeable_stray * lamp->value;
  result.spectrum = absorbance(sample.per_second, reference.per_second);
  read_levels(*result.spectrum, settings, result);
  result.exciton = first_exciton(*result.spectrum, settings.excitation_nm + settings.excitation_guard_nm,
                                 settings.absorbance_baseline_low_nm);
  add_scatter(frames.transmission, reference.per_second, correction, settings, result);
  return result;
}

/// True if a pixel between the excitation and the longest emission is bad.
bool bad_pixels_matter(const Correction& correction, const InterpretationSettings& settings) {
  return std::ranges::any_of(correction.bad_pixels(), [&](Eigen::Index i) {
    const double at = correction.detector().wavelength_nm[i];
    return at >= settings.excitation_nm - 0.5 * excitation_window_nm && at <= settings.longest_emission_nm;
  });
}

std::set<std::string> flags_of(const Emission& emission, const CorrectedCounts& light,
                               const Absorption& absorption) {
  std::set<std::string> flags;
  const EmissionLine& main = emission.lines.front();
  if (std::find(light.saturated.begin(), light.saturated.end(), true) != light.saturated.end())
    flags.insert("saturated");
  if (absorption.saturated) flags.insert("saturated");
  if (absorption.spectrum && !absorption.at_excitation) flags.insert("no_light_at_excitation");
  if (absorption.baseline_missing) flags.insert("no_absorbance_baseline");
  if (absorption.stray_light) flags.insert("stray_light");
  if (several_peaks(emission)) flags.insert("several_peaks");
  if (!main.fwhm_meV) flags.insert("truncated_peak");
  const bool noticeable =
      !emission.narrow_lines.empty() && emission.narrow_lines.front().height > noticeable_line * main.height;
  if (noticeable) flags.insert("narrow_lines");
  return flags;
}

Observation observation_of(const Emission& emission, const ReadResults& reads, const Absorption& absorption,
                           double exposure_s, double depth) {
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
  area.standard_error = std::hypot(area.standard_error, area.value * std::numbers::ln10 * depth * excitation);
  const double per_second = exposure_s > 0.0 ? 1.0 / exposure_s : 1.0;
  observation.intensity =
      Estimate{area.value * per_second, with_scatter(area.standard_error, reads.intensity) * per_second};
  observation.absorbance = absorption.at_excitation;
  return observation;
}

void add_first_exciton(const Estimate& transition_nm, const Material& material, Observation& observation,
                       std::set<std::string>& flags) {
  if (may_be_first_exciton(material, transition_nm, *observation.peak_nm))
    observation.first_exciton_nm = transition_nm;
  else
    flags.insert("first_exciton_hidden");
}

/// Adds what emission and absorbance say together.
void add_yields(const MeasurementFrames& frames, const Absorption& absorption, const Material& material,
                const InterpretationSettings& settings, Observation& observation,
                std::set<std::string>& flags) {
  if (!absorption.continuum || absorption.baseline_missing) return;
  observation.yield = reaction_yield(material, *absorption.continuum, *observation.peak_nm, settings.path_cm,
                                     frames.fed_lead_mmol_per_L.value_or(0.0));
  if (settings.reference && absorption.at_excitation) {
    const Estimate crystals =
        crystal_absorbance(*absorption.continuum, *absorption.at_excitation, settings.excitation_nm);
    observation.plqy = relative_plqy(*observation.intensity, crystals, *settings.reference);
  }
  const auto impossible = [](const std::optional<Estimate>& share) {
    return share && share->value - 2.0 * share->standard_error > 1.0;
  };
  if (impossible(observation.yield)) flags.insert("yield_above_one");
  if (impossible(observation.plqy)) flags.insert("plqy_above_one");
  if (observation.plqy && absorption.at_excitation->value > linear_absorbance)
    flags.insert("high_absorbance");
}

Failure too_bright() {
  return {FailureKind::saturated, "the emission fills the converter; expose for a shorter time"};
}

Failure nothing_found(const Emission& emission) {
  const bool lamps = !emission.narrow_lines.empty();
  return {FailureKind::no_emission, lamps ? "only lines too narrow for dots" : "nothing above the noise"};
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
  const Correction correction{detector, frames.darks};
  const CorrectedCounts light = correction.light(frames.emission);
  if (emission_saturated(light, search)) return too_bright();
  check_usable(light.counts, search);
  Emission emission = find_emission(light.counts, search);
  if (emission.lines.empty()) return nothing_found(emission);
  const Absorption absorption = absorption_of(frames, correction, settings);
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
  if (bad_pixels_matter(correction, settings)) flags.insert("bad_pixels");
  Observation observation =
      observation_of(emission, read_by_read(frames.emission, correction, search), absorption,
                     frames.emission.front().exposure_s, settings.inner_filter_depth);
  if (populations) {
    observation.nanoplatelet_fraction = populations->platelet_share;
    const Estimate& share = populations->platelet_share;
    if (share.value + quantile_90 * share.standard_error > settings.nanoplatelet_limit)
      flags.insert("nanoplatelets_possible");
  }
  const EdgeLength edge = edge_length(material, *observation.peak_nm);
  observation.edge_length_nm = edge.interval();
  if (absorption.exciton) add_first_exciton(absorption.exciton->nm, material, observation, flags);
  add_yields(frames, absorption, material, settings, observation, flags);
  if (edge.outside_sizing_curve) flags.insert("outside_sizing_curve");
  observation.flags.assign(flags.begin(), flags.end());
  return observation;
}

SeenSpectra seen_spectra(const MeasurementFrames& frames, const Detector& detector,
                         const InterpretationSettings& settings) {
  const Correction correction{detector, frames.darks};
  SeenSpectra seen;
  seen.light = correction.light(frames.emission).counts;
  seen.emission = find_emission(seen.light, search_for(settings));
  Absorption absorption = absorption_of(frames, correction, settings);
  if (!absorption.spectrum) return seen;
  if (absorption.at_excitation && !seen.emission.lines.empty()) {
    undo_inner_filter(seen.emission.signal, *absorption.spectrum,
                      {absorption.at_excitation->value, settings.inner_filter_depth});
    measure_again(seen.emission);
    seen.inner_filter_undone = true;
  }
  seen.absorbance = std::move(absorption.spectrum);
  return seen;
}

std::variant<EmissionRead, Failure> read_emission(const Frame& frame, const Correction& correction,
                                                  const InterpretationSettings& settings) {
  const EmissionSearch search = search_for(settings);
  const CorrectedCounts light = correction.light({frame});
  if (emission_saturated(light, search)) return too_bright();
  check_usable(light.counts, search);
  const Emission found = find_emission(light.counts, search);
  if (found.lines.empty()) return nothing_found(found);
  EmissionRead read{found.lines.front().peak_nm, 0.0};
  for (Eigen::Index i = index_at(light.counts, search.low_nm); i < light.counts.size(); ++i) {
    const double counts = light.counts.value[i];
    if (light.counts.wavelength_nm[i] <= search.high_nm && std::isfinite(counts)) read.light += counts;
  }
  return read;
}

}  // namespace nocturne
