#include "models/torch/hyperparameters.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nocturne {
namespace {

// Order of the parameters: ln amplitude, ln lengths, ln scatter.
Eigen::VectorXd pack(const Hyperparameters& h) {
  const auto d = h.kernel.lengths.size();
  Eigen::VectorXd packed(d + 2);
  packed << std::log(h.kernel.amplitude), h.kernel.lengths.array().log().matrix(), std::log(h.scatter);
  return packed;
}

Hyperparameters unpack(const Eigen::VectorXd& packed) {
  const auto d = packed.size() - 2;
  return {{std::exp(packed(0)), packed.segment(1, d).array().exp()}, std::exp(packed(d + 1))};
}

Eigen::VectorXd widths(const HyperPrior& prior) {
  Eigen::VectorXd result = Eigen::VectorXd::Constant(prior.dimensions + 2, prior.length_width);
  result(0) = prior.amplitude_width;
  result(prior.dimensions + 1) = prior.scatter_width;
  return result;
}

/// A tensor that looks at Eigen's memory, which must outlive it. Columns become rows.
torch::Tensor view(Eigen::MatrixXd& matrix) {
  return torch::from_blob(matrix.data(), {matrix.cols(), matrix.rows()}, torch::kFloat64);
}

/// Negative log posterior of the hyper-parameters, in units of their prior: u = (ln h - center)/width.
class Evidence {
 public:
  Evidence(const HyperPrior& prior, const Eigen::MatrixXd& points, const Eigen::VectorXd& residuals,
           const Eigen::MatrixXd& fixed)
      : residuals_{residuals}, fixed_{fixed}, dimensions_{points.cols()}, center_{pack(prior.median())} {
    width_ = widths(prior);
    const Eigen::Index n = points.rows();
    Eigen::MatrixXd squares(dimensions_, n * (n - 1) / 2);
    Eigen::Index pair = 0;
    for (Eigen::Index j = 0; j < n; ++j)
      for (Eigen::Index i = j + 1; i < n; ++i)
        squares.col(pair++) = 5.0 * (points.row(i) - points.row(j)).array().square().transpose();
    squares_ = view(squares).clone();
  }

  struct Value {
    double value = std::numeric_limits<double>::infinity();
    Eigen::VectorXd slope;
  };

  /// Infinite where the covariance is not positive definite.
  Value operator()(const Eigen::VectorXd& u) const {
    Eigen::MatrixXd packed = center_ + width_.cwiseProduct(u);
    const auto h = view(packed)[0].clone().requires_grad_(true);
    const auto variance = torch::exp(2.0 * h[0]), scatter = torch::exp(2.0 * h[dimensions_ + 1]);
    // The offset keeps the square root differentiable where points coincide.
    const auto r = torch::sqrt(torch::mv(squares_, torch::exp(-2.0 * h.narrow(0, 1, dimensions_))) + 1e-20);
    const auto kernel = variance * (1.0 + r + r.square() / 3.0) * torch::exp(-r);

    Eigen::MatrixXd covariance = assemble(kernel, variance.item<double>() + scatter.item<double>());
    const auto [factor, info] = torch::linalg_cholesky_ex(view(covariance));
    if (info.item<int>() != 0) return {};
    const auto inverse_tensor = torch::cholesky_inverse(factor).contiguous();
    const Eigen::Map<const Eigen::MatrixXd> inverse{inverse_tensor.data_ptr<double>(), covariance.rows(),
                                                    covariance.cols()};
    const Eigen::VectorXd alpha = inverse * residuals_;
    Value result;
    result.value =
        0.5 * residuals_.dot(alpha) + factor.diagonal().log().sum().item<double>() + 0.5 * u.squaredNorm();
    // d value/d covariance is known in closed form; autograd carries it on to the parameters.
    const Eigen::MatrixXd weight = inverse - alpha * alpha.transpose();
    Eigen::MatrixXd pairs = lower_half(weight);
    (torch::dot(view(pairs)[0], kernel) + 0.5 * weight.trace() * (variance + scatter)).backward();
    result.slope =
        Eigen::Map<const Eigen::VectorXd>{h.grad().data_ptr<double>(), u.size()}.cwiseProduct(width_) + u;
    return result;
  }

