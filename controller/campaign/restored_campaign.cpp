#include "controller/campaign/restored_campaign.hpp"

namespace nocturne {

RestoredCampaign::RestoredCampaign(const CampaignHeader& header)
    : files{campaign_files_of(header)},
      clock{clock_for(files.bench)},
      built{*clock, files.bench, files.plant, files.header.seed} {}

std::unique_ptr<Optimizer> RestoredCampaign::fresh_optimizer() const {
  return make_optimizer(files, built.feed_limits());
}

ReplayTools RestoredCampaign::replay_tools() const {
  ReplayTools tools;
  tools.optimizer = [this] { return fresh_optimizer(); };
  tools.interpret = interpretation(files.material, interpretation_settings(files.bench));
  const bool same_build =
      files.header.versions == library_versions() && files.header.surrogate_sha256 == surrogate_digest();
  tools.tolerance = same_build ? 0.0 : kElsewhere;
  return tools;
}

}  // namespace nocturne
