#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <stdexcept>

#include "controller/campaign/campaign_files.hpp"
#include "controller/campaign/schedule.hpp"
#include "controller/progress.hpp"
#include "devices/clock.hpp"
#include "recipes/fault_file.hpp"

namespace nocturne {

/// The bench could not even be brought up: nothing was decided, so there is no campaign and no log.
struct BenchFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct RunOptions {
  std::filesystem::path log;
  bool json = false;
  Progress::Style progress = Progress::Style::lines;
  std::optional<FaultScenario> faults;  ///< of the virtual instruments
  Schedule schedule;
  std::function<void()> log_is_there;  ///< called once, before anything moves; empty = nobody looks on
};

/// `run`: a new campaign, on whatever bench `files` describe. Returns the exit status: 0 reached, 1 not, 3
/// bench fault. `wall_clock` times it. Throws FileError, LogError.
int run(const CampaignFiles& files, const RunOptions& options, const Clock& wall_clock, std::ostream& out);

/// `resume`: takes an unfinished campaign on. A campaign that has ended for good is only reported.
int resume(const RunOptions& options, const Clock& wall_clock, std::ostream& out);

}  // namespace nocturne
