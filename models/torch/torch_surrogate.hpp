#pragma once

#include <vector>

#include "models/surrogate.hpp"
#include "models/torch/gaussian_process.hpp"

namespace nocturne {

/// Independent Gaussian processes, one per output.
class TorchSurrogate final : public Surrogate {
 public:
  explicit TorchSurrogate(const SurrogateOptions& options);

  void fit(const TrainingData& data) override;
  void condition(const TrainingData& data) override;
  Posterior posterior(const Eigen::MatrixXd& points, int output) const override;
  PosteriorGradient marginals(const Eigen::MatrixXd& points, const std::vector<int>& outputs) const override;
  std::vector<Eigen::MatrixXd> samples(const Eigen::MatrixXd& points, int draws,
                                       std::uint64_t seed) const override;
  double scatter(int output) const override;
  std::vector<std::string> describe() const override;

 private:
  void check(const TrainingData& data) const;
  const GaussianProcess& process(int output) const;

  Eigen::Index dimensions_;
  std::vector<GaussianProcess> processes_;
};

}  // namespace nocturne
