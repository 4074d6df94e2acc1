#pragma once

#include <string>
#include <vector>

#include "controller/campaign/campaign_record.hpp"
#include "optimizer/decision_space.hpp"

namespace nocturne {

/// An experiment that was really made, beside conditions that somebody asks about.
struct MadeNearby {
  int experiment = 0;
  std::string row;  ///< of an imported table: its line and what the table calls it; else empty
  Conditions conditions;
  Outcome outcome;
  double distance = 0.0;  ///< square root of the sum of squares, each in shares of the variable's range
};

/// The finished experiments of a log by how near their conditions are. The record must live on.
class MadeExperiments {
 public:
  /// Throws std::invalid_argument as DecisionSpace does. Experiments that lack a variable are never near.
  MadeExperiments(const CampaignRecord& record, const std::vector<Variable>& variables);

  /// At most `count`, the nearest first; of equally near ones the earlier first.
  std::vector<MadeNearby> nearest(const Conditions& conditions, std::size_t count) const;

 private:
  struct Made {
    int experiment = 0;
    Eigen::VectorXd unit;
  };

  const CampaignRecord& record_;
  DecisionSpace space_;
  std::vector<Made> made_;
};

}  // namespace nocturne
