#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_record.hpp"
#include "controller/chart.hpp"
#include "controller/log/log.hpp"
#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/spectra/interpret.hpp"
#include "optimizer/optimizer.hpp"

namespace nocturne {

/// What a log is replayed with: the optimizer as the campaign began with it, and the analysis of its frames.
struct ReplayTools {
  std::function<std::unique_ptr<Optimizer>()> optimizer;  ///< not needed for imported logs
  std::function<Outcome(const MeasurementFrames&, const Detector&)> interpret;
  /// Relative, of every number that is computed again: 0 where this build with these CPU kernels wrote the
  /// log, else kElsewhere.
  double tolerance = 0.0;
};

/// Other kernels and compilers add in another order, and fits and searches let the last bits grow.
constexpr double kElsewhere = 1e-6;

/// interpret() with a material and settings.
std::function<Outcome(const MeasurementFrames&, const Detector&)> interpretation(
    Material material, InterpretationSettings settings);

/// Tells a fresh optimizer what the campaign's was told, in the same order: both then ask the same.
void restore(Optimizer& optimizer, const CampaignRecord& record);

struct Verification {
  struct Difference {
    std::int64_t seq = 0;  ///< the event that differs; 0 = the header
    std::string what;
  };
  std::int64_t events = 0;
  int decisions = 0;          ///< asked again
  int observations = 0;       ///< interpreted again from their frames
  int foreign_decisions = 0;  ///< of an import: nothing here computed them, so that only their digests count
  int foreign_outcomes = 0;   ///< of an import, or not computed from frames
  std::optional<Difference> first_difference;
  std::optional<Difference> largest_deviation;  ///< within the tolerance
  double deviation = 0.0;                       ///< how large that is, relative

  /// Something was done again, and nothing differs by more than the tolerance.
  bool agrees() const { return !first_difference && decisions + observations > 0; }
  /// The same, to the last bit.
  bool identical() const { return agrees() && !largest_deviation; }
};

/// Does everything again that the log says was computed: the chain of fingerprints, each interpreted
/// outcome from its frames, and each decision from the asks and tells before it, which are the logged ones.
/// Stops at the first difference beyond the tolerance.
Verification verify(const Log& log, const ReplayTools& tools);

/// `replay --verify`: writes one line to `out`, JSON or for people, with what could not be done again.
/// Returns the exit status: 0 identical or within the tolerance, 1 different or nothing to do again.
int replay_verify(const Log& log, const ReplayTools& tools, const Clock& wall_clock, bool json,
                  std::ostream& out);

/// An experiment's outcome as logged and as today's analysis has it.
struct Reanalyzed {
  int experiment = 0;
  Outcome logged;
  std::optional<Outcome> again;            ///< absent: the log has no spectra of it, or none that can be read
  std::optional<double> half_maximum_meV;  ///< imports: width as published, half_maximum_width_eV()
  std::string trouble;                     ///< why its spectra cannot be read; empty = they can
};

/// In the order in which the experiments finished. A damaged spectrum costs its experiment, one of a
/// calibration those until its role is calibrated again.
std::vector<Reanalyzed> reanalyze(const Log& log, const ReplayTools& tools);

/// Differences of a new value from the logged one, over all experiments whose log has the value.
struct DifferenceSummary {
  int logged = 0;    ///< experiments with a logged value
  int compared = 0;  ///< of these, with a new one
  double median_absolute = 0.0;
  double mean = 0.0;
  double median = 0.0;
  double share_within_one = 0.0;  ///< of the logged ones: no new value counts as a miss
};
DifferenceSummary peak_differences(const std::vector<Reanalyzed>& experiments);   ///< nm
DifferenceSummary width_differences(const std::vector<Reanalyzed>& experiments);  ///< meV
DifferenceSummary half_maximum_differences(
    const std::vector<Reanalyzed>& experiments);  ///< meV, published definition

/// Peaks before and after, and what changed in peak and width, over the experiments.
Chart chart_of(const std::string& title, const std::vector<Reanalyzed>& experiments);

struct ReanalysisOptions {
  bool json = false;
  std::optional<std::filesystem::path> picture;  ///< where chart_of() goes, as SVG
};

/// `replay --reanalyze`: one line per experiment to `out`, JSON or for people, with every output, flag and
/// kind of outcome that changed, and a summary to `out` (for people) or `messages` (JSON). Returns the exit
/// status: 1 if spectra of an experiment cannot be read, else 0. Throws ChartError.
int replay_reanalyze(const Log& log, const ReplayTools& tools, const ReanalysisOptions& options,
                     std::ostream& out, std::ostream& messages);

}  // namespace nocturne
