#include "models/torch/gaussian_process.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

constexpr double kPhysicalSpread = 0.02;  // eV: by which studies of one emitter differ
constexpr double kSizeMisfit = 0.1;       // what a size model with learned constants misses, of the size
// Repeats differ by 0.8 nm at 507 nm and 2 to 5 nm at 450 nm on a flow bench: a few per cent of the size.
constexpr double kSizeScatter = 0.03;
constexpr double kSizeScatterWidth = 0.6;
// Constants stay within so many prior standard deviations, whatever nonsense was measured.
constexpr double kReach = 5.0;
constexpr double kOutlierDistance = 3.0;  // standard deviations from what all others say
constexpr double kSuspiciousDistance = 2.0;
constexpr double kBeyondByChance = 0.046;  // share of normal values at that distance or farther
constexpr double kOutlierGain = 4.0;       // ln evidence: one in ten, and a scale that had to be found
constexpr Eigen::Index kFewestForOutliers = 5;
// Nights differ a priori by half of what experiments scatter, within this factor (ln).
constexpr double kNightsToScatter = 0.5;
constexpr double kNightsWidth = 1.0;

std::string line(const std::string& what, double value) {
  char text[64];
  std::snprintf(text, sizeof text, " = %.6g", value);
  return what + text;
}

}  // namespace

GaussianProcess::GaussianProcess(OutputPrior prior, std::vector<InputScale> inputs)
    : prior_{std::move(prior)}, inputs_{std::move(inputs)} {
  const auto dimensions = static_cast<Eigen::Index>(inputs_.size());
  fit({Eigen::MatrixXd(0, dimensions), Eigen::VectorXd(0), Eigen::VectorXd(0), Eigen::VectorXi(0)});
}

void GaussianProcess::fit(const OutputData& data, const DriftPrior& drift) {
  choose_scale(data);
  nuisance_prior_.drift = drift;
  hyper_ = hyper_prior_.median();
  rows_.clear();
  night_ = data.night.size() > 0 ? kNightsToScatter * hyper_prior_.scatter : 0.0;
  theta_ = theta_prior_;
  const Eigen::Index n = data.values.size();
  Eigen::VectorXd extra = Eigen::VectorXd::Zero(n);
  log_evidence_ = 0.0;
  outliers_ = 0;
  if (n > kLearningLimit) {
    extra = learn_from_part(data);
  } else if (n > 0) {
    learn(data, extra);
    extra = find_outliers(data);
    log_evidence_ = learned_evidence(data, extra) - kOutlierGain * outliers_;
  }
  if (is_by_rows(data)) {
    refine(data, extra);
    rows_ = Inference::inducing_rows(covariance(), data.points);
    learn_nights(data, extra);
    return condition_on(data, extra);
  }
  if (n <= Inference::kExactLimit || !nuisance_prior_.drifts()) return condition_on(data, extra);
  // Inducing points know only noise that is each value's own.
  const Drifted off = drifted(data, part_of(data));
  OutputData now = data;
  now.values -= off.by;
  condition_on(now, extra + off.variance);
}

void GaussianProcess::write(LearnedNumbers& numbers) const {
  numbers.write(hyper_.kernel.amplitude);
  numbers.write(hyper_.kernel.lengths);
  numbers.write(hyper_.scatter);
  numbers.write(theta_);
  numbers.write(extra_variance_);
  numbers.write(static_cast<double>(outliers_));
  numbers.write(log_evidence_);
  numbers.write(night_);
  Eigen::VectorXd rows(static_cast<Eigen::Index>(rows_.size()));
  std::copy(rows_.begin(), rows_.end(), rows.begin());
  numbers.write(rows);
}

