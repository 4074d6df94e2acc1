#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_files.hpp"

namespace nocturne {

/// A part of a night, and when it was under way in the night without faults.
struct Phase {
  std::string name;  ///< "priming", "heating", "flushing", "settling", "measuring", "refilling" or "cooling"
  Seconds at;        ///< from the start, well inside
};

/// One fault in one phase of a night.
struct Mishap {
  std::string instrument, fault;
  Phase phase;
};

/// What became of the night that a mishap struck. Times count from the mishap; what flows and heats is what
/// the plant really does, whatever instruments say.
struct Rehearsed {
  Mishap mishap;
  std::optional<double> noticed_s;  ///< until a warning, a hold, a failed experiment or a stop was logged
  std::string noticed_as;
  /// Until there was more to say than that an experiment failed, after which a campaign goes on.
  std::optional<double> alarmed_s;
  std::string status;                  ///< as in `run --json`
  std::optional<double> flow_off_s;    ///< for good, all but a quench, if the night ended because of it
  std::optional<double> quench_off_s;  ///< likewise the quench; as flow_off_s without one
  std::optional<double> heat_off_s;    ///< likewise
  std::optional<double> stood_s;       ///< until nothing flowed for the first time
  double heat_held_s = 0.0;            ///< while nothing flowed because the campaign held
  double hottest_C = 0.0;              ///< in the heated zone
  std::optional<double>
      limit_to_off_s;                 ///< from the crossing of the temperature limit until the heat was off
  double reagent_lost_mL = 0.0;       ///< what flowed into attempts that gave no outcome
  double pumped_unseen_mL = 0.0;      ///< from the mishap until it was noticed
  double leaked_unseen_mL = 0.0;      ///< of that, before the reactor
  int attempts_lost = 0;              ///< begun without an outcome
  std::vector<std::string> breaches;  ///< what a safety officer would not sign; empty = none
};

/// The bench with every line virtual, in front of `plant` unless it has one of its own. Throws FileError.
void make_virtual(CampaignFiles& files, const std::filesystem::path& plant);

/// What the night without faults went through. Throws FileError if it does not reach its end.
std::vector<Phase> phases_of(const CampaignFiles& files);

/// Every fault that an instrument of the (virtual) bench knows, by instrument.
std::vector<std::pair<std::string, std::string>> faults_of(const CampaignFiles& files);

/// Runs the night with the mishap, which lasts for good, and judges it against the stated times.
Rehearsed rehearse(const CampaignFiles& files, const Mishap& mishap);

}  // namespace nocturne
