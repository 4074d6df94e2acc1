#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign_events.hpp"
#include "controller/log.hpp"
#include "controller/reagent_account.hpp"
#include "controller/refill_account.hpp"

namespace nocturne {

/// What a log says of its campaign: enough to resume it, to answer requests from it and to replay it.
struct CampaignRecord {
  /// One call to the optimizer, in the order of calls: an ask (a decision) or a tell (an outcome).
  struct Step {
    bool ask = true;
    int experiment = 0;
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
  std::int64_t events = 0;
  ReagentAccount reagents;             ///< of all processes; closed
  RefillAccount refills;               ///< likewise; what broke off in the last one is open
  std::optional<int> budget;           ///< experiments, if a person changed it
  int resumes = 0;                     ///< how often a new process took over
  std::optional<CampaignEnded> ended;  ///< unless resumed since
};

/// Campaign time as models take it.
double hours_of(Instant time);

/// Throws LogError for events that contradict one another: two decisions or two outcomes of one experiment,
/// an outcome without decision.
CampaignRecord read_campaign(const Log& log);

}  // namespace nocturne
