#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "models/series/settling.hpp"

namespace nocturne::test {
namespace {

/// Share of 2000 runs of six reads that are called steady, at a drift over the window and a noise.
double share_called_steady(double drift, double noise) {
  std::mt19937_64 engine{7};
  std::normal_distribution<double> normal{0.0, noise};
  int steady = 0;
  for (int run = 0; run < 2000; ++run) {
    Settling settling{{6, 0.5}};
    for (int read = 0; read < 6; ++read)
      settling.add(3.0 * read, Estimate{500.0 + drift * read / 5.0 + normal(engine), noise});
    steady += settling.steady() ? 1 : 0;
  }
  return steady / 2000.0;
}

TEST_CASE("settling: nothing is steady before the window is full") {
  Settling settling{{6, 0.5}};
  for (int read = 0; read < 5; ++read) {
    settling.add(read, Estimate{500.0, 0.01});
    CHECK_FALSE(settling.steady());
  }
  settling.add(5.0, Estimate{500.0, 0.01});
  CHECK(settling.steady());
}

TEST_CASE(
    "settling: a value that drifts by as much as is not allowed is called steady in at most 5 % of cases") {
  CHECK(share_called_steady(0.5, 0.02) <= 0.06);
  CHECK(share_called_steady(0.5, 0.1) <= 0.06);
  CHECK(share_called_steady(-0.5, 0.1) <= 0.06);
}

TEST_CASE("settling: a value that stands still with little noise is called steady") {
  CHECK(share_called_steady(0.0, 0.05) >= 0.95);
}

TEST_CASE("settling: noise that could hide a drift is not steady") {
  CHECK(share_called_steady(0.0, 1.0) <= 0.06);
}

TEST_CASE("settling: reads that lie on a line by luck do not beat their own standard errors") {
  Settling settling{{6, 0.5}};
  for (int read = 0; read < 6; ++read) settling.add(read, Estimate{500.0, 2.0});
  CHECK_FALSE(settling.steady());
}

TEST_CASE("settling: only the last reads count, and a restart forgets them") {
  Settling settling{{4, 0.5}};
  for (int read = 0; read < 4; ++read) settling.add(read, Estimate{480.0 + 5.0 * read, 0.01});
  CHECK_FALSE(settling.steady());
  for (int read = 4; read < 8; ++read) settling.add(read, Estimate{500.0, 0.01});
  CHECK(settling.steady());
  settling.restart();
  CHECK_FALSE(settling.steady());
}

}  // namespace
}  // namespace nocturne::test