  Eigen::VectorXd to_units(const Hyperparameters& h) const {
    return (pack(h) - center_).cwiseQuotient(width_);
  }
  Hyperparameters from_units(const Eigen::VectorXd& u) const {
    return unpack(center_ + width_.cwiseProduct(u));
  }

 private:
  Eigen::MatrixXd assemble(const torch::Tensor& kernel, double diagonal) const {
    Eigen::MatrixXd covariance = fixed_;
    covariance.diagonal().array() += diagonal;
    const double* pair = kernel.data_ptr<double>();
    for (Eigen::Index j = 0; j < covariance.cols(); ++j)
      for (Eigen::Index i = j + 1; i < covariance.rows(); ++i, ++pair) {
        covariance(i, j) += *pair;
        covariance(j, i) = covariance(i, j);
      }
    return covariance;
  }

  static Eigen::MatrixXd lower_half(const Eigen::MatrixXd& matrix) {
    const Eigen::Index n = matrix.rows();
    Eigen::MatrixXd pairs(n * (n - 1) / 2, 1);
    Eigen::Index at = 0;
    for (Eigen::Index j = 0; j < n; ++j, at += n - j)
      pairs.col(0).segment(at, n - j - 1) = matrix.col(j).tail(n - j - 1);
    return pairs;
  }

  const Eigen::VectorXd& residuals_;
  const Eigen::MatrixXd& fixed_;
  Eigen::Index dimensions_;
  Eigen::VectorXd center_, width_;
  torch::Tensor squares_;
};

struct Found {
  Eigen::VectorXd u;
  Evidence::Value at;
};

// BFGS with step halving (Nocedal and Wright 2006, algorithm 6.1); the prior's units make the first step fit.
Found descend(const Evidence& evidence, Eigen::VectorXd u) {
  constexpr int kSteps = 30;
  constexpr double kEnough = 1e-3;  // of the log posterior
  Found best{u, evidence(u)};
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(u.size(), u.size());
  for (int step = 0; step < kSteps && std::isfinite(best.at.value); ++step) {
    Eigen::VectorXd move = -inverse * best.at.slope;
    const double gain = -move.dot(best.at.slope);
    if (gain < kEnough) break;
    move *= std::min(1.0, 2.0 / move.norm());
    Found next{best.u + move, evidence(best.u + move)};
    for (int half = 0; half < 8 && !(next.at.value < best.at.value); ++half) {
      move *= 0.4;
      next = {best.u + move, evidence(best.u + move)};
    }
    if (!(next.at.value < best.at.value)) break;
    const Eigen::VectorXd bend = next.at.slope - best.at.slope;
    const double curvature = bend.dot(move);
    if (curvature > 1e-12) {
      const Eigen::MatrixXd project =
          Eigen::MatrixXd::Identity(u.size(), u.size()) - move * bend.transpose() / curvature;
      inverse = project * inverse * project.transpose() + move * move.transpose() / curvature;
    }
    best = next;
  }
  return best;
}

}  // namespace

Hyperparameters HyperPrior::median() const {
  const double root = std::sqrt(static_cast<double>(dimensions));
  return {{amplitude, Eigen::VectorXd::Constant(dimensions, length * root)}, scatter};
}

double HyperPrior::log_density(const Hyperparameters& h) const {
  return -0.5 * (pack(h) - pack(median())).cwiseQuotient(widths(*this)).squaredNorm();
}

Hyperparameters learn_hyperparameters(const HyperPrior& prior, const Eigen::MatrixXd& points,
                                      const Eigen::VectorXd& residuals, const Eigen::MatrixXd& fixed,
                                      const Hyperparameters& start) {
  const Evidence evidence{prior, points, residuals, fixed};
  return evidence.from_units(descend(evidence, evidence.to_units(start)).u);
}

}  // namespace nocturne
