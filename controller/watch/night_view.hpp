#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/reagent_account.hpp"
#include "controller/campaign/refill_account.hpp"
#include "controller/journal/journal.hpp"
#include "controller/log/log.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What one glance at a night has to say.
struct NightFacts {
  /// One target, and what came nearest to it so far.
  struct Aim {
    Target target;
    std::optional<int> reached_at;  ///< experiment
    std::optional<int> nearest;     ///< experiment
    std::optional<Estimate> nearest_nm;
    bool given_up = false;
  };
  /// What the supervisor saw last of one syringe.
  struct Feed {
    double flow_uL_min = 0.0;
    double used_mL = 0.0, syringe_mL = 0.0;
    double left_mL = 0.0;  ///< at least, in the syringe and what it can draw
  };
  /// The last thing that went wrong.
  struct Alarm {
    Instant time{};
    std::string what;
    bool is_trouble = false;                ///< a trip, or what did not obey; else a warning
    std::optional<SteerRequest> seen = {};  ///< who acknowledged it
  };

  std::string name;       ///< of the campaign
  bool imported = false;  ///< experiments from elsewhere: nothing was run
  Instant now{};          ///< campaign time of the last event
  std::string state = "idle", why;
  int budget = 0, finished = 0, failed = 0;  ///< experiments
  Seconds budget_time{};
  std::optional<double> usual_experiment_s;  ///< the median, from the end of one to the end of the next
  std::vector<Aim> aims;
  std::optional<int> experiment;  ///< at hand
  Conditions conditions;          ///< of it
  std::string step;               ///< what it does now; empty = nothing
  std::optional<double> target_C;
  std::map<std::string, double> temperature_C, heating, pressure_bar;  ///< by instrument; heating 0..1
  std::map<std::string, Feed> feeds;                                   ///< by stock
  std::optional<Alarm> alarm;
  /// The last sentences of the journal, with their time.
  std::deque<std::pair<Instant, std::string>> sentences;
  bool ended = false;
  std::string status;  ///< how it ended, as in `run --json`
};

/// Follows a log and keeps the facts.
class NightView {
 public:
  explicit NightView(const CampaignHeader& header);

  /// The log's next event; it must see every one, in order, but may miss readings that another one follows.
  /// Throws LogError if it is damaged.
  void take(const Event& event);
  const NightFacts& facts() const { return facts_; }

 private:
  void decided(const Decided& event);
  void planned(const Planned& event);
  void read(const ReadingTaken& event);
  void framed(const FramesTaken& event);
  void finished(const Finished& event);
  void steered(const SteerRequest& request);
  void take_stock(const std::map<std::string, double>& delivered_uL);

  NightFacts facts_;
  Journal journal_;
  std::vector<FeedDescription> feeds_;
  ReagentAccount reagents_;
  RefillAccount refills_;
  std::map<int, Conditions> decisions_;  ///< without outcome
  int reads_ = 0;                        ///< of the emission, in the experiment at hand
  std::optional<Instant> last_end_;      ///< of an experiment; before, when the first was chosen
  std::vector<double> took_s_;           ///< experiments, ascending
};

}  // namespace nocturne
