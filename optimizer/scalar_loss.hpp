#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "optimizer/ask_tell.hpp"

namespace nocturne {

/// The wish on several outputs as one number to be minimised, the way of methods that see no outputs: the
/// objective's utility and limits with the sign turned.
class ScalarLoss {
 public:
  static constexpr double kNone = std::numeric_limits<double>::infinity();

  explicit ScalarLoss(const AskTell::Options& options);
  /// What an experiment gave; empty for a failure.
  void add(const std::map<std::string, Estimate>& measured) { told_.push_back(measured); }
  /// One per experiment in the order told; kNone where something that is wished for was not measured. With
  /// tolerances from the data, earlier losses change with later experiments.
  std::vector<double> losses() const;

 private:
  std::vector<ModelledOutput> outputs_;
  std::vector<Goal> goals_;
  bool scales_from_data_;
  std::vector<std::map<std::string, Estimate>> told_;
};

}  // namespace nocturne
