#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "controller/campaign/night.hpp"
#include "controller/campaign/restored_campaign.hpp"
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
  std::string bench = "virtual";

  std::filesystem::path log_file() const { return folder.path() / "night.db"; }

  CampaignFiles files() const {
    return read_campaign_files(find_shipped(recipe, ""), find_shipped(bench, "benches"), overrides);
  }

  CampaignResult run(Mischief mischief = {}) { return run(files(), std::move(mischief)); }

  CampaignResult run(const CampaignFiles& made, Mischief mischief = {}) {
    Log log = Log::create(log_file(), made.header);
    return conduct(made, log, nullptr, std::move(mischief));
  }

  CampaignResult resume(Mischief mischief = {}) {
    Log log = Log::open(log_file());
    const CampaignFiles restored = campaign_files_of(log.header());
    const CampaignRecord record = read_campaign(log);
    return conduct(restored, log, &record, std::move(mischief));
  }

  /// Ends when the first product is being read.
  Task<void> until_product(Night& running) const {
    bool read = false;
    while (!read) {
      co_await running.clock().sleep_for(std::chrono::milliseconds{500});
      Log::open(log_file(), Log::Access::read).for_each([&](const Event& event) {
        read = read || (is<FramesTaken>(event) && nocturne::read<FramesTaken>(event).purpose == "settling");
      });
    }
  }

  std::string fingerprint() const { return Log::open(log_file(), Log::Access::read).fingerprint(); }
  CampaignRecord record() const { return read_campaign(Log::open(log_file(), Log::Access::read)); }

  /// All events of one kind in the log.
  template <class T>
  std::vector<T> events() const {
    std::vector<T> found;
    Log::open(log_file(), Log::Access::read).for_each_with_spectra([&](const Event& event) {
      if (is<T>(event)) found.push_back(nocturne::read<T>(event));
    });
    return found;
  }

  Verification verify() {
    return replayed([](const Log& log, const ReplayTools& tools) { return nocturne::verify(log, tools); });
  }
  std::vector<Reanalyzed> reanalyzed() {
    return replayed([](const Log& log, const ReplayTools& tools) { return reanalyze(log, tools); });
  }

 private:
  template <class Replay>
  std::invoke_result_t<Replay, const Log&, const ReplayTools&> replayed(Replay replay) {
    const Log log = Log::open(log_file(), Log::Access::read);
    const RestoredCampaign restored{log.header()};
    return replay(log, restored.replay_tools());
  }

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
