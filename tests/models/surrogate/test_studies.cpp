#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "models/plant/random.hpp"
#include "models/surrogate_library.hpp"
#include "optimizer/sobol.hpp"
#include "tests/models/surrogate/bromide_world.hpp"
#include "tests/support/surrogate_here.hpp"

namespace nocturne::test {
namespace {

constexpr int kElsewhere = 1, kThisBench = -1;

/// `here` experiments of tonight, and `earlier` ones of a study whose values are `turned` about the middle of
/// the range and shifted.
TrainingData data(int here, int earlier, int study, double shift = 0.0, bool turned = false) {
  const int count = here + earlier;
  TrainingData result{Eigen::MatrixXd(count, kDimensions), Eigen::MatrixXd(count, 1),
                      Eigen::MatrixXd::Constant(count, 1, 1e-3), Eigen::VectorXi::Zero(count)};
  result.points << sobol_points(here, kDimensions, 3), sobol_points(earlier, kDimensions, 4);
  for (int i = 0; i < count; ++i) {
    result.values(i) = bromide_energy(result.points.row(i));
    if (i < here) continue;
    result.study(i) = study;
    result.values(i) = (turned ? 2.0 * 2.51 - result.values(i) : result.values(i)) + shift;
  }
  return result;
}

struct Belief {
  double miss = 0.0;       ///< eV, root mean square over the cube
  double deviation = 0.0;  ///< eV, mean
};

Belief belief(const TrainingData& data) {
  const auto model = make_surrogate(bromide_options());
  model->fit(data);
  const Eigen::MatrixXd points = sobol_points(64, kDimensions, 9);
  const auto at = model->marginals(points, {0});
  Eigen::VectorXd miss(points.rows());
  for (Eigen::Index i = 0; i < points.rows(); ++i) miss(i) = at.mean(i, 0) - bromide_energy(points.row(i));
  return {std::sqrt(miss.squaredNorm() / static_cast<double>(miss.size())), at.standard_deviation.mean()};
}

}  // namespace

TEST_CASE("studies: what was measured elsewhere brings the belief nearer and makes it surer") {
  if (skipped()) return;
  const Belief cold = belief(data(2, 0, kElsewhere)), warm = belief(data(2, 12, kElsewhere));
  CHECK(warm.miss < 0.7 * cold.miss);
  CHECK(warm.deviation < cold.deviation);
}

TEST_CASE("studies: an offset that all of a study shares is learned from a few experiments of one's own") {
  if (skipped()) return;
  constexpr double shift = 0.04;
  const Belief cold = belief(data(3, 0, kElsewhere)), warm = belief(data(3, 12, kElsewhere, shift));
  CHECK(warm.miss < cold.miss);
  CHECK(warm.miss < 0.5 * shift);
}

TEST_CASE("studies: this bench's earlier nights count as its own until they contradict it") {
  if (skipped()) return;
  const Belief elsewhere = belief(data(0, 12, kElsewhere)), own = belief(data(0, 12, kThisBench));
  CHECK(own.deviation < 0.8 * elsewhere.deviation);
  constexpr double shift = 0.04;
  const Belief cold = belief(data(4, 0, kThisBench)), moved = belief(data(4, 12, kThisBench, shift));
  CHECK(moved.miss < cold.miss);
}

TEST_CASE("studies: one that says the opposite loses its say after a few experiments") {
  if (skipped()) return;
  for (const int study : {kElsewhere, kThisBench}) {
    CAPTURE(study);
    const Belief cold = belief(data(5, 0, study)), misled = belief(data(5, 12, study, 0.0, true));
    CHECK(misled.miss < 1.5 * cold.miss + 0.002);
  }
}

TEST_CASE("studies: with more values than are learned from, each still has the say that it deserves") {
  if (skipped()) return;
  const Belief cold = belief(data(240, 0, kElsewhere));
  const Belief good = belief(data(240, 20, kElsewhere)), wrong = belief(data(240, 20, kElsewhere, 0.0, true));
  CHECK(good.miss < 1.5 * cold.miss + 1e-3);
  CHECK(wrong.miss < 1.5 * cold.miss + 1e-3);
}

TEST_CASE("studies: beliefs and draws hold where nothing was measured tonight") {
  if (skipped()) return;
  const auto model = make_surrogate(bromide_options());
  model->fit(data(0, 6, kElsewhere));
  const Eigen::MatrixXd nowhere(0, kDimensions), points = sobol_points(4, kDimensions, 9);
  const auto draws = model->joint_draws(nowhere, {0}, {sobol_normals(16, 1, 2).transpose()});
  CHECK(draws->at_anchors(0).rows() == 0);
  CHECK(draws->at(points, 0).allFinite());
  CHECK(draws->slopes(points, Eigen::MatrixXd::Ones(4, 16), 0).allFinite());
}

TEST_CASE("studies: nights of this bench that agree are trusted more, and ones that differ less") {
  if (skipped()) return;
  const auto nights = [](double shift) {
    TrainingData all = data(0, 24, kThisBench);
    for (int i = 0; i < 24; ++i) {
      all.study(i) = -1 - i % 4;
      all.values(i) += shift * (i % 4 - 1.5);
    }
    return all;
  };
  const Belief one = belief(data(0, 24, kThisBench)), alike = belief(nights(0.0)),
               apart = belief(nights(0.02));
  CHECK(alike.deviation < 0.8 * one.deviation);
  CHECK(apart.deviation > 1.5 * alike.deviation);
}

namespace {

SurrogateOptions library_options() {
  SurrogateOptions options = bromide_options();
  options.from_studies_alone = true;
  return options;
}

/// Nights of this bench whose confinement energies scatter, and are off by a level and a slope of the night.
TrainingData differing_nights(int nights, int experiments, std::uint64_t seed) {
  constexpr double kScatter = 0.05, kNight = 0.04, kBulk = 2.37;  // shares of the confinement; eV
  const int count = nights * experiments;
  TrainingData result{sobol_points(count, kDimensions, seed), Eigen::MatrixXd(count, 1),
                      Eigen::MatrixXd::Constant(count, 1, 1e-4), Eigen::VectorXi(count)};
  RandomSequence random{seed};
  for (int night = 0; night < nights; ++night) {
    const double level = kNight * random.normal(), slope = kNight * random.normal();
    for (int i = night; i < count; i += nights) {
      const double energy = bromide_energy(result.points.row(i));
      const double off = kScatter * random.normal() + level + slope * (result.points(i, 0) - 0.5);
      result.study(i) = -1 - night;
      result.values(i) = energy + (energy - kBulk) * off;
    }
  }
  return result;
}

double share_held(const Surrogate& model) {
  const Eigen::MatrixXd points = sobol_points(64, kDimensions, 9);
  const auto at = model.marginals(points, {0});
  int held = 0;
  for (Eigen::Index i = 0; i < points.rows(); ++i)
    held += std::abs(at.mean(i, 0) - bromide_energy(points.row(i))) <= 1.645 * at.standard_deviation(i, 0);
  return held / 64.0;
}

}  // namespace

TEST_CASE("studies: nights that differ leave as much doubt as they should") {
  if (skipped()) return;
  constexpr int kLibraries = 8;
  double held = 0.0;
  for (int library = 0; library < kLibraries; ++library) {
    const auto model = make_surrogate(library_options());
    model->fit(differing_nights(10, 16, static_cast<std::uint64_t>(100 + 10 * library)));
    held += share_held(*model) / kLibraries;
  }
  CHECK(held > 0.8);
  CHECK(held < 0.99);
}

TEST_CASE("studies: many nights are recalled bit for bit, and from no other nights") {
  if (skipped()) return;
  TrainingData known = differing_nights(26, 20, 7);
  const auto model = make_surrogate(library_options()), recalled = make_surrogate(library_options());
  model->fit(known);
  CHECK(share_held(*model) > 0.5);
  const std::vector<double> learned = model->learned();
  recalled->recall(known, learned);
  const Eigen::MatrixXd points = sobol_points(16, kDimensions, 9);
  const auto first = model->marginals(points, {0}), second = recalled->marginals(points, {0});
  CHECK(first.mean == second.mean);
  CHECK(first.standard_deviation == second.standard_deviation);
  CHECK(recalled->learned() == learned);
  std::vector<double> damaged = learned;
  damaged.back() = 1e9;
  CHECK_THROWS_AS(recalled->recall(known, damaged), std::invalid_argument);
  CHECK_THROWS_AS(recalled->recall(differing_nights(26, 21, 7), learned), std::invalid_argument);
}

TEST_CASE("studies: a belief is recalled bit for bit from what its fit found, and from no other data") {
  if (skipped()) return;
  for (const int count : {0, 12, 300}) {  // nothing, all learned from, some of them
    CAPTURE(count);
    TrainingData known = data(0, count, kThisBench, 0.02);
    if (count > 0) known.values(count / 2) += 0.5;  // an outlier
    const auto model = make_surrogate(bromide_options()), recalled = make_surrogate(bromide_options());
    model->fit(known);
    const std::vector<double> learned = model->learned();
    REQUIRE_FALSE(learned.empty());
    recalled->recall(known, learned);
    const Eigen::MatrixXd points = sobol_points(16, kDimensions, 9);
    const auto first = model->marginals(points, {0}), second = recalled->marginals(points, {0});
    CHECK(first.mean == second.mean);
    CHECK(first.standard_deviation == second.standard_deviation);
    CHECK(model->describe() == recalled->describe());
    CHECK(recalled->learned() == learned);
    CHECK_THROWS_AS(recalled->recall(data(0, count + 20, kThisBench), learned), std::invalid_argument);
    CHECK_THROWS_AS(recalled->recall(known, {learned.begin(), learned.end() - 1}), std::invalid_argument);
  }
}

}  // namespace nocturne::test
