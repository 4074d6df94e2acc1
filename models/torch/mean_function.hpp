#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "models/surrogate.hpp"

namespace nocturne {

/// A learnable constant of a prior mean: normal a priori.
struct MeanParameter {
  std::string name;  ///< with its unit, for people
  double mean = 0.0;
  double standard_deviation = 1.0;
};

/// Value and parameter derivatives of a mean function at a set of points.
struct MeanValues {
  Eigen::VectorXd value;     ///< n
  Eigen::MatrixXd jacobian;  ///< n x parameters
};

/// Derivatives with respect to the points: of m itself and of J(x) w, where J is the parameter Jacobian and
/// row i of a weight matrix w (n x parameters) belongs to point i.
struct MeanSlopes {
  Eigen::MatrixXd value;                  ///< n x dimensions
  std::vector<Eigen::MatrixXd> weighted;  ///< per weight matrix: n x dimensions
};

/// A prior mean m(x; theta) of one output on the unit cube, in the output's unit. Points are rows.
class MeanFunction {
 public:
  virtual ~MeanFunction() = default;
  virtual const std::vector<MeanParameter>& parameters() const = 0;
  virtual MeanValues values(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta) const = 0;
  virtual MeanSlopes slopes(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta,
                            const std::vector<Eigen::MatrixXd>& weights) const = 0;
  /// How strongly the output answers at each point to what the mean leaves out, per unit of the learned
  /// amplitude and scatter. `at` holds the mean there.
  virtual Eigen::VectorXd response(const MeanValues& at) const {
    return Eigen::VectorXd::Ones(at.value.size());
  }
  /// How it changes with the points: n x dimensions.
  virtual Eigen::MatrixXd response_slopes(const Eigen::MatrixXd& points,
                                          const Eigen::VectorXd& /*theta*/) const {
    return Eigen::MatrixXd::Zero(points.rows(), points.cols());
  }
};

/// `level` and `spread` are those of the output; physical means have their own level.
std::unique_ptr<MeanFunction> make_mean_function(const OutputPrior& prior,
                                                 const std::vector<InputScale>& inputs, double level,
                                                 double spread);

}  // namespace nocturne
