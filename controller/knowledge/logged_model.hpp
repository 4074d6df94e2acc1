#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/restored_campaign.hpp"

namespace nocturne {

/// A model that was told all that a log says, to answer wishes from.
struct LoggedModel {
  std::unique_ptr<RestoredCampaign> campaign;  ///< none: the log was imported
  std::unique_ptr<Optimizer> optimizer;
  std::vector<Variable> variables;                          ///< that it chooses
  std::map<std::string, std::vector<std::string>> choices;  ///< words for categorical conditions
  std::vector<std::string> messages;                        ///< about what it knows, for people
};

/// `wish`: what it is asked for besides the campaign's own targets, so that what limits it is modelled; an
/// import needs one. `file`: the log, for messages. Throws FileError, also for a wish with a limit on what
/// was never measured.
LoggedModel logged_model(const CampaignRecord& record, const std::string& file,
                         const std::optional<Target>& wish, const EarlierRequest& earlier = {});

}  // namespace nocturne
