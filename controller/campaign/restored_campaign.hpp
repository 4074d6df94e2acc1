#pragma once

#include <memory>

#include "controller/bench/bench_builder.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/replay/replay.hpp"

namespace nocturne {

/// A campaign as its log has it, with its bench built and nothing opened: what replay and design need.
struct RestoredCampaign {
  /// Throws FileError if the log is of something else than a campaign.
  explicit RestoredCampaign(const CampaignHeader& header);

  /// As the campaign began with it.
  std::unique_ptr<Optimizer> fresh_optimizer() const;
  /// They refer to this.
  ReplayTools replay_tools() const;

  CampaignFiles files;
  std::unique_ptr<Clock> clock;
  BuiltBench built;
};

}  // namespace nocturne
