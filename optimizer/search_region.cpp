#include "optimizer/search_region.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "optimizer/design_point.hpp"

namespace nocturne {
namespace {

constexpr int kDraws = 20'000;

bool contains(const std::vector<Eigen::VectorXd>& points, const Eigen::VectorXd& unit) {
  return std::ranges::any_of(points, [&](const Eigen::VectorXd& one) { return one == unit; });
}

}  // namespace

AskTell::Options without_priors(AskTell::Options options) {
  for (ModelledOutput& output : options.outputs) output.prior = {};
  return options;
}

SearchRegion::SearchRegion(const AskTell::Options& options)
    : space_{options.variables},
      feasible_{options.feasible},
      seed_{options.seed},
      initial_design_{static_cast<std::size_t>(
          std::max(options.initial_design ? *options.initial_design
                                          : AskTell::default_initial_design(without_priors(options)),
                   0))} {}

bool SearchRegion::is_told(const Eigen::VectorXd& unit) const { return contains(told_, unit); }

std::vector<Eigen::VectorXd> SearchRegion::units(const std::vector<Conditions>& points) const {
  std::vector<Eigen::VectorXd> result;
  for (const Conditions& conditions : points) result.push_back(space_.to_unit(conditions));
  return result;
}

Eigen::VectorXd SearchRegion::design_point(std::size_t index, const std::vector<Conditions>& pending) const {
  const std::vector<Eigen::VectorXd> running = units(pending);
  return nocturne::design_point(space_, feasible_, seed_, index, [&](const Eigen::VectorXd& unit) {
    return is_told(unit) || contains(running, unit);
  });
}

Eigen::VectorXd SearchRegion::first_new(const std::function<Eigen::VectorXd(int attempt)>& draw,
                                        const std::vector<Conditions>& pending) const {
  const std::vector<Eigen::VectorXd> running = units(pending);
  std::optional<Eigen::VectorXd> repeated;
  for (int attempt = 0; attempt < kDraws; ++attempt) {
    const Eigen::VectorXd unit = space_.snap(draw(attempt));
    if (feasible_ && !feasible_(space_.to_conditions(unit))) continue;
    if (!is_told(unit) && !contains(running, unit)) return unit;
    if (!repeated) repeated = unit;
  }
  if (repeated) return *repeated;
  throw std::runtime_error{"no conditions within the bounds can be realised"};
}

std::vector<std::size_t> SearchRegion::untold(const std::vector<Conditions>& pool) const {
  if (pool.empty()) throw std::invalid_argument{"a pool needs at least one point"};
  std::vector<std::size_t> all, fresh;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    all.push_back(i);
    if (!is_told(space_.to_unit(pool[i]))) fresh.push_back(i);
  }
  return fresh.empty() ? all : fresh;
}

std::size_t SearchRegion::nearest(const std::vector<Conditions>& pool, const Eigen::VectorXd& unit) const {
  const std::vector<std::size_t> candidates = untold(pool);
  return *std::ranges::min_element(
      candidates, {}, [&](std::size_t i) { return (space_.to_unit(pool[i]) - unit).squaredNorm(); });
}

Suggestion SearchRegion::suggestion(const Eigen::VectorXd& unit, const char* reason) const {
  return {space_.to_conditions(unit), {}, reason};
}

}  // namespace nocturne
