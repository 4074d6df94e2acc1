#include "models/torch/output_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

constexpr double kRival = 0.3;  // prior weight of all rivals together
constexpr double kNegligible = 0.01;

using Say = OutputModel::Say;

struct Reading {
  Say say;
  double weight;  // prior
};

/// How many earlier nights of this bench there are.
int nights_here(const OutputData& data) {
  std::set<int> nights;
  for (const int study : data.study)
    if (study < 0) nights.insert(study);
  return static_cast<int>(nights.size());
}

/// Prior probability that tonight has nothing to do with the earlier nights, which had to do with each other:
/// as if two nights had told it before.
double probability_of_nothing(double of_one_night, int nights) {
  constexpr double kStrength = 2.0;
  return of_one_night * kStrength / (kStrength + static_cast<double>(nights - 1));
}

// With so much of tonight's own that inference is no longer exact, studies would only cost time.
std::vector<Reading> readings(const OutputData& data, bool from_studies_alone) {
  const bool own = (data.study.array() == 0).any();
  if ((data.study.array() == 0).all() || (own && data.values.size() > Inference::kExactLimit))
    return {{Say::nothing, 1.0}};
  if (from_studies_alone && nights_here(data) > 1) return {{Say::nights, 1.0}};
  if ((data.study.array() >= 0).all()) return {{Say::shifted, 0.9}, {Say::nothing, 0.1}};
  const double nothing = probability_of_nothing(0.05, nights_here(data));
  return {{Say::shifted, 0.15}, {Say::shifted_but_for_this_bench, 0.85 - nothing}, {Say::nothing, nothing}};
}

OutputData read(OutputData data, Say say) {
  if (say == Say::nothing) return data.rows([&](Eigen::Index i) { return data.study(i) == 0; });
  if (say == Say::nights) data.night = (-data.study).cwiseMax(0);
  if (say == Say::shifted_but_for_this_bench || say == Say::nights) data.study = data.study.cwiseMax(0);
  return data;
}

}  // namespace

OutputModel::OutputModel(const OutputPrior& prior, const std::vector<InputScale>& inputs,
                         bool from_studies_alone)
    : name_{prior.name}, prior_{prior}, inputs_{inputs}, from_studies_alone_{from_studies_alone} {
  const Eigen::Index dimensions = static_cast<Eigen::Index>(inputs.size());
  fit({Eigen::MatrixXd(0, dimensions), Eigen::VectorXd(0), Eigen::VectorXd(0), Eigen::VectorXi(0)});
}

void OutputModel::fit(const OutputData& data) {
  pictures_.clear();
  values_ = data.values.size();
  drift_ = seen_drift(data);
  const DriftPrior drift = drift_ ? drift_->prior : DriftPrior{};
  // Rivals are weighed by the same values, few enough to learn from all of them.
  const std::vector<Reading> all = readings(data, from_studies_alone_);
  const bool alone = prior_.rivals.empty() && all.size() == 1;
  const Eigen::Index step = alone ? 1 : GaussianProcess::learning_step(data.values.size());
  const OutputData weighed = data.rows([&](Eigen::Index i) { return i % step == 0; });
  const OutputData earlier = weighed.rows([&](Eigen::Index i) { return weighed.study(i) != 0; });
  const auto rivals = static_cast<double>(prior_.rivals.size());
  const bool nights_tell = nights_here(data) > 1;
  const auto add = [&](std::size_t index, double prior_weight) {
    std::optional<double> of_shifted;
    for (const auto& reading : all) {
      Picture picture{GaussianProcess{prior_of(index), inputs_}, name_of(index), reading.say, 1.0, index};
      double of_studies = 0.0;
      if (reading.say == Say::shifted || reading.say == Say::shifted_but_for_this_bench) {
        picture.process.fit(read(earlier, reading.say), drift);
        of_studies = picture.process.log_evidence();
        // Several nights of this bench tell whether they need offsets; one alone cannot.
        if (nights_tell && !of_shifted) of_shifted = of_studies;
        if (nights_tell) of_studies = *of_shifted;
      }
      picture.process.fit(read(weighed, reading.say), drift);
      picture.weight = std::log(prior_weight * reading.weight) + picture.process.log_evidence() - of_studies;
      pictures_.push_back(std::move(picture));
    }
  };
  add(0, rivals > 0 ? 1.0 - kRival : 1.0);
  for (std::size_t rival = 1; rival <= prior_.rivals.size(); ++rival) add(rival, kRival / rivals);
  share_out_weights();
  if (step > 1)
    for (auto& picture : pictures_) picture.process.fit(read(data, picture.say), drift);
}

