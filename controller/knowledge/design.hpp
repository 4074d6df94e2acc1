#pragma once

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_record.hpp"
#include "controller/json_types.hpp"
#include "controller/knowledge/earlier_studies.hpp"
#include "controller/knowledge/made_experiments.hpp"
#include "models/variable.hpp"
#include "optimizer/optimizer.hpp"

namespace nocturne {

/// What an answer is about.
struct DesignedFor {
  std::string material;
  std::string recipe;  ///< or the import map
  std::string bench;   ///< empty = of an import
};
/// By the header of the log that answers.
DesignedFor designed_for(const CampaignHeader& header);

struct DesignOptions {
  Target target;
  std::map<std::string, std::vector<std::string>> choices;  ///< words for categorical conditions
  int count = 5;                                            ///< candidates, at most
  bool json = false;                      ///< one line for machines instead of a table for people
  std::optional<DesignedFor> about = {};  ///< told with the answer
  const MadeExperiments* made = nullptr;  ///< told beside each candidate; null = of many logs
};

/// What can be learned from an imported log: an optimizer that was told all of it, over the conditions that
/// every row has, within the ranges of the table. Only where CsPbBr3 was made at several Br/Pb ratios does
/// its prior hold the physics.
struct ImportedModel {
  std::unique_ptr<Optimizer> optimizer;
  std::map<std::string, std::vector<std::string>>
      choices;  ///< of categorical conditions, from the import map
  std::vector<Variable> variables;
  std::vector<std::string> left_out;  ///< conditions that some rows lack
  std::vector<std::string> messages;  ///< what of `earlier` is used
};
/// How an optimizer over an imported log is to begin.
struct ImportedStart {
  std::vector<Target> targets;
  EarlierRequest earlier = {};
  std::uint64_t seed = 0;
  std::string strategy = "composite";
};
/// The same before it is told anything. `file`: the log, for messages. Throws FileError if the conditions
/// never differ.
ImportedModel untold_model_of_imported(const CampaignRecord& record, const std::string& file,
                                       const ImportedStart& start);
/// `file`: the log, for messages. Throws FileError if the conditions never differ.
ImportedModel model_of_imported(const CampaignRecord& record, const std::string& file,
                                const EarlierRequest& earlier = {}, const Target& wish = {});

/// Refuses a wish with a limit on what no experiment of the log measured. Throws FileError.
void check_measured(const Target& wish, const CampaignRecord& record, const std::string& file);

/// The answer to `options.target` for machines, as `design --json` has it.
Json json_of(const DesignAnswer& answer, const DesignOptions& options);
/// Writes the answer to `options.target`: which conditions give it, how probably, and if it is not reachable,
/// the nearest that is and what stands in the way. Returns 0 if reachable, 1 if not.
int tell(const DesignAnswer& answer, const DesignOptions& options, std::ostream& out);

}  // namespace nocturne
