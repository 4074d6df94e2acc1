#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>

#include "controller/json.hpp"
#include "controller/replay/replay.hpp"
#include "controller/replay/replay_frames.hpp"
#include "models/spectra/emission.hpp"

namespace nocturne {
namespace {

std::optional<double> peak_of(const Outcome& outcome) {
  const auto* observation = std::get_if<Observation>(&outcome);
  return observation && observation->peak_nm ? std::optional{observation->peak_nm->value} : std::nullopt;
}

std::optional<double> width_of(const Outcome& outcome) {
  const auto* observation = std::get_if<Observation>(&outcome);
  return observation && observation->fwhm_meV ? std::optional{observation->fwhm_meV->value} : std::nullopt;
}

/// Other people's finished spectrum: no detector, often a ratio, and its baseline has been dealt with by
/// them.
Outcome outcome_of(const Spectrum& spectrum) {
  EmissionSearch search;
  search.subtract_baseline = false;
  const Emission emission = find_emission(spectrum, search);
  if (emission.lines.empty()) return Failure{FailureKind::no_emission, "no line in the imported spectrum"};
  Observation observation;
  observation.peak_nm = emission.lines.front().peak_nm;
  observation.fwhm_meV = emission.lines.front().fwhm_meV;
  if (emission.lines.size() > 1) observation.flags.push_back("several_peaks");
  return observation;
}

Reanalyzed reanalyzed(const FrameCollector& frames, const Finished& finished, const ReplayTools& tools) {
  Reanalyzed result{finished.experiment, finished.outcome, std::nullopt, std::nullopt};
  if (const auto spectrum = frames.imported(finished.experiment)) {
    result.again = outcome_of(*spectrum);
    if (const auto width = half_maximum_width_eV(*spectrum)) result.half_maximum_meV = 1e3 * *width;
    return result;
  }
  const MeasurementFrames measurement = frames.measurement(finished.experiment);
  if (finished.interpreted && frames.detector() && !measurement.emission.empty())
    result.again = tools.interpret(measurement, *frames.detector());
  return result;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

using Value = std::function<std::optional<double>(const Reanalyzed&)>;

DifferenceSummary summary_of(const std::vector<Reanalyzed>& experiments, const Value& logged,
                             const Value& again) {
  DifferenceSummary summary;
  std::vector<double> differences;
  for (const Reanalyzed& experiment : experiments) {
    const auto before = logged(experiment);
    if (!before) continue;
    ++summary.logged;
    if (const auto after = again(experiment)) differences.push_back(*after - *before);
  }
  if (differences.empty()) return summary;
  std::vector<double> absolute;
  for (const double difference : differences) absolute.push_back(std::abs(difference));
  const auto within = std::ranges::count_if(absolute, [](double difference) { return difference <= 1.0; });
  summary.compared = static_cast<int>(differences.size());
  summary.median_absolute = median(absolute);
  summary.mean = std::accumulate(differences.begin(), differences.end(), 0.0) / summary.compared;
  summary.median = median(differences);
  summary.share_within_one = static_cast<double>(within) / summary.logged;
  return summary;
}

std::optional<double> logged_peak(const Reanalyzed& experiment) { return peak_of(experiment.logged); }
std::optional<double> logged_width(const Reanalyzed& experiment) { return width_of(experiment.logged); }
std::optional<double> new_peak(const Reanalyzed& experiment) {
  return experiment.again ? peak_of(*experiment.again) : std::nullopt;
}
std::optional<double> new_width(const Reanalyzed& experiment) {
  return experiment.again ? width_of(*experiment.again) : std::nullopt;
}
std::optional<double> half_maximum(const Reanalyzed& experiment) { return experiment.half_maximum_meV; }

Json json_of(const Reanalyzed& experiment) {
  Json json{{"experiment", experiment.experiment}, {"logged", experiment.logged}, {"new", nullptr}};
  if (experiment.again) json["new"] = *experiment.again;
  if (experiment.half_maximum_meV) json["new"]["half_maximum_meV"] = *experiment.half_maximum_meV;
  Json difference = Json::object();
  const auto put = [&](const char* name, const Value& logged, const Value& again) {
    if (logged(experiment) && again(experiment)) difference[name] = *again(experiment) - *logged(experiment);
  };
  put("peak_nm", logged_peak, new_peak);
  put("fwhm_meV", logged_width, new_width);
  put("half_maximum_meV", logged_width, half_maximum);
  json["difference"] = std::move(difference);
  return json;
}

std::string number(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string change(const std::optional<double>& logged, const std::optional<double>& again,
                   const std::string& unit) {
  const std::string before = logged ? number(*logged, "%.2f") : "none";
  const std::string after = again ? number(*again, "%.2f") : "none";
  const std::string difference = logged && again ? " (" + number(*again - *logged, "%+.2f") + ")" : "";
  return before + " -> " + after + " " + unit + difference;
}

std::string text_line(const Reanalyzed& experiment) {
  std::string line = "experiment " + std::to_string(experiment.experiment) + ": peak " +
                     change(logged_peak(experiment), new_peak(experiment), "nm") + ", width " +
                     change(logged_width(experiment), new_width(experiment), "meV");
  if (experiment.half_maximum_meV)
    line += ", half maximum " + change(logged_width(experiment), half_maximum(experiment), "meV");
  if (!experiment.again) line += ", no spectra";
  return line;
}

void write_summary(std::ostream& out, const std::string& what, const std::string& unit,
                   const DifferenceSummary& summary) {
  if (summary.logged == 0) return;
  out << what << ": " << summary.compared << " of " << summary.logged << " compared";
  if (summary.compared > 0)
    out << ", median |difference| " << number(summary.median_absolute, "%.3f ") << unit << ", bias "
        << number(summary.mean, "%+.3f ") << unit << " (mean) " << number(summary.median, "%+.3f ") << unit
        << " (median), within 1 " << unit << ": " << number(100.0 * summary.share_within_one, "%.1f %%");
  out << '\n';
}

}  // namespace

std::vector<Reanalyzed> reanalyze(const Log& log, const ReplayTools& tools) {
  std::vector<Reanalyzed> results;
  FrameCollector frames;
  log.for_each_with_spectra([&](const Event& event) {
    if (is<Finished>(event)) results.push_back(reanalyzed(frames, read<Finished>(event), tools));
    frames.take(event);
  });
  return results;
}

DifferenceSummary peak_differences(const std::vector<Reanalyzed>& experiments) {
  return summary_of(experiments, logged_peak, new_peak);
}

DifferenceSummary width_differences(const std::vector<Reanalyzed>& experiments) {
  return summary_of(experiments, logged_width, new_width);
}

DifferenceSummary half_maximum_differences(const std::vector<Reanalyzed>& experiments) {
  return summary_of(experiments, logged_width, half_maximum);
}

int replay_reanalyze(const Log& log, const ReplayTools& tools, bool json, std::ostream& out,
                     std::ostream& messages) {
  const auto experiments = reanalyze(log, tools);
  for (const Reanalyzed& experiment : experiments)
    out << (json ? canonical_text(json_of(experiment)) : text_line(experiment)) << '\n';
  std::ostream& summary = json ? messages : out;
  write_summary(summary, "peak", "nm", peak_differences(experiments));
  write_summary(summary, "width", "meV", width_differences(experiments));
  if (std::ranges::any_of(experiments,
                          [](const Reanalyzed& one) { return one.half_maximum_meV.has_value(); }))
    write_summary(summary, "width by the published definition", "meV", half_maximum_differences(experiments));
  return 0;
}

}  // namespace nocturne
