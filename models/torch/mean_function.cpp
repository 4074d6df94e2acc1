#include "models/torch/mean_function.hpp"

#include "models/torch/bromide_equilibrium.hpp"

namespace nocturne {
namespace {

/// A level, and slopes over the cube if asked for.
class LinearMean final : public MeanFunction {
 public:
  LinearMean(const std::vector<InputScale>& inputs, bool with_slopes, double level, double spread) {
    parameters_.push_back({"level", level, spread});
    if (!with_slopes) return;
    for (const auto& input : inputs) parameters_.push_back({"slope with " + input.name, 0.0, spread});
  }

  const std::vector<MeanParameter>& parameters() const override { return parameters_; }

  MeanValues values(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta) const override {
    Eigen::MatrixXd jacobian(points.rows(), theta.size());
    jacobian.col(0).setOnes();
    if (has_slopes()) jacobian.rightCols(points.cols()) = points.array() - 0.5;
    return {jacobian * theta, jacobian};
  }

  MeanSlopes slopes(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta,
                    const std::vector<Eigen::MatrixXd>& weights) const override {
    MeanSlopes result{Eigen::MatrixXd::Zero(points.rows(), points.cols()), {}};
    if (has_slopes()) result.value.rowwise() += theta.tail(points.cols()).transpose();
    for (const auto& weight : weights) {
      if (has_slopes())
        result.weighted.emplace_back(weight.rightCols(points.cols()));
      else
        result.weighted.emplace_back(Eigen::MatrixXd::Zero(points.rows(), points.cols()));
    }
    return result;
  }

 private:
  bool has_slopes() const { return parameters_.size() > 1; }
  std::vector<MeanParameter> parameters_;
};

}  // namespace

std::unique_ptr<MeanFunction> make_mean_function(PriorMean mean, const std::vector<InputScale>& inputs,
                                                 double level, double spread) {
  if (mean == PriorMean::bromide_equilibrium) return std::make_unique<BromideEquilibriumMean>(inputs);
  return std::make_unique<LinearMean>(inputs, mean == PriorMean::linear, level, spread);
}

}  // namespace nocturne
