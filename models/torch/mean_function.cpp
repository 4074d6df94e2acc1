#include "models/torch/mean_function.hpp"

#include <cmath>

#include "models/torch/bromide_equilibrium.hpp"

namespace nocturne {
namespace {

// The change of the natural scale of an input from one end of its range to the other: K, or e-folds.
double natural_range(const InputScale& input) {
  const bool temperature = input.name == "temperature_C";
  return temperature || input.low <= 0.0 ? input.high - input.low : std::log(input.high / input.low);
}

/// A level, and slopes over the cube if asked for.
class LinearMean final : public MeanFunction {
 public:
  LinearMean(const OutputPrior& prior, const std::vector<InputScale>& inputs, double level, double spread) {
    parameters_.push_back({"level", level, spread});
    if (prior.mean != PriorMean::linear) return;
    for (const auto& input : inputs) {
      MeanParameter slope{"slope with " + input.name, 0.0, spread};
      if (const auto known = prior.slopes.find(input.name); known != prior.slopes.end()) {
        slope.mean = known->second.value * natural_range(input);
        slope.standard_deviation = known->second.standard_error * natural_range(input);
      }
      parameters_.push_back(slope);
    }
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

std::unique_ptr<MeanFunction> make_mean_function(const OutputPrior& prior,
                                                 const std::vector<InputScale>& inputs, double level,
                                                 double spread) {
  if (prior.mean == PriorMean::bromide_equilibrium)
    return std::make_unique<BromideEquilibriumMean>(prior.sizing, inputs);
  return std::make_unique<LinearMean>(prior, inputs, level, spread);
}

}  // namespace nocturne
