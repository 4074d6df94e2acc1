#pragma once

#include <Eigen/Cholesky>
#include <memory>
#include <utility>
#include <vector>

#include "models/surrogate.hpp"

namespace nocturne::test {

/// Joint draws straight from their definition, by the joint posterior of the anchors and each point; slopes
/// by central differences.
class PosteriorDraws final : public JointDraws {
 public:
  PosteriorDraws(const Surrogate& surrogate, Eigen::MatrixXd anchors, std::vector<int> outputs,
                 std::vector<Eigen::MatrixXd> normals)
      : surrogate_{surrogate},
        anchors_{std::move(anchors)},
        outputs_{std::move(outputs)},
        normals_{std::move(normals)} {
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      at_anchors_.push_back(drawn(anchors_, normals_[i].topRows(anchors_.rows()), i));
  }
  const Eigen::MatrixXd& at_anchors(std::size_t output) const override { return at_anchors_.at(output); }

  Eigen::MatrixXd at(const Eigen::MatrixXd& points, std::size_t output) const override {
    Eigen::MatrixXd result(points.rows(), normals_.at(output).cols());
    Eigen::MatrixXd joint(anchors_.rows() + 1, points.cols());
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      joint << anchors_, points.row(i);
      result.row(i) = drawn(joint, normals_.at(output), output).bottomRows(1);
    }
    return result;
  }

  Eigen::MatrixXd slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd& weights,
                         std::size_t output) const override {
    constexpr double kStep = 1e-5;
    Eigen::MatrixXd result(points.rows(), points.cols());
    for (Eigen::Index j = 0; j < points.cols(); ++j) {
      Eigen::MatrixXd up = points, down = points;
      up.col(j).array() += kStep;
      down.col(j).array() -= kStep;
      const Eigen::MatrixXd change = (at(up, output) - at(down, output)) / (2.0 * kStep);
      result.col(j) = change.cwiseProduct(weights).rowwise().sum();
    }
    return result;
  }

 private:
  Eigen::MatrixXd drawn(const Eigen::MatrixXd& points, const Eigen::MatrixXd& normals,
                        std::size_t output) const {
    if (points.rows() == 0) return Eigen::MatrixXd(0, normals.cols());
    const Posterior belief = surrogate_.posterior(points, outputs_.at(output));
    Eigen::MatrixXd covariance = belief.covariance;
    covariance.diagonal().array() += 1e-12 * (1.0 + covariance.diagonal().maxCoeff());
    const Eigen::MatrixXd root = covariance.llt().matrixL();
    return (root * normals).colwise() + belief.mean;
  }

  const Surrogate& surrogate_;
  Eigen::MatrixXd anchors_;
  std::vector<int> outputs_;
  std::vector<Eigen::MatrixXd> normals_, at_anchors_;
};

inline std::unique_ptr<JointDraws> posterior_draws(const Surrogate& surrogate, const Eigen::MatrixXd& anchors,
                                                   const std::vector<int>& outputs,
                                                   const std::vector<Eigen::MatrixXd>& normals) {
  return std::make_unique<PosteriorDraws>(surrogate, anchors, outputs, normals);
}

}  // namespace nocturne::test
