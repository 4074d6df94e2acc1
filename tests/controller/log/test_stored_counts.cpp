#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>

#include "controller/log/stored_counts.hpp"

namespace nocturne::test {
namespace {

Frame frame_of(Eigen::VectorXd counts, int scans) {
  Frame frame;
  frame.counts = std::move(counts);
  frame.scans = scans;
  return frame;
}

/// A dim line over the read noise of a detector: sums of whole numbers, divided.
Frame measured_frame(int pixels, int scans) {
  std::mt19937_64 random{7};
  std::normal_distribution<double> noise{1500.0, 40.0};
  Eigen::VectorXd counts(pixels);
  for (int i = 0; i < pixels; ++i) {
    double sum = 0.0;
    for (int scan = 0; scan < scans; ++scan) sum += std::round(noise(random));
    counts[i] = sum / scans;
  }
  return frame_of(std::move(counts), scans);
}

Eigen::VectorXd back(const StoredCounts& stored, int scans) {
  return counts_in(stored.encoding, stored.bytes.data(), stored.bytes.size(), stored.pixels.value_or(0),
                   scans);
}

void check_back(const Frame& frame, const std::string& encoding) {
  const StoredCounts stored = stored_counts(frame);
  CHECK(stored.encoding == encoding);
  const Eigen::VectorXd again = back(stored, frame.scans);
  REQUIRE(again.size() == frame.counts.size());
  if (again.size() == 0) return;
  CHECK(std::memcmp(again.data(), frame.counts.data(),
                    sizeof(double) * static_cast<std::size_t>(again.size())) == 0);
}

}  // namespace

TEST_CASE(
    "stored counts: what a detector counted comes back bit for bit, from less than a quarter of the room") {
  for (const int scans : {1, 3, 7, 9, 100}) {
    const Frame frame = measured_frame(2136, scans);
    check_back(frame, "sums_zlib");
    CHECK(4 * stored_counts(frame).bytes.size() < 8 * 2136);
  }
}

TEST_CASE("stored counts: the least and the greatest sum, and none at all") {
  Eigen::VectorXd counts(4);
  counts << -2147483647.0 / 9, 2147483647.0 / 9, 0.0, -1.0 / 9;
  check_back(frame_of(counts, 9), "sums_zlib");
}

TEST_CASE("stored counts: what is no sum of whole numbers stays as it is") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (const double odd : {0.1, -0.0, 5e-324, 2147483648.0, 1e300, inf, -inf, std::nan("7")}) {
    Frame frame = measured_frame(20, 1);
    frame.counts[13] = odd;
    CAPTURE(odd);
    check_back(frame, "float64");
  }
  check_back(measured_frame(20, 1), "sums_zlib");
  check_back(frame_of(measured_frame(20, 9).counts, 8), "float64");
  check_back(frame_of(measured_frame(20, 1).counts, 0), "float64");
  check_back(frame_of({}, 9), "float64");
}

TEST_CASE("stored counts: what is damaged is refused") {
  const StoredCounts good = stored_counts(measured_frame(2136, 9));
  StoredCounts bad = good;
  SUBCASE("a bit") { bad.bytes[bad.bytes.size() / 2] ^= 1; }
  SUBCASE("a byte less") { bad.bytes.pop_back(); }
  SUBCASE("nothing") { bad.bytes.clear(); }
  SUBCASE("a pixel more") { ++*bad.pixels; }
  SUBCASE("a pixel less") { --*bad.pixels; }
  SUBCASE("no pixels") { bad.pixels.reset(); }
  SUBCASE("an encoding that nobody wrote") { bad.encoding = "sums"; }
  CHECK_THROWS_AS(back(bad, 9), std::invalid_argument);
  CHECK_NOTHROW(back(good, 9));
}

}  // namespace nocturne::test
