#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "controller/bench/bench_builder.hpp"
#include "controller/campaign/campaign.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/journal/alarm.hpp"
#include "controller/journal/alarm_events.hpp"
#include "recipes/fault_file.hpp"

namespace nocturne {

/// One campaign with everything it stands on, assembled in the right order: clock, bench, recorder,
/// supervisor, optimizer.
class Night {
 public:
  /// `record`: what the log already holds; null for a new campaign. `files`, `progress` and
  /// `wall_clock` must outlive the night. Opens and sends nothing. Throws FileError if the bench's alarm
  /// cannot be mailed.
  Night(const CampaignFiles& files, const Log& log, const CampaignRecord* record, Progress& progress,
        const Clock& wall_clock);

  /// What goes wrong with the virtual instruments while it runs. Throws FileError if there are no such
  /// instruments or faults.
  void rehearse(FaultScenario scenario);
  /// When it may work; before run().
  void keep_to(const Schedule& schedule) { campaign_.keep_to(schedule); }
  /// Runs the campaign to its end, with the bench made safe, the log on disk and all alarms sent.
  CampaignResult run();

  /// What the supervisor of a campaign goes by.
  static SupervisorLimits limits_of(const CampaignFiles& files);

  Clock& clock() { return *clock_; }
  BuiltBench& built() { return built_; }
  Campaign& campaign() { return campaign_; }

 private:
  static std::uint64_t plant_seed(const CampaignFiles& files, const CampaignRecord* record);
  static BenchHistory history_of(const CampaignFiles& files, const CampaignRecord* record);
  CampaignResult conduct();
  Task<void> tell_failed_alarms();
  void take_failures();
  void finish_alarms();

  std::unique_ptr<Clock> clock_;
  BuiltBench built_;
  Recorder recorder_;
  Supervisor supervisor_;
  SteerBox people_;
  std::unique_ptr<Optimizer> optimizer_;
  Campaign campaign_;
  std::optional<FaultScenario> faults_;
  const bool has_alarm_;
  AlarmEvents alarm_events_;
  std::deque<std::string> untold_;        ///< failures of alarms
  std::shared_ptr<Signal> alarm_failed_;  ///< shared with what the loop has still to run when this ends
  Progress& progress_;
  Alarm alarm_;  // last: its thread notifies the others
};

}  // namespace nocturne
