#include <doctest/doctest.h>

#include <cmath>
#include <variant>

#include "models/plant/composition.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/random.hpp"
#include "models/plant/shipped_plants.hpp"
#include "support/shipped_material.hpp"

namespace nocturne::test {
namespace {

Outcome observed(const Conditions& recipe, int seed) {
  return steady_observation(shipped_plant(), shipped_material(), recipe, static_cast<std::uint64_t>(seed));
}

double peak_of(const Outcome& outcome) { return std::get<Observation>(outcome).peak_nm.value().value; }

/// Standard deviation of the observed peak over repeats of one recipe.
double scatter(const Conditions& recipe, int repeats) {
  double sum = 0.0, squares = 0.0;
  int seen = 0;
  for (int seed = 0; seed < repeats; ++seed) {
    const Outcome outcome = observed(recipe, seed);
    if (!std::holds_alternative<Observation>(outcome)) continue;
    const double peak = peak_of(outcome);
    sum += peak;
    squares += peak * peak;
    ++seen;
  }
  REQUIRE(seen > 0.8 * repeats);
  return std::sqrt(squares / seen - sum * sum / (seen * static_cast<double>(seen)));
}

}  // namespace

TEST_CASE("feed shares: the mixture has the ratios that were asked for") {
  const auto& plant = shipped_plant();
  const auto shares = feed_shares(plant, conditions(7.5, 3.0, 120.0, 100.0));
  std::vector<Composition> parts;
  for (const PlantFeed& feed : plant.feeds) parts.push_back(composition_of(feed));
  const Composition mixed_feeds = mixture(parts, shares);
  CHECK(mixed_feeds.bromide / mixed_feeds.lead == doctest::Approx(7.5).epsilon(1e-12));
  CHECK(mixed_feeds.amine / mixed_feeds.lead == doctest::Approx(3.0).epsilon(1e-12));
  CHECK(shares[0] + shares[1] + shares[2] == doctest::Approx(1.0).epsilon(1e-12));
  CHECK(shares[3] == 0.0);
}

TEST_CASE("steady plant: unknown, missing and impossible conditions are refused") {
  const auto& plant = shipped_plant();
  Conditions point = conditions(6.0, 2.0, 150.0, 100.0);
  CHECK_NOTHROW(steady_truth(plant, point));
  point["stirring_rpm"] = 1.0;
  CHECK_THROWS_WITH_AS(steady_truth(plant, point), "unknown condition stirring_rpm", std::invalid_argument);
  point.erase("stirring_rpm");
  point.erase("amine_pb");
  CHECK_THROWS_WITH_AS(steady_truth(plant, point), "condition amine_pb is missing", std::invalid_argument);
  CHECK_THROWS_AS(steady_truth(plant, conditions(-1.0, 2.0, 150.0, 100.0)), std::invalid_argument);
  CHECK_THROWS_AS(steady_truth(plant, conditions(6.0, 2.0, 150.0, 0.0)), std::invalid_argument);
  CHECK_THROWS_AS(steady_truth(plant, conditions(6.0, 2.0, 1e6, 100.0)), std::invalid_argument);
  CHECK_THROWS_AS(steady_truth(plant, conditions(std::nan(""), 2.0, 150.0, 100.0)), std::invalid_argument);
}

TEST_CASE(
    "steady plant: outside the decision space it refuses instead of extrapolating, on its edge it answers") {
  const auto& plant = shipped_plant();
  for (const Variable& variable : plant.variables) {
    CAPTURE(variable.name);
    Conditions point = conditions(6.0, 2.0, 150.0, 100.0);
    for (const double edge : {variable.low, variable.high}) {
      point[variable.name] = edge;
      CHECK_NOTHROW(steady_truth(plant, point));
    }
    const double beyond = 0.001 * (variable.high - variable.low);
    for (const double outside : {variable.low - beyond, variable.high + beyond, 2.0 * variable.high}) {
      point[variable.name] = outside;
      CHECK_THROWS_WITH_AS(steady_truth(plant, point), doctest::Contains("outside the plant's validity"),
                           std::invalid_argument);
      CHECK_THROWS_WITH_AS(steady_observation(plant, shipped_material(), point, 1),
                           doctest::Contains(variable.name.c_str()), std::invalid_argument);
    }
  }
}

TEST_CASE(
    "steady plant: in every shipped plant more bromide is smaller and bluer, more heat larger and redder") {
  for (const PlantParameters* plant : {&shipped_plant(), &shifted_plant()}) {
    CAPTURE(plant->name);
    for (const double celsius : {130.0, 150.0, 175.0}) {
      PlantTruth before = steady_truth(*plant, conditions(3.4, 2.0, celsius, 100.0));
      for (const double br_pb : {4.0, 5.0, 7.0, 9.0, 12.0}) {
        const PlantTruth now = steady_truth(*plant, conditions(br_pb, 2.0, celsius, 100.0));
        CHECK(now.peak_nm < before.peak_nm);
        CHECK(now.edge_length_nm < before.edge_length_nm);
        before = now;
      }
    }
    for (const double br_pb : {4.0, 7.0, 12.0}) {
      PlantTruth before = steady_truth(*plant, conditions(br_pb, 2.0, 130.0, 100.0));
      for (const double celsius : {145.0, 160.0, 180.0}) {
        const PlantTruth now = steady_truth(*plant, conditions(br_pb, 2.0, celsius, 100.0));
        CHECK(now.peak_nm > before.peak_nm);
        before = now;
      }
    }
  }
}

TEST_CASE("steady plant: with little bromide a longer time is redder") {
  for (const PlantParameters* plant : {&shipped_plant(), &shifted_plant()})
    CHECK(steady_truth(*plant, conditions(3.6, 2.0, 160.0, 240.0)).peak_nm >
          steady_truth(*plant, conditions(3.6, 2.0, 160.0, 40.0)).peak_nm + 1.0);
}

TEST_CASE("steady plant: platelets come with low temperature and much amine, and mix with dots on the way") {
  for (const PlantParameters* plant : {&shipped_plant(), &shifted_plant()}) {
    CHECK(steady_truth(*plant, conditions(8.0, 5.0, 72.0, 100.0)).nanoplatelet_fraction > 0.9);
    CHECK(steady_truth(*plant, conditions(8.0, 2.0, 160.0, 100.0)).nanoplatelet_fraction < 0.02);
    CHECK(steady_truth(*plant, conditions(8.0, 6.0, 95.0, 100.0)).nanoplatelet_fraction >
          steady_truth(*plant, conditions(8.0, 1.0, 95.0, 100.0)).nanoplatelet_fraction);
  }
  const PlantTruth mixture_of_both = steady_truth(shipped_plant(), conditions(6.0, 4.0, 95.0, 100.0));
  CHECK(mixture_of_both.nanoplatelet_fraction > 0.15);
  CHECK(mixture_of_both.nanoplatelet_fraction < 0.85);
  CHECK(mixture_of_both.fwhm_meV > 120.0);
}

TEST_CASE(
    "steady plant: dots of 470, 490 and 510 nm all have a fair share of the decision space, 532 nm has "
    "none") {
  for (const PlantParameters* plant : {&shipped_plant(), &shifted_plant()}) {
    CAPTURE(plant->name);
    RandomSequence random{11};
    constexpr int kPoints = 300;
    std::array<int, 3> near{};
    double reddest = 0.0, bluest = 1000.0;
    for (int i = 0; i < kPoints; ++i) {
      Conditions point;
      for (const Variable& variable : plant->variables)
        point[variable.name] = variable.low + (variable.high - variable.low) * random.uniform();
      const PlantTruth truth = steady_truth(*plant, point);
      if (!truth.emits || truth.nanoplatelet_fraction > 0.5) continue;
      reddest = std::max(reddest, truth.peak_nm);
      bluest = std::min(bluest, truth.peak_nm);
      for (std::size_t k = 0; k < near.size(); ++k)
        near[k] += std::abs(truth.peak_nm - 470.0 - 20.0 * static_cast<double>(k)) < 2.0;
    }
    for (const int count : near) {
      CHECK(count > 0.02 * kPoints);
      CHECK(count < 0.4 * kPoints);
    }
    CHECK(reddest < 523.0);
    CHECK(bluest < 467.0);
  }
}

TEST_CASE(
    "steady plant: what is observed scatters about the truth as repeats of real recipes do, more in the "
    "blue") {
  const auto& plant = shipped_plant();
  const Conditions blue = conditions(11.0, 2.0, 120.0, 100.0), green = conditions(4.3, 2.0, 155.0, 100.0);
  CHECK(steady_truth(plant, green).peak_nm == doctest::Approx(507.0).epsilon(0.004));
  const double blue_nm = scatter(blue, 40), green_nm = scatter(green, 40);
  CHECK(blue_nm > 1.3);
  CHECK(blue_nm < 3.0);
  CHECK(green_nm > 0.5);
  CHECK(green_nm < 1.2);
}

TEST_CASE("steady plant: the same seed gives the same observation, another one another") {
  const Conditions point = conditions(6.0, 2.0, 150.0, 100.0);
  CHECK(peak_of(observed(point, 4)) == peak_of(observed(point, 4)));
  CHECK(peak_of(observed(point, 4)) != peak_of(observed(point, 5)));
}

}  // namespace nocturne::test
