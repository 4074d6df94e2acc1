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
    Settling settling{{6, 24, 0.5}};
    for (int read = 0; read < 6; ++read)
      settling.add(3.0 * read, Estimate{500.0 + drift * read / 5.0 + normal(engine), noise});
    steady += settling.steady(6) ? 1 : 0;
  }
  return steady / 2000.0;
}

TEST_CASE("settling: nothing is steady before the window is full") {
  Settling settling{{6, 24, 0.5}};
  for (int read = 0; read < 5; ++read) {
    settling.add(read, Estimate{500.0, 0.01});
    CHECK_FALSE(settling.steady(6));
  }
  settling.add(5.0, Estimate{500.0, 0.01});
  CHECK(settling.steady(6));
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
  Settling settling{{6, 24, 0.5}};
  for (int read = 0; read < 6; ++read) settling.add(read, Estimate{500.0, 2.0});
  CHECK_FALSE(settling.steady(6));
}

TEST_CASE("settling: only the last reads count, and a restart forgets them") {
  Settling settling{{4, 4, 0.5}};
  for (int read = 0; read < 4; ++read) settling.add(read, Estimate{480.0 + 5.0 * read, 0.01});
  CHECK_FALSE(settling.steady(4));
  for (int read = 4; read < 8; ++read) settling.add(read, Estimate{500.0, 0.01});
  CHECK(settling.steady(4));
  settling.restart();
  CHECK_FALSE(settling.steady(4));
}

/// Of 500 series of 24 reads: what share is called steady by 6, by all 24, and what share hopeless.
struct Shares {
  double by_few = 0.0, by_many = 0.0, hopeless = 0.0;
};
Shares shares_of(double drift_per_read, double noise) {
  std::mt19937_64 engine{11};
  std::normal_distribution<double> normal{0.0, noise};
  Shares shares;
  for (int run = 0; run < 500; ++run) {
    Settling settling{{6, 24, 0.5}};
    bool hopeless = false;
    for (int read = 0; read < 24; ++read) {
      settling.add(3.0 * read, Estimate{500.0 + drift_per_read * read + normal(engine), noise});
      hopeless = hopeless || settling.hopeless();
    }
    shares.by_few += settling.steady(6) / 500.0;
    shares.by_many += settling.steady(24) / 500.0;
    shares.hopeless += hopeless / 500.0;
  }
  return shares;
}

TEST_CASE("settling: more reads tell what scatters too much for few, and the same drift is not allowed") {
  const Shares still = shares_of(0.0, 0.2);
  CHECK(still.by_few < 0.3);
  CHECK(still.by_many > 0.9);
  CHECK(shares_of(0.5 / 23.0, 0.2).by_many <= 0.06);
}

TEST_CASE("settling: a value that is still arriving is not hopeless") {
  Settling settling{{6, 24, 0.5}};
  for (int read = 0; read < 24; ++read) {
    settling.add(3.0 * read, Estimate{500.0 - 30.0 * std::exp(-read / 6.0), 0.02});
    CHECK_FALSE(settling.hopeless());
  }
}

TEST_CASE("settling: hopeless is what scatters so much that only luck could help, and hardly anything else") {
  CHECK(shares_of(0.0, 4.0).hopeless > 0.9);
  CHECK(shares_of(0.0, 0.8).hopeless <= 0.02);
}

}  // namespace
}  // namespace nocturne::test
