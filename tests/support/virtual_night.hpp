#pragma once

#include <functional>
#include <string>

#include "controller/night.hpp"
#include "controller/replay.hpp"
#include "recipes/library.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {

/// A campaign on the shipped virtual bench in a folder of its own.
struct VirtualNight {
  /// Something done to the bench while the campaign runs.
  using Mischief = std::function<Task<void>(Night&)>;

  TemporaryFolder folder;
  SystemClock wall_clock;
  Progress progress{Progress::Style::silent};
  CampaignOverrides overrides;
  std::string recipe = "cspbbr3_green_510";

  std::filesystem::path log_file() const { return folder.path() / "night.db"; }

  CampaignFiles files() const {
    return read_campaign_files(find_shipped(recipe, ""), find_shipped("virtual", "benches"), overrides);
  }

  CampaignResult run(Mischief mischief = {}) {
    const CampaignFiles made = files();
    Log log = Log::create(log_file(), made.header);
    return conduct(made, log, nullptr, std::move(mischief));
  }

  CampaignResult resume(Mischief mischief = {}) {
    Log log = Log::open(log_file());
    const CampaignFiles restored = campaign_files_of(log.header());
    const CampaignRecord record = read_campaign(log);
    return conduct(restored, log, &record, std::move(mischief));
  }

  std::string fingerprint() const { return Log::open(log_file(), Log::Access::read).fingerprint(); }
  CampaignRecord record() const { return read_campaign(Log::open(log_file(), Log::Access::read)); }

  Verification verify() {
    const Log log = Log::open(log_file(), Log::Access::read);
    const CampaignFiles restored = campaign_files_of(log.header());
    const std::unique_ptr<Clock> clock = clock_for(restored.bench);
    const BuiltBench built{*clock, restored.bench, restored.plant, restored.header.seed};
    ReplayTools tools;
    tools.optimizer = [&] { return make_optimizer(restored, built.feed_limits()); };
    tools.interpret = interpretation(restored.material, {});
    return nocturne::verify(log, tools);
  }

 private:
  CampaignResult conduct(const CampaignFiles& made, Log& log, const CampaignRecord* record,
                         Mischief mischief) {
    Night night{made, log, record, progress, wall_clock};
    Background background{night.clock()};
    if (mischief)
      background.start(mischief(night), [](const std::exception_ptr& e) { std::rethrow_exception(e); });
    return night.run();
  }
};

}  // namespace nocturne::test
