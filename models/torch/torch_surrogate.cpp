#include "models/torch/torch_surrogate.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

// Before the latest hour of what was measured here.
Eigen::VectorXd hours_ago(const TrainingData& data) {
  double now = -std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < data.hours.size(); ++i)
    if (std::isfinite(data.hours(i)) && (data.study.size() == 0 || data.study(i) == 0))
      now = std::max(now, data.hours(i));
  if (!std::isfinite(now)) return {};
  return data.hours.unaryExpr([now](double hour) { return hour < now ? now - hour : 0.0 * hour; });
}

OutputData output_of(const TrainingData& data, Eigen::Index output) {
  const Eigen::Index n = data.points.rows();
  const Eigen::VectorXi here = Eigen::VectorXi::Zero(n);
  const OutputData all{data.points, data.values.col(output),
                       data.standard_errors.col(output).unaryExpr(
                           [](double error) { return std::isfinite(error) ? std::abs(error) : 0.0; }),
                       data.study.size() > 0 ? data.study : here, hours_ago(data)};
  return all.rows(
      [&](Eigen::Index i) { return std::isfinite(all.values(i)) && all.points.row(i).allFinite(); });
}

/// Draws of several outputs, which are independent.
class OutputDraws final : public JointDraws {
 public:
  explicit OutputDraws(std::vector<OutputModel::Draws> draws) : draws_{std::move(draws)} {}
  const Eigen::MatrixXd& at_anchors(std::size_t output) const override {
    return draws_.at(output).at_anchors();
  }
  Eigen::MatrixXd at(const Eigen::MatrixXd& points, std::size_t output) const override {
    return draws_.at(output).at(points);
  }
  Eigen::MatrixXd slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd& weights,
                         std::size_t output) const override {
    return draws_.at(output).slopes(points, weights);
  }

 private:
  std::vector<OutputModel::Draws> draws_;
};

}  // namespace

TorchSurrogate::TorchSurrogate(const SurrogateOptions& options)
    : dimensions_{static_cast<Eigen::Index>(options.inputs.size())} {
  if (options.outputs.empty()) throw std::invalid_argument{"a surrogate needs at least one output"};
  at::set_num_threads(1);
  at::globalContext().setDeterministicAlgorithms(true, false);
  models_.reserve(options.outputs.size());
  for (const auto& output : options.outputs)
    models_.emplace_back(output, options.inputs, options.from_studies_alone);
}

void TorchSurrogate::check(const TrainingData& data) const {
  const auto outputs = static_cast<Eigen::Index>(models_.size());
  const Eigen::Index n = data.points.rows();
  if (data.points.cols() != dimensions_ || data.values.rows() != n || data.values.cols() != outputs ||
      data.standard_errors.rows() != n || data.standard_errors.cols() != outputs ||
      (data.study.size() != 0 && data.study.size() != n) ||
      (data.hours.size() != 0 && data.hours.size() != n))
    throw std::invalid_argument{"training data do not have the surrogate's inputs and outputs"};
}

void TorchSurrogate::fit(const TrainingData& data) {
  check(data);
  // One after the other: side by side on threads they are not always the same to the last bit.
  for (std::size_t i = 0; i < models_.size(); ++i)
    models_[i].fit(output_of(data, static_cast<Eigen::Index>(i)));
}

std::vector<double> TorchSurrogate::learned() const {
  LearnedNumbers numbers;
  for (const auto& model : models_)
    if (!model.write(numbers)) return {};
  return numbers.numbers();
}

void TorchSurrogate::recall(const TrainingData& data, const std::vector<double>& learned) {
  check(data);
  LearnedNumbers numbers{learned};
  for (std::size_t i = 0; i < models_.size(); ++i)
    models_[i].recall(output_of(data, static_cast<Eigen::Index>(i)), numbers);
  if (!numbers.at_end()) throw std::invalid_argument{"these are the numbers of a fit with more outputs"};
}

const OutputModel& TorchSurrogate::model(int output) const {
  return models_.at(static_cast<std::size_t>(output));
}

Posterior TorchSurrogate::posterior(const Eigen::MatrixXd& points, int output) const {
  return model(output).posterior(points);
}

PosteriorGradient TorchSurrogate::marginals(const Eigen::MatrixXd& points,
                                            const std::vector<int>& outputs) const {
  const auto count = static_cast<Eigen::Index>(outputs.size());
  PosteriorGradient result{
      Eigen::MatrixXd(points.rows(), count), Eigen::MatrixXd(points.rows(), count), {}, {}};
  for (Eigen::Index i = 0; i < count; ++i) {
    auto one = model(outputs[static_cast<std::size_t>(i)]).marginals(points);
    result.mean.col(i) = one.mean;
    result.standard_deviation.col(i) = one.standard_deviation;
    result.mean_slope.push_back(std::move(one.mean_slope));
    result.standard_deviation_slope.push_back(std::move(one.standard_deviation_slope));
  }
  return result;
}

std::unique_ptr<JointDraws> TorchSurrogate::joint_draws(const Eigen::MatrixXd& anchors,
                                                        const std::vector<int>& outputs,
                                                        const std::vector<Eigen::MatrixXd>& normals) const {
  std::vector<OutputModel::Draws> draws;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    draws.emplace_back(model(outputs[i]), anchors, normals.at(i));
  return std::make_unique<OutputDraws>(std::move(draws));
}

Eigen::VectorXd TorchSurrogate::scatter(const Eigen::MatrixXd& points, int output) const {
  return model(output).scatter(points);
}

std::optional<Drift> TorchSurrogate::drift(int output) const { return model(output).drift(); }

std::vector<std::string> TorchSurrogate::describe() const {
  std::vector<std::string> lines;
  for (const auto& output : models_) {
    const auto more = output.describe();
    lines.insert(lines.end(), more.begin(), more.end());
  }
  return lines;
}

}  // namespace nocturne
