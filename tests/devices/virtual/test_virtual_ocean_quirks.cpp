#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ocean_lab.hpp"

namespace nocturne::test {
namespace {

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: a closed shutter leaves the baseline, after one stale spectrum") {
  pass(1s);
  CHECK(set(0x110610, bytes_of(0, 1)) == 0);
  CHECK(spectrum()[2000] > 7000);
  CHECK(spectrum()[2000] == 0);
  CHECK(set(0x110610, bytes_of(1, 1)) == 0);
  spectrum();
  CHECK(spectrum()[2000] > 7000);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: a lamp dies while it burns, the LED goes on burning") {
  CHECK(lamp_and_led(true, true) == 0);
  CHECK((lamp && led));
  ocean.faults().lamp_dead = true;
  spectrum();
  const auto counts = spectrum();
  CHECK(counts[0] == 0);
  CHECK(counts[1] == 1);
  CHECK(number(0x110400) == 1);
  ocean.faults().lamp_dead = false;
  spectrum();
  CHECK(lamp);
}

TEST_CASE_FIXTURE(OceanLab,
                  "virtual ocean: a flickering lamp changes from exposure to exposure, dark does not") {
  ocean.faults().lamp_flicker = 0.1;
  spectrum();
  CHECK(spectrum()[2000] == spectrum()[2000]);
  CHECK(lamp_and_led(true, false) == 0);
  spectrum();
  double sum = 0.0, squares = 0.0;
  constexpr int n = 100;
  for (int i = 0; i < n; ++i) {
    const double relative = spectrum()[2000] / (4.0 * 2000 * 2136 / 2135);
    sum += relative;
    squares += relative * relative;
  }
  CHECK(sum / n == doctest::Approx(1.0).epsilon(0.05));
  CHECK(std::sqrt(squares / n - sum * sum / n / n) == doctest::Approx(0.1).epsilon(0.3));
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: saturation, lost frames and pixels without a number") {
  SUBCASE("saturated") {
    ocean.faults().saturated = true;
    for (const unsigned count : spectrum()) REQUIRE(count == 65535);
  }
  SUBCASE("lost frames make a spectrum late by as many exposures") {
    ocean.faults().lost_frames = 2;
    CHECK_FALSE(send(0x101000, {}, 0, 250ms).any);  // without loss 100 ms
    CHECK(parsed(heard(100ms)).data.size() == 4272);
    CHECK(spectrum()[3] == 3);
    CHECK(ocean.faults().lost_frames == 0);
  }
  SUBCASE("not a number") {
    offset = std::numeric_limits<double>::quiet_NaN();
    CHECK(spectrum()[100] == 0);
    offset = std::numeric_limits<double>::infinity();
    CHECK(spectrum()[100] == 65535);
  }
}

TEST_CASE("virtual ocean: the quirks of a real bench appear when asked for") {
  VirtualOceanOptions options;
  options.baseline_counts = 1000.0;
  SUBCASE("unlit edges") {
    options.quirks.unlit_edge_pixels = 5;
    OceanLab lab{options};
    lab.offset = 3000.0;
    const auto counts = lab.spectrum();
    CHECK(counts[4] == 1000);
    CHECK(counts[5] > 3000);
    CHECK(counts[2130] > 3000);
    CHECK(counts[2131] == 1000);
  }
  SUBCASE("wandering transmission") {
    options.quirks.least_wander = -0.1;
    options.quirks.most_wander = 0.5;
    OceanLab lab{options};
    double least = 1e9, most = -1e9;
    for (int i = 0; i < 50; ++i) {
      const double light = (lab.spectrum()[2000] - 1000.0) / (4.0 * 2000 * 2136 / 2135 - 1000.0);
      least = std::min(least, -std::log10(light));
      most = std::max(most, -std::log10(light));
    }
    CHECK(least > -0.101);
    CHECK(least < -0.05);
    CHECK(most < 0.501);
    CHECK(most > 0.45);
  }
  SUBCASE("the LED's line") {
    options.quirks.led_line_counts = 575.0;
    OceanLab lab{options};
    const auto dark = lab.spectrum();
    CHECK(lab.lamp_and_led(false, true) == 0);
    lab.spectrum();
    const auto lit = lab.spectrum();
    const std::size_t peak = 46;  // 365.1 nm
    CHECK(lit[peak] - dark[peak] == doctest::Approx(575.0).epsilon(0.02));
    CHECK(lit[1000] == dark[1000]);
  }
  SUBCASE("some frames come without the baseline") {
    options.quirks.dark_corrected_every = 3;
    OceanLab lab{options};
    const unsigned first = lab.spectrum()[2000];
    CHECK(lab.spectrum()[2000] == first);
    CHECK(lab.spectrum()[2000] == first - 1000);
    CHECK(lab.spectrum()[2000] == first);
  }
}

}  // namespace
}  // namespace nocturne::test
