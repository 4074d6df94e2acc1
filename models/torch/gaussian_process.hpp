#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "models/torch/hyperparameters.hpp"
#include "models/torch/inference.hpp"
#include "models/torch/learned_numbers.hpp"
#include "models/torch/mean_function.hpp"
#include "models/torch/nuisance.hpp"

namespace nocturne {

/// One output: y = m(x; theta) + s(x) (f(x) + scatter) + noise, f a Gaussian process, theta the constants of
/// the mean and s its response, taken where the data put theta. Kernel
/// and scatter are maxima a posteriori; theta is integrated out, with m linearised where the data put it
/// (Rasmussen and Williams 2006, §2.7), so that what is not known of the constants widens the intervals.
/// What the nights of a bench differ by answers like the scatter; how large it is, is learned as well.
/// Values that the others contradict get a noise of their own (relevance pursuit, Ament et al. 2024,
/// arXiv:2410.24222).
class GaussianProcess {
 public:
  GaussianProcess(OutputPrior prior, std::vector<InputScale> inputs);

  void fit(const OutputData& data, const DriftPrior& drift = {});
  /// What the last fit without a drift found.
  void write(LearnedNumbers& numbers) const;
  /// The same belief from it, on the same data. Throws std::invalid_argument for numbers that cannot be of
  /// them.
  void recall(const OutputData& data, LearnedNumbers& numbers);
  /// Of values from nights, inference is exact on no more, and in the end so many teach the parameters.
  static constexpr Eigen::Index kExactNights = 500;
  /// Parameters gain little from more values, and cost their number cubed.
  static constexpr Eigen::Index kLearningLimit = 250;
  /// Of `values`, every so many is learned from.
  static Eigen::Index learning_step(Eigen::Index values) { return 1 + (values - 1) / kLearningLimit; }
  /// ln of the density of the values that were learned from and, at their best, of the learned kernel and
  /// scatter, less what outliers cost.
  double log_evidence() const { return log_evidence_; }

  Posterior posterior(const Eigen::MatrixXd& points) const;
  struct Marginals {
    Eigen::VectorXd mean, standard_deviation;              ///< n
    Eigen::MatrixXd mean_slope, standard_deviation_slope;  ///< n x dimensions
  };
  Marginals marginals(const Eigen::MatrixXd& points) const;
  /// Joint draws of this output; see JointDraws.
  class Draws {
   public:
    /// `normals`: (anchors + 1) x draws.
    Draws(const GaussianProcess& process, const Eigen::MatrixXd& anchors, const Eigen::MatrixXd& normals);
    const Eigen::MatrixXd& at_anchors() const { return at_anchors_; }
    Eigen::MatrixXd at(const Eigen::MatrixXd& points) const;
    Eigen::MatrixXd slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd& weights) const;

   private:
    struct Spread;
    Spread spread(const Eigen::MatrixXd& points, const MeanValues& at) const;

    const GaussianProcess& process_;
    Eigen::MatrixXd places_, jacobian_;  ///< support of the inference, then the anchors
    Eigen::VectorXd response_;           ///< there
    Eigen::MatrixXd at_anchors_;
    Eigen::MatrixXd alpha_;        ///< places x draws
    Eigen::MatrixXd anchor_side_;  ///< places x anchors: c(x, places) times it is the belief's covariance
    Eigen::MatrixXd anchor_root_;  ///< lower factor of the anchors' covariance
    Eigen::RowVectorXd normals_;   ///< of the other point
  };
  Eigen::VectorXd scatter(const Eigen::MatrixXd& points) const;
  /// One line per parameter, each beginning with `name`.
  std::vector<std::string> describe(const std::string& name) const;

 private:
  void choose_scale(const OutputData& data);
  void learn(const OutputData& data, const Eigen::VectorXd& extra);
  void find_constants(const OutputData& data, const Eigen::VectorXd& extra);
  Eigen::VectorXd find_outliers(const OutputData& data);
  bool explain(const OutputData& data, const std::vector<Eigen::Index>& rows,
               const Inference::LeaveOneOut& without, Eigen::VectorXd& extra, double& evidence);
  Eigen::VectorXd learn_from_part(const OutputData& data);
  /// By how much the values that inference is on, `part`, say that these differ from what they would read
  /// now.
  struct Drifted {
    Eigen::VectorXd by, variance;
  };
  Drifted drifted(const OutputData& data, const OutputData& part) const;
  void refine(const OutputData& data, const Eigen::VectorXd& extra);
  OutputData part_of(const OutputData& data) const;
  void condition_on(const OutputData& data, const Eigen::VectorXd& extra);
  double learned_evidence(const OutputData& data, const Eigen::VectorXd& extra) const;
  Inference conditioned(const OutputData& data, const Eigen::VectorXd& extra) const {
    return conditioned(data, extra, night_);
  }
  Inference conditioned(const OutputData& data, const Eigen::VectorXd& extra, double night) const;
  bool is_by_rows(const OutputData& data) const {
    return data.night.size() > 0 && data.values.size() > kExactNights;
  }
  void learn_nights(const OutputData& data, const Eigen::VectorXd& extra);
  Inference by_rows(const OutputData& data, const Eigen::VectorXd& extra, double night) const;
  Eigen::MatrixXd common_covariance(const OutputData& data, const MeanValues& at, double night) const;
  Eigen::VectorXd noise_variance(const OutputData& data, const MeanValues& at) const;
  Eigen::VectorXd residuals(const OutputData& data, const MeanValues& at) const;
  Covariance covariance() const;
  /// s k s' between points where the mean is known.
  Eigen::MatrixXd process_covariance(const Eigen::MatrixXd& a, const MeanValues& at_a,
                                     const Eigen::MatrixXd& b, const Eigen::VectorXd& response_b) const;
  /// How sum_k weights(i, k) s_i k(i, k) s_k changes with point i.
  Eigen::MatrixXd process_slopes(const Eigen::MatrixXd& points, const MeanValues& at,
                                 const Eigen::MatrixXd& places, const Eigen::VectorXd& response,
                                 const Eigen::MatrixXd& response_slopes,
                                 const Eigen::MatrixXd& weights) const;
  Eigen::VectorXd mean_at(const MeanValues& at, const Eigen::MatrixXd& cross) const;
  Eigen::VectorXd prior_variance(const MeanValues& at) const;

  OutputPrior prior_;
  std::vector<InputScale> inputs_;
  std::unique_ptr<MeanFunction> mean_;
  HyperPrior hyper_prior_;
  NuisancePrior nuisance_prior_;
  Hyperparameters hyper_;
  double night_ = 0.0;              // standard deviation of nights, per response; 0 = no nights
  std::vector<Eigen::Index> rows_;  // of the data, that inference by rows is on
  Eigen::VectorXd theta_prior_, theta_,
      theta_variance_;  // prior centre, point of linearisation, prior variance
  double log_evidence_ = 0.0;
  int outliers_ = 0;
  Eigen::VectorXd extra_variance_;  // of outliers, by value
  std::optional<Inference> inference_;
  Eigen::MatrixXd jacobian_;  // at its support
  Eigen::VectorXd response_;
};

}  // namespace nocturne