void GaussianProcess::recall(const OutputData& data, LearnedNumbers& numbers) {
  choose_scale(data);
  nuisance_prior_.drift = {};
  hyper_.kernel.amplitude = numbers.read();
  hyper_.kernel.lengths = numbers.read(static_cast<Eigen::Index>(inputs_.size()));
  hyper_.scatter = numbers.read();
  theta_ = numbers.read(theta_prior_.size());
  const Eigen::VectorXd extra = numbers.read(data.values.size());
  outliers_ = static_cast<int>(numbers.read());
  log_evidence_ = numbers.read();
  night_ = numbers.read();
  rows_.clear();
  for (const double row : numbers.read_all()) {
    if (!(row >= 0.0 && row < static_cast<double>(data.values.size())))
      throw std::invalid_argument{"these are the numbers of a fit to more data"};
    rows_.push_back(static_cast<Eigen::Index>(row));
  }
  if (is_by_rows(data) == rows_.empty())
    throw std::invalid_argument{"these are the numbers of a fit to other nights"};
  condition_on(data, extra);
}

// Many nights show how soon the process turns, once outliers are known.
void GaussianProcess::refine(const OutputData& data, const Eigen::VectorXd& extra) {
  const Eigen::Index step = 1 + (data.values.size() - 1) / kExactNights;
  const auto kept = [&](Eigen::Index i) { return i % step == 0; };
  const OutputData part = data.rows(kept);
  Eigen::VectorXd own(part.values.size());
  for (Eigen::Index i = 0; i < own.size(); ++i) own(i) = extra(i * step);
  learn(part, own);
}

OutputData GaussianProcess::part_of(const OutputData& data) const {
  const Eigen::Index step = learning_step(data.values.size());
  return data.rows([&](Eigen::Index i) { return i % step == 0; });
}

GaussianProcess::Drifted GaussianProcess::drifted(const OutputData& data, const OutputData& part) const {
  const Eigen::Index n = data.values.size();
  if (!nuisance_prior_.drifts()) return {Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n)};
  const Eigen::MatrixXd cross = drift_covariance(nuisance_prior_, data, part);
  const Eigen::VectorXd known = (inference_->weights(cross).array() * cross.array()).rowwise().sum();
  return {cross * inference_->alpha(), (drift_variance(nuisance_prior_, data) - known).cwiseMax(0.0)};
}

// Every so many values teach the parameters; what they say of the others tells which of those are outliers.
Eigen::VectorXd GaussianProcess::learn_from_part(const OutputData& data) {
  const Eigen::Index n = data.values.size();
  const Eigen::Index step = learning_step(n);
  const OutputData part = part_of(data);
  learn(part, Eigen::VectorXd::Zero(part.values.size()));
  const Eigen::VectorXd own = find_outliers(part);
  log_evidence_ = learned_evidence(part, own) - kOutlierGain * outliers_;
  condition_on(part, own);
  const Marginals belief = marginals(data.points);
  const Drifted off = drifted(data, part);
  const MeanValues at = mean_->values(data.points, theta_);
  const Eigen::VectorXd variance = belief.standard_deviation.array().square() +
                                   noise_variance(data, at).array() + off.variance.array() +
                                   (night_ * mean_->response(at).array()).square();
  Eigen::VectorXd extra = Eigen::VectorXd::Zero(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double error = data.values(i) - off.by(i) - belief.mean(i);
    if (i % step == 0)
      extra(i) = own(i / step);
    else if (std::abs(error) > kOutlierDistance * std::sqrt(variance(i)))
      extra(i) = error * error;
  }
  outliers_ = static_cast<int>((extra.array() > 0.0).count());
  return extra;
}

void GaussianProcess::condition_on(const OutputData& data, const Eigen::VectorXd& extra) {
  extra_variance_ = extra;
  inference_ = conditioned(data, extra);
  const MeanValues at = mean_->values(inference_->support(), theta_);
  jacobian_ = at.jacobian;
  response_ = mean_->response(at);
}