const OutputPrior& OutputModel::prior_of(std::size_t index) const {
  return index == 0 ? prior_ : prior_.rivals.at(index - 1);
}

std::string OutputModel::name_of(std::size_t index) const {
  if (index > 0) return prior_of(index).name + ": ";
  return prior_.rivals.empty() ? "" : "first picture: ";
}

bool OutputModel::write(LearnedNumbers& numbers) const {
  if (drift_) return false;
  numbers.write(static_cast<double>(values_));
  numbers.write(static_cast<double>(pictures_.size()));
  for (const auto& picture : pictures_) {
    numbers.write(static_cast<double>(picture.prior));
    numbers.write(static_cast<double>(picture.say));
    numbers.write(picture.weight);
    picture.process.write(numbers);
  }
  return true;
}

void OutputModel::recall(const OutputData& data, LearnedNumbers& numbers) {
  drift_.reset();
  pictures_.clear();
  values_ = data.values.size();
  if (numbers.read() != static_cast<double>(values_))
    throw std::invalid_argument{"these are the numbers of a fit to other data"};
  const double count = numbers.read();
  for (double i = 0.0; i < count; ++i) {
    const double prior = numbers.read(), say = numbers.read(), weight = numbers.read();
    if (!(prior >= 0.0 && prior <= static_cast<double>(prior_.rivals.size())) ||
        !(say >= 0.0 && say <= static_cast<double>(Say::nights)))
      throw std::invalid_argument{"these are the numbers of a fit with other priors"};
    const auto index = static_cast<std::size_t>(prior);
    Picture picture{GaussianProcess{prior_of(index), inputs_}, name_of(index), static_cast<Say>(say), weight,
                    index};
    picture.process.recall(read(data, picture.say), numbers);
    pictures_.push_back(std::move(picture));
  }
  if (pictures_.empty()) throw std::invalid_argument{"these are the numbers of no fit"};
}

void OutputModel::share_out_weights() {
  double top = -std::numeric_limits<double>::infinity();
  for (const auto& picture : pictures_) top = std::max(top, picture.weight);
  for (auto& picture : pictures_) picture.weight = std::exp(picture.weight - top);
  pictures_.erase(std::remove_if(pictures_.begin(), pictures_.end(),
                                 [](const Picture& picture) { return !(picture.weight > kNegligible); }),
                  pictures_.end());
  double sum = 0.0;
  for (const auto& picture : pictures_) sum += picture.weight;
  for (auto& picture : pictures_) picture.weight /= sum;
}

Posterior OutputModel::posterior(const Eigen::MatrixXd& points) const {
  if (pictures_.size() == 1) return pictures_.front().process.posterior(points);
  std::vector<Posterior> all;
  Posterior result{Eigen::VectorXd::Zero(points.rows()), Eigen::MatrixXd::Zero(points.rows(), points.rows())};
  for (const auto& picture : pictures_) {
    all.push_back(picture.process.posterior(points));
    result.mean += picture.weight * all.back().mean;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Eigen::VectorXd apart = all[i].mean - result.mean;
    result.covariance += pictures_[i].weight * (all[i].covariance + apart * apart.transpose());
  }
  return result;
}

