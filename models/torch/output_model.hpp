#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/torch/drift.hpp"
#include "models/torch/gaussian_process.hpp"

namespace nocturne {

/// Rival pictures of one output, weighed by the data (Bayesian model averaging, Hoeting et al. 1999,
/// doi:10.1214/ss/1009212519): its prior and that prior's rivals, each without what studies say, with it
/// but for an offset, and, of studies from this bench, as if measured here. A picture weighs by the density
/// it gave the values measured here, so that studies that do not fit lose their say after the first few;
/// where several nights of this bench are known, also by how well they agree without offsets. From studies
/// alone several nights of this bench speak for it, each with an offset. Mean and variance are those of the
/// mixture.
class OutputModel {
 public:
  /// What studies from elsewhere and other nights of the same bench are taken for.
  /// `nights`: each night of this bench is shifted, by as much as nights turn out to be.
  enum class Say { nothing, shifted, shifted_but_for_this_bench, nights };

  OutputModel(const OutputPrior& prior, const std::vector<InputScale>& inputs, bool from_studies_alone);

  void fit(const OutputData& data);
  /// What the last fit found; false if it saw a drift, which is not written.
  bool write(LearnedNumbers& numbers) const;
  /// The same belief from it.
  void recall(const OutputData& data, LearnedNumbers& numbers);
  Posterior posterior(const Eigen::MatrixXd& points) const;
  GaussianProcess::Marginals marginals(const Eigen::MatrixXd& points) const;
  /// Each draw comes from one of the pictures, as many from each as its weight says.
  class Draws {
   public:
    Draws(const OutputModel& model, const Eigen::MatrixXd& anchors, const Eigen::MatrixXd& normals);
    const Eigen::MatrixXd& at_anchors() const { return at_anchors_; }
    Eigen::MatrixXd at(const Eigen::MatrixXd& points) const;
    Eigen::MatrixXd slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd& weights) const;

   private:
    struct Part {
      GaussianProcess::Draws draws;
      std::vector<Eigen::Index> columns;  ///< which draws are this picture's
    };
    std::vector<Part> parts_;
    Eigen::MatrixXd at_anchors_;
  };
  std::optional<Drift> drift() const;
  Eigen::VectorXd scatter(const Eigen::MatrixXd& points) const;
  std::vector<std::string> describe() const;

 private:
  struct Picture {
    GaussianProcess process;
    std::string name;  ///< for people; empty = the only one
    Say say = Say::nothing;
    double weight = 1.0;
    std::size_t prior = 0;  ///< that of the output, or the how-maniest rival from 1
  };
  const OutputPrior& prior_of(std::size_t index) const;
  std::string name_of(std::size_t index) const;
  void share_out_weights();
  const Picture& heaviest() const;

  std::string name_;
  OutputPrior prior_;
  std::vector<InputScale> inputs_;
  bool from_studies_alone_;
  Eigen::Index values_ = 0;  ///< that were fitted to
  std::optional<SeenDrift> drift_;
  std::vector<Picture> pictures_;  ///< of those with weight, the weights add up to 1
};

}  // namespace nocturne
