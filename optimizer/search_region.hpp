#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <vector>

#include "optimizer/ask_tell.hpp"

namespace nocturne {

/// The problem without what is known of its outputs before any data.
AskTell::Options without_priors(AskTell::Options options);

/// Where a search may go and where it has been: what the strategies without a model share.
class SearchRegion {
 public:
  explicit SearchRegion(const AskTell::Options& options);

  const DecisionSpace& space() const { return space_; }
  std::uint64_t seed() const { return seed_; }
  /// How many points of the shared design come first.
  std::size_t initial_design() const { return initial_design_; }
  const std::vector<Eigen::VectorXd>& told() const { return told_; }
  void add_told(const Conditions& conditions) { told_.push_back(space_.to_unit(conditions)); }

  /// design_point() number `index` or, where it was told or runs already, the next one.
  Eigen::VectorXd design_point(std::size_t index, const std::vector<Conditions>& pending) const;
  /// The first of the drawn points, brought to allowed conditions, that is feasible and new; after many
  /// draws one that is only feasible. Throws std::runtime_error if there is none.
  Eigen::VectorXd first_new(const std::function<Eigen::VectorXd(int attempt)>& draw,
                            const std::vector<Conditions>& pending) const;
  /// Indices of the pool's points that were not told, or all of them if all were. Throws
  /// std::invalid_argument for an empty pool.
  std::vector<std::size_t> untold(const std::vector<Conditions>& pool) const;
  /// The nearest to `unit` of these.
  std::size_t nearest(const std::vector<Conditions>& pool, const Eigen::VectorXd& unit) const;
  /// The point as a suggestion.
  Suggestion suggestion(const Eigen::VectorXd& unit, const char* reason) const;

 private:
  bool is_told(const Eigen::VectorXd& unit) const;
  std::vector<Eigen::VectorXd> units(const std::vector<Conditions>& points) const;

  DecisionSpace space_;
  Feasible feasible_;
  std::uint64_t seed_;
  std::size_t initial_design_;
  std::vector<Eigen::VectorXd> told_;
};

}  // namespace nocturne
