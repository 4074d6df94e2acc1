#include "models/torch/torch_surrogate.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

OutputData output_of(const TrainingData& data, Eigen::Index output) {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < data.points.rows(); ++i)
    if (std::isfinite(data.values(i, output)) && data.points.row(i).allFinite()) rows.push_back(i);
  const auto n = static_cast<Eigen::Index>(rows.size());
  OutputData result{Eigen::MatrixXd(n, data.points.cols()), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index row = rows[static_cast<std::size_t>(i)];
    const double error = data.standard_errors(row, output);
    result.points.row(i) = data.points.row(row);
    result.values(i) = data.values(row, output);
    result.standard_errors(i) = std::isfinite(error) ? std::abs(error) : 0.0;
  }
  return result;
}

// Standard normal numbers by Box and Muller: the same on every standard library.
Eigen::MatrixXd normal_numbers(Eigen::Index rows, Eigen::Index columns, std::mt19937_64& engine) {
  const auto uniform = [&] { return (static_cast<double>(engine() >> 11) + 0.5) * 0x1.0p-53; };
  Eigen::MatrixXd result(rows, columns);
  for (Eigen::Index i = 0; i < result.size(); ++i) {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    result(i) = radius * std::cos(2.0 * 3.14159265358979323846 * uniform());
  }
  return result;
}

Eigen::MatrixXd square_root(const Eigen::MatrixXd& covariance) {
  const double level = std::max(covariance.diagonal().maxCoeff(), 1e-300);
  for (double jitter = 1e-12; jitter < 1.0; jitter *= 10.0) {
    Eigen::MatrixXd lifted = covariance;
    lifted.diagonal().array() += jitter * level;
    const Eigen::LLT<Eigen::MatrixXd> factor{lifted};
    if (factor.info() == Eigen::Success) return factor.matrixL();
  }
  throw std::runtime_error{"a posterior covariance is not positive definite"};
}

}  // namespace

TorchSurrogate::TorchSurrogate(const SurrogateOptions& options)
    : dimensions_{static_cast<Eigen::Index>(options.inputs.size())} {
  if (options.outputs.empty()) throw std::invalid_argument{"a surrogate needs at least one output"};
  at::set_num_threads(1);
  at::globalContext().setDeterministicAlgorithms(true, false);
  processes_.reserve(options.outputs.size());
  for (const auto& output : options.outputs) processes_.emplace_back(output, options.inputs);
}

void TorchSurrogate::check(const TrainingData& data) const {
  const auto outputs = static_cast<Eigen::Index>(processes_.size());
  const Eigen::Index n = data.points.rows();
  if (data.points.cols() != dimensions_ || data.values.rows() != n || data.values.cols() != outputs ||
      data.standard_errors.rows() != n || data.standard_errors.cols() != outputs)
    throw std::invalid_argument{"training data do not have the surrogate's inputs and outputs"};
}

void TorchSurrogate::fit(const TrainingData& data) {
  check(data);
  for (std::size_t i = 0; i < processes_.size(); ++i)
    processes_[i].fit(output_of(data, static_cast<Eigen::Index>(i)));
}

void TorchSurrogate::condition(const TrainingData& data) {
  check(data);
  for (std::size_t i = 0; i < processes_.size(); ++i)
    processes_[i].condition(output_of(data, static_cast<Eigen::Index>(i)));
}

const GaussianProcess& TorchSurrogate::process(int output) const {
  return processes_.at(static_cast<std::size_t>(output));
}

Posterior TorchSurrogate::posterior(const Eigen::MatrixXd& points, int output) const {
  return process(output).posterior(points);
}

PosteriorGradient TorchSurrogate::marginals(const Eigen::MatrixXd& points,
                                            const std::vector<int>& outputs) const {
  const auto count = static_cast<Eigen::Index>(outputs.size());
  PosteriorGradient result{
      Eigen::MatrixXd(points.rows(), count), Eigen::MatrixXd(points.rows(), count), {}, {}};
  for (Eigen::Index i = 0; i < count; ++i) {
    auto one = process(outputs[static_cast<std::size_t>(i)]).marginals(points);
    result.mean.col(i) = one.mean;
    result.standard_deviation.col(i) = one.standard_deviation;
    result.mean_slope.push_back(std::move(one.mean_slope));
    result.standard_deviation_slope.push_back(std::move(one.standard_deviation_slope));
  }
  return result;
}

std::vector<Eigen::MatrixXd> TorchSurrogate::samples(const Eigen::MatrixXd& points, int draws,
                                                     std::uint64_t seed) const {
  std::mt19937_64 engine{seed};
  std::vector<Eigen::MatrixXd> result;
  for (const auto& output : processes_) {
    const Posterior belief = output.posterior(points);
    const Eigen::MatrixXd root = square_root(belief.covariance);
    const Eigen::MatrixXd noise = normal_numbers(draws, points.rows(), engine) * root.transpose();
    result.emplace_back(noise.rowwise() + belief.mean.transpose());
  }
  return result;
}

double TorchSurrogate::scatter(int output) const { return process(output).scatter(); }

std::vector<std::string> TorchSurrogate::describe() const {
  std::vector<std::string> lines;
  for (const auto& output : processes_) {
    const auto more = output.describe();
    lines.insert(lines.end(), more.begin(), more.end());
  }
  return lines;
}

}  // namespace nocturne