GaussianProcess::Marginals OutputModel::marginals(const Eigen::MatrixXd& points) const {
  if (pictures_.size() == 1) return pictures_.front().process.marginals(points);
  std::vector<GaussianProcess::Marginals> all;
  GaussianProcess::Marginals result{
      Eigen::VectorXd::Zero(points.rows()), {}, Eigen::MatrixXd::Zero(points.rows(), points.cols()), {}};
  for (const auto& picture : pictures_) {
    all.push_back(picture.process.marginals(points));
    result.mean += picture.weight * all.back().mean;
    result.mean_slope += picture.weight * all.back().mean_slope;
  }
  Eigen::ArrayXd variance = Eigen::ArrayXd::Zero(points.rows());
  Eigen::MatrixXd half_slope = Eigen::MatrixXd::Zero(points.rows(), points.cols());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double weight = pictures_[i].weight;
    const Eigen::ArrayXd apart = all[i].mean - result.mean, deviation = all[i].standard_deviation;
    variance += weight * (deviation.square() + apart.square());
    half_slope += weight * (deviation.matrix().asDiagonal() * all[i].standard_deviation_slope +
                            apart.matrix().asDiagonal() * (all[i].mean_slope - result.mean_slope));
  }
  result.standard_deviation = variance.sqrt();
  result.standard_deviation_slope = half_slope.array().colwise() / variance.sqrt();
  return result;
}

// Draws are dealt to the picture that is furthest behind its share: every stretch of them is a fair sample.
OutputModel::Draws::Draws(const OutputModel& model, const Eigen::MatrixXd& anchors,
                          const Eigen::MatrixXd& normals)
    : at_anchors_(anchors.rows(), normals.cols()) {
  std::vector<std::vector<Eigen::Index>> columns(model.pictures_.size());
  for (Eigen::Index draw = 0; draw < normals.cols(); ++draw) {
    std::size_t next = 0;
    double behind = -1.0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const double missing =
          model.pictures_[i].weight * static_cast<double>(draw + 1) - static_cast<double>(columns[i].size());
      if (missing > behind) {
        behind = missing;
        next = i;
      }
    }
    columns[next].push_back(draw);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].empty()) continue;
    Eigen::MatrixXd own(normals.rows(), static_cast<Eigen::Index>(columns[i].size()));
    for (std::size_t k = 0; k < columns[i].size(); ++k)
      own.col(static_cast<Eigen::Index>(k)) = normals.col(columns[i][k]);
    parts_.push_back({{model.pictures_[i].process, anchors, own}, columns[i]});
    for (std::size_t k = 0; k < columns[i].size(); ++k)
      at_anchors_.col(columns[i][k]) = parts_.back().draws.at_anchors().col(static_cast<Eigen::Index>(k));
  }
}

Eigen::MatrixXd OutputModel::Draws::at(const Eigen::MatrixXd& points) const {
  Eigen::MatrixXd result(points.rows(), at_anchors_.cols());
  for (const auto& part : parts_) {
    const Eigen::MatrixXd own = part.draws.at(points);
    for (std::size_t k = 0; k < part.columns.size(); ++k)
      result.col(part.columns[k]) = own.col(static_cast<Eigen::Index>(k));
  }
  return result;
}

Eigen::MatrixXd OutputModel::Draws::slopes(const Eigen::MatrixXd& points,
                                           const Eigen::MatrixXd& weights) const {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(points.rows(), points.cols());
  for (const auto& part : parts_) {
    Eigen::MatrixXd own(points.rows(), static_cast<Eigen::Index>(part.columns.size()));
    for (std::size_t k = 0; k < part.columns.size(); ++k)
      own.col(static_cast<Eigen::Index>(k)) = weights.col(part.columns[k]);
    result += part.draws.slopes(points, own);
  }
  return result;
}

const OutputModel::Picture& OutputModel::heaviest() const {
  return *std::max_element(pictures_.begin(), pictures_.end(),
                           [](const Picture& a, const Picture& b) { return a.weight < b.weight; });
}

std::optional<Drift> OutputModel::drift() const {
  return drift_ ? std::optional{drift_->drift} : std::nullopt;
}

Eigen::VectorXd OutputModel::scatter(const Eigen::MatrixXd& points) const {
  return heaviest().process.scatter(points);
}

std::vector<std::string> OutputModel::describe() const {
  const Picture& best = heaviest();
  std::vector<std::string> lines = best.process.describe(name_ + ": " + best.name);
  if (drift_) {
    char text[128];
    std::snprintf(text, sizeof text, ": %s by %d repeats, in the unit of the model%s = %+.3g ± %.2g",
                  drift_->drift.step ? "step" : "drift", drift_->drift.repeats,
                  drift_->drift.step ? "" : " per hour", drift_->drift.change.value,
                  drift_->drift.change.standard_error);
    lines.push_back(name_ + text);
  }
  return lines;
}

}  // namespace nocturne
