#include "optimizer/cma_es.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr double kFirstStep = 0.3;  // of the unit cube
constexpr std::uint64_t kSamples = 103;

/// Into [0, 1], as between two mirrors.
double mirrored(double x) {
  const double period = x - 2.0 * std::floor(0.5 * x);
  return period <= 1.0 ? period : 2.0 - period;
}

}  // namespace

// Where allowed conditions are few or all near ones were tried, later attempts reach further.
Eigen::VectorXd CmaEs::sample(std::size_t index, int attempt) const {
  constexpr double kWiderEvery = 200.0;
  const std::uint64_t seed = derived_seed(derived_seed(region_.seed(), kSamples), index);
  std::mt19937_64 engine{derived_seed(seed, static_cast<std::uint64_t>(attempt))};
  std::normal_distribution<double> normal;
  const Eigen::VectorXd drawn =
      Eigen::VectorXd::NullaryExpr(region_.space().dimensions(), [&] { return normal(engine); });
  if (!distribution_) return (0.5 + kFirstStep * drawn.array()).unaryExpr(&mirrored);
  const double reach = std::pow(2.0, std::min(attempt / kWiderEvery, 20.0));
  return distribution_->sample(reach * drawn).unaryExpr(&mirrored);
}

Suggestion CmaEs::ask(const std::vector<Conditions>& pending) const {
  const std::size_t index = region_.told().size() + pending.size();
  if (index < region_.initial_design())
    return region_.suggestion(region_.design_point(index, pending), "initial design");
  const Eigen::VectorXd unit =
      region_.first_new([&](int attempt) { return sample(index, attempt); }, pending);
  return region_.suggestion(unit, "CMA-ES");
}

std::size_t CmaEs::ask_from(const std::vector<Conditions>& pool) const {
  const std::size_t index = region_.told().size();
  return region_.nearest(
      pool, index < region_.initial_design() ? region_.design_point(index, {}) : sample(index, 0));
}

void CmaEs::tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
                 std::optional<double>) {
  region_.add_told(conditions);
  loss_.add(measured);
  learn();
}

void CmaEs::tell_failure(const Conditions& conditions, double, std::optional<double>) {
  region_.add_told(conditions);
  loss_.add({});
  learn();
}

Eigen::VectorXd CmaEs::start() const {
  const std::vector<double> losses = loss_.losses();
  const auto best = std::ranges::min_element(losses);
  if (best == losses.end() || *best == ScalarLoss::kNone)
    return Eigen::VectorXd::Constant(region_.space().dimensions(), 0.5);
  return region_.told()[static_cast<std::size_t>(best - losses.begin())];
}

void CmaEs::learn() {
  const std::size_t told = region_.told().size();
  if (region_.space().dimensions() == 0 || told < region_.initial_design()) return;
  if (!distribution_) {
    distribution_.emplace(start(), kFirstStep);
    generation_begin_ = told;
    return;
  }
  const auto size = static_cast<std::size_t>(distribution_->population());
  if (told - generation_begin_ < size) return;
  const std::vector<double> losses = loss_.losses();
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), generation_begin_);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return losses[i]; });
  std::vector<Eigen::VectorXd> ranked;
  for (const std::size_t i : order) ranked.push_back(region_.told()[i]);
  distribution_->update(ranked);
  generation_begin_ = told;
}

}  // namespace nocturne
