#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/reagent_account.hpp"
#include "controller/campaign/refill_account.hpp"
#include "controller/log/log.hpp"

namespace nocturne {

/// What a log says of its campaign: enough to resume it, to answer requests from it and to replay it.
struct CampaignRecord {
  /// One call to the optimizer, in the order of calls.
  struct Step {
    enum class Call { ask, tell, add_target, want_standard };
    Call call = Call::ask;
    int number = 0;  ///< of the experiment, or in `added_targets`
  };

  CampaignHeader header;
  std::map<int, Decided> decisions;  ///< by experiment
  std::map<int, Outcome> outcomes;   ///< by experiment; finished ones only
  std::map<int, Instant> finished;   ///< when, by experiment
  std::vector<Step> steps;
  std::map<int, Foreseen> outlooks;  ///< by target, the last one
  std::vector<int> unfinished;       ///< decided without outcome, ascending
  std::string state;                 ///< of the last "state" event; empty = none
  std::optional<Detector> detector;
  std::map<std::string, SpectrumRecord> calibration;  ///< the last of each role
  Instant last_time{};                                ///< of the last event
  std::optional<Instant> armed;                       ///< when the bench was first brought up
  std::int64_t events = 0;
  std::set<std::string> primed;        ///< stocks whose tubes were filled
  ReagentAccount reagents;             ///< of all processes; closed
  RefillAccount refills;               ///< of all processes, too; what broke off in the last one is open
  std::vector<Target> added_targets;   ///< while it ran
  std::vector<Target> wished_targets;  ///< likewise, but the campaign did not live to add them
  std::optional<int> budget;           ///< experiments, if a person changed it
  int resumes = 0;                     ///< how often a new process took over
  std::optional<CampaignEnded> ended;  ///< unless resumed since
};

/// Campaign time as models take it.
double hours_of(Instant time);

/// What the events of a log up to number `last` say. Throws LogError for events that contradict one another:
/// two decisions or two outcomes of one experiment, an outcome without decision.
CampaignRecord read_campaign(const Log& log, std::int64_t last = kLastEvent);

}  // namespace nocturne