void GaussianProcess::choose_scale(const OutputData& data) {
  const Eigen::Index n = data.values.size();
  const double center = n > 0 ? data.values.mean() : 0.0;
  const double level = prior_.level.value_or(center);
  const bool physical = prior_.mean == PriorMean::bromide_equilibrium;
  double spread = physical ? kPhysicalSpread : std::max(std::abs(level), 1e-6);
  if (n > 1 && !physical) {
    const double found =
        std::sqrt((data.values.array() - center).square().sum() / static_cast<double>(n - 1));
    if (found > 1e-9 * std::max(std::abs(center), 1e-6)) spread = found;
  }
  if (prior_.spread) spread = *prior_.spread;
  mean_ = make_mean_function(prior_, inputs_, level, spread);
  hyper_prior_.dimensions = static_cast<int>(inputs_.size());
  hyper_prior_.amplitude = physical ? kSizeMisfit : 0.7 * spread;
  hyper_prior_.scatter = physical ? kSizeScatter : 0.1 * spread;
  hyper_prior_.scatter_width = physical ? kSizeScatterWidth : 1.0;
  nuisance_prior_ = {0.5 * spread, 0.3 * spread, hyper_prior_.median().kernel.lengths};
  const auto& parameters = mean_->parameters();
  theta_prior_.resize(static_cast<Eigen::Index>(parameters.size()));
  theta_variance_.resize(theta_prior_.size());
  for (Eigen::Index i = 0; i < theta_prior_.size(); ++i) {
    const auto& parameter = parameters[static_cast<std::size_t>(i)];
    theta_prior_(i) = parameter.mean;
    theta_variance_(i) = parameter.standard_deviation * parameter.standard_deviation;
  }
}

Eigen::VectorXd GaussianProcess::noise_variance(const OutputData& data, const MeanValues& at) const {
  const Eigen::ArrayXd scatter = hyper_.scatter * mean_->response(at).array();
  return data.standard_errors.array().square() + scatter.square();
}

// Distance from the prior mean with its constants at their prior centre, linearised at theta_.
Eigen::VectorXd GaussianProcess::residuals(const OutputData& data, const MeanValues& at) const {
  return data.values - at.value - at.jacobian * (theta_prior_ - theta_);
}

Eigen::MatrixXd GaussianProcess::process_covariance(const Eigen::MatrixXd& a, const MeanValues& at_a,
                                                    const Eigen::MatrixXd& b,
                                                    const Eigen::VectorXd& response_b) const {
  return mean_->response(at_a).asDiagonal() * hyper_.kernel(a, b) * response_b.asDiagonal();
}

Eigen::MatrixXd GaussianProcess::process_slopes(const Eigen::MatrixXd& points, const MeanValues& at,
                                                const Eigen::MatrixXd& places,
                                                const Eigen::VectorXd& response,
                                                const Eigen::MatrixXd& response_slopes,
                                                const Eigen::MatrixXd& weights) const {
  const Eigen::MatrixXd scaled = weights * response.asDiagonal();
  const Eigen::VectorXd sums = scaled.cwiseProduct(hyper_.kernel(points, places)).rowwise().sum();
  return mean_->response(at).asDiagonal() * hyper_.kernel.slopes(points, places, scaled) +
         sums.asDiagonal() * response_slopes;
}

// Of the process and of the constants of its mean.
Covariance GaussianProcess::covariance() const {
  return [this](const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) -> Eigen::MatrixXd {
    const MeanValues at_a = mean_->values(a, theta_), at_b = mean_->values(b, theta_);
    return process_covariance(a, at_a, b, mean_->response(at_b)) +
           at_a.jacobian * theta_variance_.asDiagonal() * at_b.jacobian.transpose();
  };
}

// What values have in common with each other and not with what is asked for.
Eigen::MatrixXd GaussianProcess::common_covariance(const OutputData& data, const MeanValues& at,
                                                   double night) const {
  Eigen::MatrixXd result = nuisance_covariance(nuisance_prior_, data);
  if (data.night.size() == 0) return result;
  const Eigen::MatrixXd shared = night * night_shares(data, mean_->response(at));
  return result + shared * shared.transpose();
}

