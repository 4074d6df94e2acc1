#pragma once

#include "models/surrogate.hpp"
#include "optimizer/acquisition.hpp"
#include "optimizer/objective.hpp"

namespace nocturne {

/// ln of the probability that every target is met and every limit is kept.
class TargetProbability final : public Acquisition {
 public:
  /// Both must outlive it.
  TargetProbability(const Surrogate& surrogate, const Objective& objective)
      : surrogate_{surrogate}, objective_{objective} {}
  Value operator()(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return "log probability of the target"; }

 private:
  const Surrogate& surrogate_;
  const Objective& objective_;
};

/// ln of the probability that an experiment gives a product at all. The model's `output` is trained on +1 for
/// success and -1 for failure; success is its noisy value being positive.
class SuccessProbability final : public Acquisition {
 public:
  SuccessProbability(const Surrogate& surrogate, int output) : surrogate_{surrogate}, output_{output} {}
  Value operator()(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return "log probability of success"; }

 private:
  const Surrogate& surrogate_;
  int output_;
};

/// The objective at the posterior means, whatever their uncertainty.
class MeanUtility final : public Acquisition {
 public:
  MeanUtility(const Surrogate& surrogate, const Objective& objective)
      : surrogate_{surrogate}, objective_{objective} {}
  Value operator()(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return "utility of the mean"; }

 private:
  const Surrogate& surrogate_;
  const Objective& objective_;
};

/// The product of two worths.
class BothOf final : public Acquisition {
 public:
  BothOf(const Acquisition& first, const Acquisition& second) : first_{first}, second_{second} {}
  Value operator()(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return first_.name(); }

 private:
  const Acquisition& first_;
  const Acquisition& second_;
};

}  // namespace nocturne
