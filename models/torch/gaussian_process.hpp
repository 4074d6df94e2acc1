#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "models/torch/hyperparameters.hpp"
#include "models/torch/mean_function.hpp"

namespace nocturne {

/// The measured values of one output.
struct OutputData {
  Eigen::MatrixXd points;           ///< n x dimensions
  Eigen::VectorXd values;           ///< n
  Eigen::VectorXd standard_errors;  ///< n
};

/// One output: y = m(x; theta) + f(x) + noise, f a Gaussian process, theta the constants of the mean. Kernel
/// and scatter are maxima a posteriori; theta is integrated out, with m linearised where the data put it
/// (Rasmussen and Williams 2006, §2.7), so that what is not known of the constants widens the intervals.
class GaussianProcess {
 public:
  GaussianProcess(OutputPrior prior, std::vector<InputScale> inputs);

  void fit(const OutputData& data);
  void condition(const OutputData& data);

  Posterior posterior(const Eigen::MatrixXd& points) const;
  struct Marginals {
    Eigen::VectorXd mean, standard_deviation;              ///< n
    Eigen::MatrixXd mean_slope, standard_deviation_slope;  ///< n x dimensions
  };
  Marginals marginals(const Eigen::MatrixXd& points) const;
  double scatter() const { return hyper_.scatter; }
  std::vector<std::string> describe() const;

 private:
  /// Everything that depends on where a point is: covariances with the data and with the constants.
  struct Features {
    MeanValues mean;
    Eigen::MatrixXd cross;  ///< points x data, constants integrated out
  };
  void choose_scale(const OutputData& data);
  void learn(const OutputData& data);
  void find_constants(const OutputData& data);
  void factorize(const OutputData& data);
  Eigen::MatrixXd noise(const OutputData& data) const;
  Eigen::VectorXd prior_deviation() const;
  Features features(const Eigen::MatrixXd& points) const;
  Eigen::VectorXd mean_at(const Features& at) const;

  OutputPrior prior_;
  std::vector<InputScale> inputs_;
  std::unique_ptr<MeanFunction> mean_;
  HyperPrior hyper_prior_;
  Hyperparameters hyper_;
  Eigen::VectorXd theta_prior_, theta_,
      theta_variance_;                  // prior centre, point of linearisation, prior variance
  Eigen::MatrixXd points_, jacobian_;   // the data's, as far as prediction needs them
  Eigen::LLT<Eigen::MatrixXd> factor_;  // of the data's covariance, constants integrated out
  Eigen::VectorXd alpha_;               // covariance^-1 (values - prior mean)
};

}  // namespace nocturne
