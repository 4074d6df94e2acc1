#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "controller/knowledge/earlier_studies.hpp"
#include "controller/log/log.hpp"
#include "models/material.hpp"
#include "models/plant/plant_parameters.hpp"
#include "optimizer/optimizer.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/flow_plan.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// What the command line says against the recipe.
struct CampaignOverrides {
  std::vector<double> targets_nm;  ///< for the recipe's; empty = those
  std::optional<int> budget;
  std::uint64_t seed = 1;
  std::string optimizer = "composite";  ///< of strategy_names()
  EarlierRequest earlier;               ///< beside what the recipe names
};

/// Everything a campaign is made from, read and checked: from files for a new one, from its log for any later
/// use.
struct CampaignFiles {
  CampaignHeader header;
  Recipe recipe;  ///< with the overrides
  BenchDescription bench;
  std::optional<PlantParameters> plant;
  Material material;
  std::vector<Study> earlier;         ///< that the optimizer begins with; header.earlier_text is their text
  std::vector<double> learned;        ///< what a model found in them before; empty = unknown
  bool from_studies_alone = false;    ///< nothing is made: they are all that the optimizer ever knows
  std::vector<std::string> messages;  ///< about what the optimizer begins with, for people
};

/// Throws FileError, std::invalid_argument for an unknown optimizer.
CampaignFiles read_campaign_files(const std::filesystem::path& recipe, const std::filesystem::path& bench,
                                  const CampaignOverrides& overrides);
/// Throws FileError if the log is of something else than a campaign.
CampaignFiles campaign_files_of(const CampaignHeader& header);

/// Adds to what the optimizer begins with, and says so in files.messages. Throws FileError.
void add_earlier(CampaignFiles& files, const EarlierRequest& request);

/// The optimizer as the campaign begins with it.
std::unique_ptr<Optimizer> make_optimizer(const CampaignFiles& files,
                                          const std::map<std::string, FeedLimits>& limits);

/// Names and versions of the libraries that results depend on, and the CPU kernels in use.
std::map<std::string, std::string> library_versions();
/// SHA-256 of the library that models; empty if this build has none.
std::string surrogate_digest();

}  // namespace nocturne
