#include "optimizer/maximize.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

bool allowed(const DecisionSpace& space, const Feasible& feasible, const Eigen::VectorXd& unit) {
  return !feasible || feasible(space.to_conditions(unit));
}

// Allowed Sobol points; where the feasible region is small, many more are tried.
std::vector<Eigen::VectorXd> starting_points(const DecisionSpace& space, const Feasible& feasible,
                                             const Eigen::MatrixXd& guesses, const MaximizeOptions& options) {
  std::vector<Eigen::VectorXd> points;
  for (int tried = options.candidates; tried <= 64 * options.candidates; tried *= 8) {
    points.clear();
    const Eigen::MatrixXd sobol = sobol_points(tried, space.dimensions(), options.seed);
    for (Eigen::Index i = 0; i < sobol.rows(); ++i) {
      const Eigen::VectorXd unit = space.snap(sobol.row(i));
      if (allowed(space, feasible, unit)) points.push_back(unit);
      if (static_cast<int>(points.size()) == options.candidates) break;
    }
    if (static_cast<int>(points.size()) >= options.candidates / 8) break;
  }
  for (Eigen::Index i = 0; i < guesses.rows(); ++i) {
    const Eigen::VectorXd unit = space.snap(guesses.row(i));
    if (allowed(space, feasible, unit)) points.push_back(unit);
  }
  if (points.empty()) throw std::runtime_error{"no conditions within the bounds can be realised"};
  return points;
}

Eigen::MatrixXd stacked(const std::vector<Eigen::VectorXd>& points) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(points.size()), points.front().size());
  for (std::size_t i = 0; i < points.size(); ++i) matrix.row(static_cast<Eigen::Index>(i)) = points[i];
  return matrix;
}

// Indices by value, best first; NaN last; ties by index, so that the order is always the same.
std::vector<Eigen::Index> ranking(const Eigen::VectorXd& values) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::ranges::stable_sort(order, [&](Eigen::Index a, Eigen::Index b) {
    if (std::isnan(values(b))) return !std::isnan(values(a));
    return values(a) > values(b);
  });
  return order;
}

std::vector<Eigen::Index> different(const Eigen::MatrixXd& points, const std::vector<Eigen::Index>& order,
                                    int count, double separation) {
  std::vector<Eigen::Index> chosen;
  for (const Eigen::Index candidate : order) {
    if (static_cast<int>(chosen.size()) == count) break;
    const bool near = std::ranges::any_of(chosen, [&](Eigen::Index other) {
      return (points.row(other) - points.row(candidate)).norm() < separation;
    });
    if (!near) chosen.push_back(candidate);
  }
  return chosen;
}

/// All restarts climb together, one batch of evaluations per step, each with its own step length.
class Climb {
 public:
  Climb(const Acquisition& acquisition, const DecisionSpace& space, const Feasible& feasible,
        Eigen::MatrixXd points)
      : acquisition_{acquisition}, space_{space}, feasible_{feasible}, points_{std::move(points)} {
    at_ = evaluate(points_);
    step_.resize(points_.rows());
    for (Eigen::Index i = 0; i < points_.rows(); ++i)
      step_(i) = kFirstMove / std::max(at_.slope.row(i).cwiseAbs().maxCoeff(), 1e-12);
  }

  void step() {
    Eigen::MatrixXd next = points_;
    for (Eigen::Index i = 0; i < points_.rows(); ++i)
      next.row(i) = (points_.row(i) + step_(i) * at_.slope.row(i)).cwiseMax(0.0).cwiseMin(1.0);
    const Acquisition::Value there = evaluate(next);
    for (Eigen::Index i = 0; i < points_.rows(); ++i) {
      const bool better =
          there.value(i) > at_.value(i) && allowed(space_, feasible_, next.row(i).transpose());
      if (better)
        accept(i, next, there);
      else
        step_(i) *= 0.25;
    }
  }

  const Eigen::MatrixXd& points() const { return points_; }

 private:
  static constexpr double kFirstMove = 0.1;
  static constexpr double kLongestMove = 0.3;

  Acquisition::Value evaluate(const Eigen::MatrixXd& points) const {
    Acquisition::Value value = acquisition_(points);
    value.slope = value.slope * space_.continuous().asDiagonal();
    value.slope = value.slope.unaryExpr([](double slope) { return std::isfinite(slope) ? slope : 0.0; });
    return value;
  }

  void accept(Eigen::Index i, const Eigen::MatrixXd& next, const Acquisition::Value& there) {
    const Eigen::RowVectorXd moved = next.row(i) - points_.row(i);
    const double bend = -moved.dot(there.slope.row(i) - at_.slope.row(i));
    const double largest = kLongestMove / std::max(there.slope.row(i).cwiseAbs().maxCoeff(), 1e-12);
    step_(i) = std::min(bend > 1e-300 ? moved.squaredNorm() / bend : 4.0 * step_(i), largest);
    points_.row(i) = next.row(i);
    at_.value(i) = there.value(i);
    at_.slope.row(i) = there.slope.row(i);
  }

  const Acquisition& acquisition_;
  const DecisionSpace& space_;
  const Feasible& feasible_;
  Eigen::MatrixXd points_;
  Acquisition::Value at_;
  Eigen::VectorXd step_;
};

}  // namespace

std::vector<Maximum> maximize(const Acquisition& acquisition, const DecisionSpace& space,
                              const Feasible& feasible, const Eigen::MatrixXd& guesses,
                              const MaximizeOptions& options) {
  const Eigen::MatrixXd starts = stacked(starting_points(space, feasible, guesses, options));
  const auto order = ranking(acquisition.values(starts));
  const auto chosen = different(starts, order, options.restarts, options.separation);
  Eigen::MatrixXd from(static_cast<Eigen::Index>(chosen.size()), starts.cols());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    from.row(static_cast<Eigen::Index>(i)) = starts.row(chosen[i]);

  Eigen::MatrixXd tops = from;
  if (space.continuous().sum() > 0.0) {
    Climb climb{acquisition, space, feasible, from};
    for (int step = 0; step < options.steps; ++step) climb.step();
    tops = climb.points();
  }
  for (Eigen::Index i = 0; i < tops.rows(); ++i) tops.row(i) = space.snap(tops.row(i).transpose());
  const Eigen::VectorXd values = acquisition.values(tops);
  std::vector<Maximum> result;
  for (const Eigen::Index i : different(tops, ranking(values), options.restarts, options.separation))
    result.push_back({tops.row(i), values(i)});
  return result;
}

}  // namespace nocturne
