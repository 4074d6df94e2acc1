#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <set>

#include "controller/campaign/outlook.hpp"
#include "controller/chart.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/repeats.hpp"
#include "controller/output_lines.hpp"
#include "controller/replay/replay.hpp"
#include "controller/replay/replay_frames.hpp"
#include "models/spectra/emission.hpp"

namespace nocturne {
namespace {

constexpr const char* kPublished = "published";
constexpr std::array kLesserOutputs{"intensity",     "absorbance", "first_exciton_nm",
                                    "plqy",          "yield",      "nanoplatelet_fraction",
                                    "edge_length_nm"};

std::optional<double> value_in(const Outcome& outcome, const std::string& name) {
  const auto* observation = std::get_if<Observation>(&outcome);
  const auto found = observation ? output(*observation, name) : std::nullopt;
  return found ? std::optional{found->value} : std::nullopt;
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
  Reanalyzed result{finished.experiment, finished.outcome, std::nullopt, std::nullopt, ""};
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

/// Which spectra of a log cannot be read, and so which outcomes cannot be found again.
class Damage {
 public:
  /// `event` without its counts; `what`: why they cannot be read, empty = they can.
  void take(const Event& event, const std::string& what) {
    if (is<Calibrated>(event)) {
      for (const SpectrumRecord& spectrum : event.spectra)
        if (what.empty())
          calibration_.erase(spectrum.role);
        else
          calibration_[spectrum.role] = what;
    } else if (event.experiment && is<Planned>(event)) {
      experiments_.erase(*event.experiment);
    } else if (event.experiment && !what.empty()) {
      experiments_[*event.experiment] = what;
    }
  }

  /// Empty = nothing that the experiment needs.
  std::string of(const Finished& finished) const {
    if (const auto own = experiments_.find(finished.experiment); own != experiments_.end())
      return own->second;
    return finished.interpreted && !calibration_.empty() ? calibration_.begin()->second : "";
  }

 private:
  std::map<std::string, std::string> calibration_;  // by role
  std::map<int, std::string> experiments_;
};

/// The event with its counts. What cannot be read is missing, and told.
std::string complete(const Log& log, Event& event) {
  if (event.spectra.empty()) return "";
  try {
    event.spectra = log.spectra(event.seq);
    return "";
  } catch (const LogError& error) {
    event.spectra.clear();
    return error.what();
  }
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

Value logged(const std::string& name) {
  return [name](const Reanalyzed& experiment) { return value_in(experiment.logged, name); };
}
Value found_again(const std::string& name) {
  return [name](const Reanalyzed& experiment) {
    return experiment.again ? value_in(*experiment.again, name) : std::nullopt;
  };
}
std::optional<double> half_maximum(const Reanalyzed& experiment) { return experiment.half_maximum_meV; }

DifferenceSummary differences(const std::vector<Reanalyzed>& experiments, const std::string& name) {
  return summary_of(experiments, logged(name), found_again(name));
}

/// Flags that the analysis of a spectrum gives.
std::set<std::string> flags_of(const Outcome& outcome) {
  const auto* observation = std::get_if<Observation>(&outcome);
  if (!observation) return {};
  std::set<std::string> flags{observation->flags.begin(), observation->flags.end()};
  flags.erase(kPublished);
  flags.erase(kRepeated);
  return flags;
}

/// "observed", or the failure's name.
std::string kind_of(const Outcome& outcome) {
  const auto* failure = std::get_if<Failure>(&outcome);
  return failure ? name_of(failure->kind) : "observed";
}

bool is_published(const Outcome& outcome) {
  const auto* observation = std::get_if<Observation>(&outcome);
  return observation && std::ranges::find(observation->flags, kPublished) != observation->flags.end();
}

bool another_kind(const Reanalyzed& one) { return one.again && kind_of(one.logged) != kind_of(*one.again); }

/// In `some` and not in `others`.
std::vector<std::string> only_in(const std::set<std::string>& some, const std::set<std::string>& others) {
  std::vector<std::string> only;
  std::ranges::set_difference(some, others, std::back_inserter(only));
  return only;
}

struct FlagChange {
  std::vector<std::string> appeared, gone;
  bool any() const { return !appeared.empty() || !gone.empty(); }
};

FlagChange flag_change(const Reanalyzed& one) {
  if (!one.again || another_kind(one)) return {};
  const auto before = flags_of(one.logged), after = flags_of(*one.again);
  return {only_in(after, before), only_in(before, after)};
}

Json json_of(const Reanalyzed& experiment) {
  Json json{{"experiment", experiment.experiment}, {"logged", experiment.logged}, {"new", nullptr}};
  if (experiment.again) json["new"] = *experiment.again;
  if (experiment.half_maximum_meV) json["new"]["half_maximum_meV"] = *experiment.half_maximum_meV;
  if (!experiment.trouble.empty()) json["error"] = experiment.trouble;
  Json difference = Json::object();
  const auto put_difference = [&](const std::string& name, const Value& before, const Value& after) {
    if (before(experiment) && after(experiment)) difference[name] = *after(experiment) - *before(experiment);
  };
  for (const std::string name : {"peak_nm", "fwhm_meV"})
    put_difference(name, logged(name), found_again(name));
  for (const std::string name : kLesserOutputs) put_difference(name, logged(name), found_again(name));
  put_difference("half_maximum_meV", logged("fwhm_meV"), half_maximum);
  json["difference"] = std::move(difference);
  json["another_outcome"] = another_kind(experiment);
  if (const FlagChange flags = flag_change(experiment); flags.any())
    json["flags"] = {{"appeared", flags.appeared}, {"gone", flags.gone}};
  return json;
}

std::string change(const std::optional<double>& before, const std::optional<double>& after,
                   const std::string& unit) {
  const auto text = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.2f}", *value) : std::string{"none"};
  };
  const std::string difference = before && after ? fmt::format(" ({:+.2f})", *after - *before) : "";
  return text(before) + " -> " + text(after) + " " + unit + difference;
}

/// What changed besides peak and width. What only the publication knows is no change.
std::string other_changes(const Reanalyzed& one) {
  std::string text;
  const auto value = [](const std::optional<double>& known) { return known ? digits(*known) : "none"; };
  for (const std::string name : kLesserOutputs) {
    const auto before = logged(name)(one), after = found_again(name)(one);
    if (before == after || (!after && is_published(one.logged))) continue;
    text += fmt::format(", {} {} -> {}", name, value(before), value(after));
  }
  const FlagChange flags = flag_change(one);
  if (!flags.appeared.empty()) text += fmt::format(", now {}", fmt::join(flags.appeared, ", "));
  if (!flags.gone.empty()) text += fmt::format(", no longer {}", fmt::join(flags.gone, ", "));
  return text;
}

std::string text_line(const Reanalyzed& experiment) {
  std::string line =
      fmt::format("experiment {}: peak {}, width {}", experiment.experiment,
                  change(logged("peak_nm")(experiment), found_again("peak_nm")(experiment), "nm"),
                  change(logged("fwhm_meV")(experiment), found_again("fwhm_meV")(experiment), "meV"));
  if (experiment.half_maximum_meV)
    line += ", half maximum " + change(logged("fwhm_meV")(experiment), experiment.half_maximum_meV, "meV");
  if (another_kind(experiment))
    line += fmt::format(", {} -> {}", kind_of(experiment.logged), kind_of(*experiment.again));
  else if (experiment.again)
    line += other_changes(experiment);
  if (!experiment.trouble.empty()) return line + ", not analysed: " + experiment.trouble;
  return experiment.again ? line : line + ", no spectra";
}

void write_summary(std::ostream& out, const std::string& what, const std::string& unit,
                   const DifferenceSummary& summary) {
  if (summary.logged == 0) return;
  out << what << ": " << summary.compared << " of " << summary.logged << " compared";
  if (summary.compared > 0)
    out << fmt::format(
        ", median |difference| {0:.3f} {3}, bias {1:+.3f} {3} (mean) {2:+.3f} {3} (median), within 1 {3}: "
        "{4:.1f} %",
        summary.median_absolute, summary.mean, summary.median, unit, 100.0 * summary.share_within_one);
  out << '\n';
}

/// Of an output on another scale than nanometres and meV.
void write_lesser_summary(std::ostream& out, const std::string& name, const DifferenceSummary& summary) {
  if (summary.compared == 0) return;
  out << fmt::format("{}: {} of {} compared, median |difference| {}, bias {} (mean)\n", name,
                     summary.compared, summary.logged, with_unit(digits(summary.median_absolute), name),
                     with_unit(digits(summary.mean), name));
}

void write_summaries(std::ostream& out, const std::vector<Reanalyzed>& experiments) {
  write_summary(out, "peak", "nm", peak_differences(experiments));
  write_summary(out, "width", "meV", width_differences(experiments));
  if (std::ranges::any_of(experiments,
                          [](const Reanalyzed& one) { return one.half_maximum_meV.has_value(); }))
    write_summary(out, "width by the published definition", "meV", half_maximum_differences(experiments));
  for (const std::string name : kLesserOutputs)
    write_lesser_summary(out, name, differences(experiments, name));
  const auto count = [&](const auto& what) { return std::ranges::count_if(experiments, what); };
  const auto kinds = count(another_kind);
  const auto flagged = count([](const Reanalyzed& one) { return flag_change(one).any(); });
  const auto damaged = count([](const Reanalyzed& one) { return !one.trouble.empty(); });
  if (kinds + flagged > 0) out << fmt::format("another outcome: {}, other flags: {}\n", kinds, flagged);
  if (damaged > 0) out << fmt::format("not analysed, because their spectra cannot be read: {}\n", damaged);
}

Curve points_of(const std::vector<Reanalyzed>& experiments, const std::string& label, const Value& value) {
  Curve curve{label, Curve::Style::points, {}, {}, {}};
  for (const Reanalyzed& one : experiments) {
    const auto known = value(one);
    if (!known) continue;
    curve.x.push_back(one.experiment);
    curve.y.push_back(*known);
  }
  return curve;
}

Curve difference_of(const std::vector<Reanalyzed>& experiments, const std::string& name) {
  return points_of(experiments, "", [&](const Reanalyzed& one) -> std::optional<double> {
    const auto before = logged(name)(one), after = found_again(name)(one);
    return before && after ? std::optional{*after - *before} : std::nullopt;
  });
}

}  // namespace

std::vector<Reanalyzed> reanalyze(const Log& log, const ReplayTools& tools) {
  std::vector<Reanalyzed> results;
  FrameCollector frames;
  Damage damage;
  const auto take = [&](Event event) {
    if (is<Finished>(event)) {
      const auto finished = read<Finished>(event);
      const std::string trouble = damage.of(finished);
      results.push_back(trouble.empty() ? reanalyzed(frames, finished, tools)
                                        : Reanalyzed{finished.experiment, finished.outcome, {}, {}, trouble});
    }
    const Event outline = event;
    damage.take(outline, complete(log, event));
    frames.take(event);
  };
  log.for_each(take, {.detail = LogDetail::outline});
  return results;
}

DifferenceSummary peak_differences(const std::vector<Reanalyzed>& experiments) {
  return differences(experiments, "peak_nm");
}

DifferenceSummary width_differences(const std::vector<Reanalyzed>& experiments) {
  return differences(experiments, "fwhm_meV");
}

DifferenceSummary half_maximum_differences(const std::vector<Reanalyzed>& experiments) {
  return summary_of(experiments, logged("fwhm_meV"), half_maximum);
}

Chart chart_of(const std::string& title, const std::vector<Reanalyzed>& experiments) {
  Panel peaks{"experiment",
              "peak in nm",
              {points_of(experiments, "logged", logged("peak_nm")),
               points_of(experiments, "new", found_again("peak_nm"))},
              {}};
  Panel peak_changes{"experiment", "change in nm", {difference_of(experiments, "peak_nm")}, {}};
  Panel width_changes{"experiment", "change of width in meV", {difference_of(experiments, "fwhm_meV")}, {}};
  return {title, {std::move(peaks), std::move(peak_changes), std::move(width_changes)}};
}

int replay_reanalyze(const Log& log, const ReplayTools& tools, const ReanalysisOptions& options,
                     std::ostream& out, std::ostream& messages) {
  const auto experiments = reanalyze(log, tools);
  for (const Reanalyzed& experiment : experiments)
    out << (options.json ? canonical_text(json_of(experiment)) : text_line(experiment)) << '\n';
  write_summaries(options.json ? messages : out, experiments);
  if (options.picture)
    draw_svg(chart_of(log.file().filename().string() + " by today's analysis", experiments),
             *options.picture);
  return std::ranges::all_of(experiments, [](const Reanalyzed& one) { return one.trouble.empty(); }) ? 0 : 1;
}

}  // namespace nocturne
