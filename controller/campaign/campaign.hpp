#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "controller/campaign/campaign_record.hpp"
#include "controller/campaign/campaign_state.hpp"
#include "controller/campaign/experiment.hpp"
#include "controller/campaign/feed_store.hpp"
#include "controller/campaign/procedures.hpp"
#include "controller/campaign/schedule.hpp"
#include "devices/worker.hpp"
#include "optimizer/optimizer.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What a campaign has for one of its targets.
struct TargetResult {
  Target target;
  std::optional<int> reached_at;  ///< number of the experiment
  std::optional<std::pair<Conditions, Observation>> best;
};

/// How a campaign ended, for `run --json`.
struct CampaignResult {
  std::string status;  ///< "reached", "budget_spent", "stopped" or "faulted"
  std::string why;
  int experiments = 0;
  std::vector<TargetResult> targets;
  std::map<std::string, int> failures;
  double campaign_hours = 0.0;
  double reagent_mL = 0.0;
  std::vector<double> decision_seconds;
  std::vector<std::string> disobeyed;  ///< what could not be made safe, and why
  bool brought_up = false;             ///< every instrument was armed, so something may have flowed

  /// The experiment after which every target had been reached, if they have.
  std::optional<int> reached_at() const;
};

/// The campaign cannot go on, and no instrument is to blame: the log, the model. The bench has been made
/// safe.
struct CampaignBroken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Asks, runs, tells, until every target is reached or given up, the budget is spent, somebody stops it or
/// the supervisor does.
class Campaign {
 public:
  /// `wall_clock` times decisions; it decides nothing.
  Campaign(Laboratory laboratory, const BenchDescription& description,
           std::map<std::string, FeedLimits> limits, Optimizer& optimizer, const Clock& wall_clock);

  /// Takes over what a log says was done; before run().
  void restore(const CampaignRecord& record);
  /// Always ends with the bench made safe; faults are in the result. Throws CampaignBroken.
  Task<CampaignResult> run();
  /// When it may work, counted from now; before run().
  void keep_to(const Schedule& schedule);
  /// Ends the campaign at the next possible moment, on the loop's thread.
  void request_stop();

 private:
  struct End {
    std::string status, why;
  };
  Task<void> conduct();
  Task<void> begin();
  Task<void> work();
  Task<void> reconcile();
  /// Experiments until the campaign is over, or until something is in their way.
  Task<std::optional<Trip>> run_supervised();
  Task<std::optional<Trip>> run_experiments();
  /// With what it takes from the syringes there.
  Task<void> renew_reference();
  Task<void> run_all();
  /// Until the reason is over, at most as long as the bench allows; then what ends the campaign, if anything.
  Task<std::optional<Trip>> hold(Trip why);
  Task<void> wait_until_well(bool& well);
  Task<void> give_up(Trip why);
  Task<void> wait_for_stop();
  Task<void> wait_for_latest_end();
  Task<void> wait_for_start();
  /// Does what people ask for, for as long as it runs.
  Task<void> listen();
  Task<void> follow(SteerRequest request);
  Task<void> pause();
  /// Adds the targets that people wished for meanwhile.
  Task<void> prime_dry_lines();
  Task<void> grant_wishes();
  Task<void> add(Target target);
  Task<void> run_next();
  Task<bool> look_ahead();  ///< whether it gave the target up
  Task<void> decide();
  /// With what the recipe says about its failure.
  Task<Outcome> make(int experiment, FlowPlan plan);
  Task<Outcome> attempt(int experiment, FlowPlan plan);
  Task<void> recover(int experiment, Failure failure, Recovery action);
  Task<void> finish(int experiment, Outcome outcome);
  Task<void> compare_with_standard(Conditions conditions, Outcome outcome);
  Task<void> finish_all(Failure failure);
  Task<void> move_to(CampaignState state, std::string why);
  Task<void> stop_and_tell(std::string what);
  Task<void> close();
  Task<void> end_interrupted_refills();
  /// Watches until the zone is cool enough to be left alone; what went wrong meanwhile, if anything.
  Task<std::optional<Trip>> cool_down();
  Task<void> watch(std::optional<Trip>& trip);
  Task<std::vector<std::string>> make_safe();
  std::optional<End> due() const;
  std::string why_given_up() const;
  void note_reached(int experiment, const Outcome& outcome);
  /// The experiment that met it first, if one has.
  std::optional<int> first_meeting(const Target& target) const;
  using Taken = std::map<std::string, Volume>;  ///< by stock
  /// Fills the syringes that hold less than what is to be taken, where their bottles can help.
  Task<void> refill_for(Taken taken);
  std::vector<std::string> to_refill(const Taken& taken) const;
  std::optional<std::string> lacking_reagent(const Taken& taken) const;
  bool too_late_for(const FlowPlan& plan) const;
  Duration still_to_cool() const;
  Volume delivered(const std::string& stock) const;
  FeedStore store_of(const std::string& stock) const;
  Supplies left_mL() const;
  CampaignResult result();
  void end(std::string status, std::string why);

  Laboratory lab_;
  const BenchDescription& description_;
  const std::map<std::string, FeedLimits> limits_;
  Optimizer& optimizer_;
  const Clock& wall_clock_;
  Worker thinker_;
  CampaignState state_ = CampaignState::idle;
  std::map<int, Conditions> decided_;  ///< without outcome
  std::map<int, Outcome> outcomes_;    ///< by experiment
  int last_experiment_ = 0;
  std::map<int, Foreseen> outlooks_;  ///< by target, the last one
  std::vector<Target> wishes_;        ///< further targets, not added yet
  int failures_in_a_row_ = 0;
  int holds_in_a_row_ = 0;  ///< without a finished experiment between them
  bool resumed_ = false;
  bool ended_before_ = false;     ///< and nobody has resumed it since
  std::optional<Instant> began_;  ///< when it was first brought up: its time counts from there
  std::set<std::string> primed_;  ///< stocks whose tubes are full
  Frame reference_;
  ReagentAccount reagents_;  ///< of earlier processes
  RefillAccount refills_;
  bool stop_requested_ = false;
  std::string stop_why_ = "stopped by the user";
  Signal stop_;
  Budget budget_;
  Schedule schedule_;
  std::optional<Instant> latest_end_;
  std::string paused_;  ///< who and why; empty = it is not
  Signal steered_;
  Worker letterbox_;
  std::optional<End> end_;
  CampaignResult result_;
};

}  // namespace nocturne