// The most probable size of what nights differ by, all else as it is. With nights of variance v the evidence
// is, but for a constant, -ln|1 + v G|/2 + v g' (1 + v G)^-1 g/2, by the Sharing (G, g) of the values
// without.
void GaussianProcess::learn_nights(const OutputData& data, const Eigen::VectorXd& extra) {
  constexpr double kWidest = 3.0, kStep = 0.02;
  const Eigen::MatrixXd shares = night_shares(data, mean_->response(mean_->values(data.points, theta_)));
  const Inference::Sharing sharing = conditioned(data, extra, 0.0).sharing(shares);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> along{sharing.gram};
  const Eigen::ArrayXd gram = along.eigenvalues().cwiseMax(0.0);
  const Eigen::ArrayXd pull = along.eigenvectors().transpose() * sharing.pull;
  double most = -std::numeric_limits<double>::infinity();
  for (double u = -kWidest; u <= kWidest; u += kStep) {
    const double night = kNightsToScatter * hyper_prior_.scatter * std::exp(kNightsWidth * u);
    const Eigen::ArrayXd with = 1.0 + night * night * gram;
    const double density =
        0.5 * (night * night * (pull.square() / with).sum() - with.log().sum()) - 0.5 * u * u;
    if (!(density > most)) continue;
    most = density;
    night_ = night;
  }
}

// Constants and kernel in turn: each knows the other's last state.
void GaussianProcess::learn(const OutputData& data, const Eigen::VectorXd& extra) {
  constexpr int kRounds = 2;
  for (int round = 0; round < kRounds; ++round) {
    find_constants(data, extra);
    const MeanValues at = mean_->values(data.points, theta_);
    Eigen::MatrixXd fixed = common_covariance(data, at, night_) +
                            at.jacobian * theta_variance_.asDiagonal() * at.jacobian.transpose();
    fixed.diagonal() += data.standard_errors.array().square().matrix() + extra;
    const Eigen::VectorXd shrink = mean_->response(at).cwiseInverse();
    fixed = shrink.asDiagonal() * fixed * shrink.asDiagonal();
    hyper_ = learn_hyperparameters(hyper_prior_, data.points, shrink.cwiseProduct(residuals(data, at)), fixed,
                                   hyper_);
    if (data.night.size() > 0) learn_nights(data, extra);
  }
  find_constants(data, extra);
}

// Gauss-Newton with step halving on the log posterior of the constants.
void GaussianProcess::find_constants(const OutputData& data, const Eigen::VectorXd& extra) {
  MeanValues at = mean_->values(data.points, theta_);
  Eigen::MatrixXd around = process_covariance(data.points, at, data.points, mean_->response(at)) +
                           common_covariance(data, at, night_);
  around.diagonal() += noise_variance(data, at) + extra;
  around.diagonal().array() += 1e-10 * around.diagonal().mean();
  const Eigen::LLT<Eigen::MatrixXd> factor{around};
  const auto cost = [&](const Eigen::VectorXd& theta, const MeanValues& there) {
    const Eigen::VectorXd misfit = factor.matrixL().solve(data.values - there.value);
    return misfit.squaredNorm() + ((theta - theta_prior_).array().square() / theta_variance_.array()).sum();
  };
  const Eigen::VectorXd reach = kReach * theta_variance_.cwiseSqrt();
  constexpr int kSteps = 20;
  double current = cost(theta_, at);
  for (int step = 0; step < kSteps; ++step) {
    Eigen::MatrixXd curvature = at.jacobian.transpose() * factor.solve(at.jacobian);
    curvature.diagonal() += theta_variance_.cwiseInverse();
    const Eigen::VectorXd pull = at.jacobian.transpose() * factor.solve(data.values - at.value) -
                                 (theta_ - theta_prior_).cwiseQuotient(theta_variance_);
    const Eigen::VectorXd move = curvature.llt().solve(pull);
    double gain = 0.0;
    for (double share = 1.0; share > 0.01 && gain <= 0.0; share *= 0.5) {
      const Eigen::VectorXd theta =
          (theta_ + share * move).cwiseMax(theta_prior_ - reach).cwiseMin(theta_prior_ + reach);
      const MeanValues there = mean_->values(data.points, theta);
      const double next = cost(theta, there);
      if (!(next < current)) continue;
      gain = current - next;
      theta_ = theta;
      at = there;
      current = next;
    }
    if (gain < 1e-6 * (1.0 + current)) return;
  }
}

