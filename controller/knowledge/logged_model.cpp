#include "controller/knowledge/logged_model.hpp"

#include "controller/knowledge/design.hpp"

namespace nocturne {

LoggedModel logged_model(const CampaignRecord& record, const std::string& file,
                         const std::optional<Target>& wish, const EarlierRequest& earlier) {
  if (wish) check_measured(*wish, record, file);
  LoggedModel model;
  if (record.header.origin == "campaign") {
    model.campaign = std::make_unique<RestoredCampaign>(record.header);
    CampaignFiles& files = model.campaign->files;
    if (wish) files.recipe.targets.push_back(*wish);
    add_earlier(files, earlier);
    model.messages = files.messages;
    model.optimizer = model.campaign->fresh_optimizer();
    restore(*model.optimizer, record);
    model.variables = files.recipe.variables;
    return model;
  }
  ImportedModel imported = model_of_imported(record, file, earlier, wish.value());
  model.optimizer = std::move(imported.optimizer);
  model.variables = std::move(imported.variables);
  model.choices = std::move(imported.choices);
  model.messages = std::move(imported.messages);
  for (const std::string& name : imported.left_out)
    model.messages.push_back(name + " is left out: some imported rows lack it");
  return model;
}

}  // namespace nocturne
