#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/random.hpp"

namespace nocturne::test {

TEST_CASE("random: normal numbers have mean zero, variance one and no memory of other sequences") {
  RandomSequence random{5};
  double sum = 0.0, squares = 0.0, product = 0.0, before = 0.0;
  constexpr int kMany = 200000;
  for (int i = 0; i < kMany; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
    product += value * before;
    before = value;
  }
  CHECK(std::abs(sum / kMany) < 0.01);
  CHECK(squares / kMany == doctest::Approx(1.0).epsilon(0.02));
  CHECK(std::abs(product / kMany) < 0.01);
  CHECK(RandomSequence{5}.normal() == RandomSequence{5}.normal());
  CHECK(RandomSequence{5}.normal() != RandomSequence{6}.normal());
}

TEST_CASE("drift: its course does not depend on when one looks") {
  SlowVariation often = SlowVariation::wandering(3, 1, 2.0, 100.0), rare = SlowVariation::wandering(3, 1, 2.0, 100.0);
  for (double t = 0.0; t < 5000.0; t += 1.7) often.at(t);
  CHECK(often.at(1234.5) == rare.at(1234.5));
  CHECK(often.at(4999.0) == rare.at(4999.0));
}

TEST_CASE("drift: a wandering one keeps its spread, a walking one widens with the root of time") {
  double early = 0.0, late = 0.0, wandering = 0.0;
  constexpr int kSeeds = 2000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SlowVariation walk = SlowVariation::walking(seed, 1, 0.5);
    early += std::pow(walk.at(3600.0), 2);
    late += std::pow(walk.at(4.0 * 3600.0), 2);
    wandering += std::pow(SlowVariation::wandering(seed, 2, 0.5, 600.0).at(3000.0), 2);
  }
  CHECK(std::sqrt(early / kSeeds) == doctest::Approx(0.5).epsilon(0.08));
  CHECK(std::sqrt(late / kSeeds) == doctest::Approx(1.0).epsilon(0.08));
  CHECK(std::sqrt(wandering / kSeeds) == doctest::Approx(0.5).epsilon(0.08));
}

}  // namespace nocturne::test