Inference GaussianProcess::by_rows(const OutputData& data, const Eigen::VectorXd& extra, double night) const {
  const MeanValues at = mean_->values(data.points, theta_);
  const Eigen::VectorXd own = noise_variance(data, at) + extra + study_variance(nuisance_prior_, data);
  const Eigen::MatrixXd shared = night * night_shares(data, mean_->response(at));
  return Inference::from_rows(rows_, covariance(), data.points, own, shared, residuals(data, at));
}

Inference GaussianProcess::conditioned(const OutputData& data, const Eigen::VectorXd& extra,
                                       double night) const {
  if (is_by_rows(data)) return by_rows(data, extra, night);
  const MeanValues at = mean_->values(data.points, theta_);
  const Eigen::VectorXd own = noise_variance(data, at) + extra;
  if (data.values.size() > Inference::kExactLimit)
    return Inference::from_many(covariance(), data.points, own + study_variance(nuisance_prior_, data),
                                residuals(data, at));
  Eigen::MatrixXd noise = common_covariance(data, at, night);
  noise.diagonal() += own;
  return {covariance(), data.points, noise, residuals(data, at)};
}

double GaussianProcess::learned_evidence(const OutputData& data, const Eigen::VectorXd& extra) const {
  return conditioned(data, extra).log_evidence() + hyper_prior_.log_density(hyper_);
}

// Gives these values the variance that explains how far they are from what all others say, if the evidence
// gains by it more than such outliers cost.
bool GaussianProcess::explain(const OutputData& data, const std::vector<Eigen::Index>& rows,
                              const Inference::LeaveOneOut& without, Eigen::VectorXd& extra,
                              double& evidence) {
  Eigen::VectorXd more = extra;
  for (const Eigen::Index row : rows)
    more(row) += std::pow(without.distance(row) * without.standard_deviation(row), 2);
  const Hyperparameters hyper = hyper_;
  const Eigen::VectorXd theta = theta_;
  learn(data, more);
  const double next = learned_evidence(data, more);
  if (next < evidence + kOutlierGain * static_cast<double>(rows.size())) {
    hyper_ = hyper;
    theta_ = theta;
    return false;
  }
  evidence = next;
  extra = more;
  outliers_ += static_cast<int>(rows.size());
  return true;
}

// First all suspicious ones together, because outliers hide each other, then greedily the one that the others
// contradict most.
Eigen::VectorXd GaussianProcess::find_outliers(const OutputData& data) {
  const Eigen::Index n = data.values.size();
  Eigen::VectorXd extra = Eigen::VectorXd::Zero(n);
  if (n < kFewestForOutliers) return extra;
  const auto most = static_cast<std::size_t>((n + 4) / 5);
  double evidence = learned_evidence(data, extra);
  auto without = conditioned(data, extra).leave_one_out();
  std::vector<Eigen::Index> suspicious;
  for (Eigen::Index i = 0; i < n; ++i)
    if (std::abs(without.distance(i)) > kSuspiciousDistance) suspicious.push_back(i);
  const double by_chance = kBeyondByChance * static_cast<double>(n);
  if (static_cast<double>(suspicious.size()) > 1.0 + by_chance && suspicious.size() <= most)
    explain(data, suspicious, without, extra, evidence);
  while (static_cast<std::size_t>(outliers_) < most) {
    without = conditioned(data, extra).leave_one_out();
    Eigen::Index worst = 0;
    if (!(without.distance.cwiseAbs().maxCoeff(&worst) > kOutlierDistance)) break;
    if (!explain(data, {worst}, without, extra, evidence)) break;
  }
  return extra;
}

Eigen::VectorXd GaussianProcess::mean_at(const MeanValues& at, const Eigen::MatrixXd& cross) const {
  return at.value + at.jacobian * (theta_prior_ - theta_) + cross * inference_->alpha();
}

