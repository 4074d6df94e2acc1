#pragma once

#include <memory>
#include <vector>

#include "models/surrogate.hpp"
#include "models/torch/output_model.hpp"

namespace nocturne {

/// Independent models, one per output.
class TorchSurrogate final : public Surrogate {
 public:
  explicit TorchSurrogate(const SurrogateOptions& options);

  void fit(const TrainingData& data) override;
  std::vector<double> learned() const override;
  void recall(const TrainingData& data, const std::vector<double>& learned) override;
  Posterior posterior(const Eigen::MatrixXd& points, int output) const override;
  PosteriorGradient marginals(const Eigen::MatrixXd& points, const std::vector<int>& outputs) const override;
  std::unique_ptr<JointDraws> joint_draws(const Eigen::MatrixXd& anchors, const std::vector<int>& outputs,
                                          const std::vector<Eigen::MatrixXd>& normals) const override;
  Eigen::VectorXd scatter(const Eigen::MatrixXd& points, int output) const override;
  std::optional<Drift> drift(int output) const override;
  std::vector<std::string> describe() const override;

 private:
  void check(const TrainingData& data) const;
  const OutputModel& model(int output) const;

  Eigen::Index dimensions_;
  std::vector<OutputModel> models_;
};

}  // namespace nocturne