Posterior GaussianProcess::posterior(const Eigen::MatrixXd& points) const {
  const Eigen::MatrixXd cross = covariance()(points, inference_->support());
  Posterior result{mean_at(mean_->values(points, theta_), cross), covariance()(points, points)};
  result.covariance -= inference_->weights(cross) * cross.transpose();
  return result;
}

Eigen::VectorXd GaussianProcess::prior_variance(const MeanValues& at) const {
  return (hyper_.kernel.amplitude * mean_->response(at)).cwiseAbs2() +
         ((at.jacobian * theta_variance_.asDiagonal()).array() * at.jacobian.array())
             .rowwise()
             .sum()
             .matrix();
}

GaussianProcess::Marginals GaussianProcess::marginals(const Eigen::MatrixXd& points) const {
  const Eigen::MatrixXd& support = inference_->support();
  const MeanValues at = mean_->values(points, theta_);
  const Eigen::MatrixXd scaled = at.jacobian * theta_variance_.asDiagonal();
  const Eigen::MatrixXd cross =
      process_covariance(points, at, support, response_) + scaled * jacobian_.transpose();
  const Eigen::MatrixXd weights = inference_->weights(cross);
  const Eigen::VectorXd prior = prior_variance(at);
  const Eigen::VectorXd variance =
      (prior.array() - (weights.array() * cross.array()).rowwise().sum()).max(1e-12 * prior.array());
  Marginals result{mean_at(at, cross), variance.cwiseSqrt(), {}, {}};

  const Eigen::VectorXd& alpha = inference_->alpha();
  const Eigen::VectorXd pull =
      theta_prior_ - theta_ + theta_variance_.asDiagonal() * (jacobian_.transpose() * alpha);
  const Eigen::MatrixXd left = scaled - weights * jacobian_ * theta_variance_.asDiagonal();
  const MeanSlopes slope =
      mean_->slopes(points, theta_, {pull.transpose().replicate(points.rows(), 1), 2.0 * left});
  const Eigen::MatrixXd turn = mean_->response_slopes(points, theta_);
  result.mean_slope =
      slope.value + slope.weighted[0] +
      process_slopes(points, at, support, response_, turn, alpha.transpose().replicate(points.rows(), 1));
  const Eigen::VectorXd own = 2.0 * std::pow(hyper_.kernel.amplitude, 2) * mean_->response(at);
  const Eigen::MatrixXd variance_slope = slope.weighted[1] + own.asDiagonal() * turn +
                                         process_slopes(points, at, support, response_, turn, -2.0 * weights);
  result.standard_deviation_slope =
      variance_slope.array().colwise() / (2.0 * result.standard_deviation.array());
  return result;
}

Eigen::VectorXd GaussianProcess::scatter(const Eigen::MatrixXd& points) const {
  return hyper_.scatter * mean_->response(mean_->values(points, theta_));
}

std::vector<std::string> GaussianProcess::describe(const std::string& name) const {
  std::vector<std::string> lines;
  const std::string share = prior_.mean == PriorMean::bromide_equilibrium ? " (share of the size)" : "";
  const auto& parameters = mean_->parameters();
  const Eigen::VectorXd posterior =
      theta_prior_ + theta_variance_.asDiagonal() * (jacobian_.transpose() * inference_->alpha());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    lines.push_back(line(name + parameters[i].name, posterior(static_cast<Eigen::Index>(i))));
  lines.push_back(line(name + "amplitude of what the mean misses" + share, hyper_.kernel.amplitude));
  for (std::size_t j = 0; j < inputs_.size(); ++j)
    lines.push_back(line(name + "length of " + inputs_[j].name + " (share of its range)",
                         hyper_.kernel.lengths(static_cast<Eigen::Index>(j))));
  lines.push_back(line(name + "scatter of repeats" + share, hyper_.scatter));
  if (night_ > 0.0) lines.push_back(line(name + "scatter of nights" + share, night_));
  if (outliers_ > 0) lines.push_back(line(name + "values taken for outliers", outliers_));
  return lines;
}

}  // namespace nocturne
