#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "models/series/residence_times.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

/// A tracer through `tanks` stirred tanks in series: mean `mean_s`, variance mean²/tanks. On a drifting
/// baseline, with noise.
struct Pulse {
  Eigen::VectorXd time_s, signal;
};

Pulse tanks_in_series(double mean_s, double tanks, double injection_s, double drift_per_s, double noise,
                      std::uint64_t seed, double record_s) {
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal{0.0, noise};
  const auto n = static_cast<Eigen::Index>(record_s / 0.2);
  Pulse pulse{Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const double t = 0.2 * static_cast<double>(i), after = t - injection_s;
    double tracer = 0.0;
    if (after > 0.0) {
      const double x = after * tanks / mean_s;
      tracer = std::exp((tanks - 1.0) * std::log(x) - x - std::lgamma(tanks)) * tanks / mean_s;
    }
    pulse.time_s[i] = t;
    pulse.signal[i] = 2750.0 - drift_per_s * t - 3000.0 * tracer + (noise > 0.0 ? normal(engine) : 0.0);
  }
  return pulse;
}

TEST_CASE("residence times: mean and variance of tanks in series come back on a drifting baseline") {
  for (const double tanks : {2.0, 5.0, 20.0}) {
    CAPTURE(tanks);
    const Pulse pulse = tanks_in_series(60.0, tanks, 20.0, 0.02, 0.0, 1, 600.0);
    const ResidenceTimes found = residence_times(pulse.time_s, pulse.signal, 20.0);
    CHECK(found.mean_s.value == doctest::Approx(60.0).epsilon(0.01));
    CHECK(found.variance_s2.value == doctest::Approx(3600.0 / tanks).epsilon(0.03));
    CHECK_FALSE(found.tail_cut);
  }
}

TEST_CASE("residence times: the Bodenstein number solves the closed-vessel dispersion model") {
  const Pulse pulse = tanks_in_series(60.0, 10.0, 20.0, 0.0, 0.0, 1, 600.0);
  const double bo = residence_times(pulse.time_s, pulse.signal, 20.0).bodenstein;
  CHECK(2.0 / bo - 2.0 / (bo * bo) * (1.0 - std::exp(-bo)) == doctest::Approx(0.1).epsilon(0.03));
}

TEST_CASE("residence times: the standard error covers the scatter of repeated noisy pulses") {
  std::vector<double> z;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Pulse pulse = tanks_in_series(60.0, 4.0, 20.0, 0.02, 0.3, seed, 300.0);
    const ResidenceTimes found = residence_times(pulse.time_s, pulse.signal, 20.0);
    z.push_back((found.mean_s.value - 60.0) / found.mean_s.standard_error);
  }
  double squares = 0.0;
  for (const double one : z) squares += one * one / static_cast<double>(z.size());
  CHECK(std::sqrt(squares) < 1.5);
  CHECK(std::sqrt(squares) > 0.4);
}

TEST_CASE("residence times: a record that ends within the tail says so") {
  const Pulse pulse = tanks_in_series(60.0, 2.0, 20.0, 0.0, 0.0, 1, 120.0);
  CHECK(residence_times(pulse.time_s, pulse.signal, 20.0).tail_cut);
}

TEST_CASE("residence times: what is no pulse is refused") {
  const Pulse flat = tanks_in_series(60.0, 2.0, 1e9, 0.01, 1.0, 3, 300.0);
  CHECK_THROWS_AS(residence_times(flat.time_s, flat.signal, 0.0), std::invalid_argument);
  const Pulse pulse = tanks_in_series(60.0, 2.0, 20.0, 0.0, 0.0, 1, 600.0);
  CHECK_THROWS_AS(residence_times(pulse.time_s.head(10), pulse.signal.head(10), 0.0), std::invalid_argument);
  CHECK_THROWS_AS(residence_times(pulse.time_s.head(50), pulse.signal.head(40), 0.0), std::invalid_argument);
  Eigen::VectorXd backwards = pulse.time_s.reverse();
  CHECK_THROWS_AS(residence_times(backwards, pulse.signal, 0.0), std::invalid_argument);
  Eigen::VectorXd hole = pulse.signal;
  hole[100] = std::nan("");
  CHECK_THROWS_AS(residence_times(pulse.time_s, hole, 0.0), std::invalid_argument);
}

struct Channels {
  Eigen::VectorXd time_s, outlet, inlet;
};

/// Columns: time stamp, "time with decimal comma", outlet, inlet, ...
Channels read_channels(const fs::path& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  std::vector<double> columns[3];
  while (std::getline(in, line)) {
    const auto open = line.find('"'), close = line.find('"', open + 1);
    std::string time = line.substr(open + 1, close - open - 1);
    time.replace(time.find(','), 1, ".");
    std::istringstream rest{line.substr(close + 2)};
    double outlet = 0.0, inlet = 0.0;
    char comma = 0;
    rest >> outlet >> comma >> inlet;
    columns[0].push_back(std::stod(time));
    columns[1].push_back(outlet);
    columns[2].push_back(inlet);
  }
  const auto vector = [](const std::vector<double>& v) {
    return Eigen::VectorXd{Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()))};
  };
  return {vector(columns[0]), vector(columns[1]), vector(columns[2])};
}

TEST_CASE("residence times: real pulses at 5 and 20 mL/min agree with what was published") {
  const fs::path folder = fs::path{NOCTURNE_SOURCE_DIR} / "../shared/data/residence_time";
  struct Case {
    const char* file;
    double published_s, within;
  };
  for (const Case& real : {Case{"05_mL_per_min.csv", 174.05, 0.06}, Case{"20_mL_per_min.csv", 80.91, 0.02}}) {
    if (!fs::exists(folder / real.file)) {
      MESSAGE("skipped, not here: " << real.file);
      continue;
    }
    const Channels run = read_channels(folder / real.file);
    const double injection_s = pulse_centroid_s(run.time_s, run.inlet);
    const ResidenceTimes found = residence_times(run.time_s, run.outlet, injection_s);
    MESSAGE(real.file << ": " << found.mean_s.value << " ± " << found.mean_s.standard_error
                      << " s, published " << real.published_s << " s, Bo " << found.bodenstein);
    CHECK(found.mean_s.value == doctest::Approx(real.published_s).epsilon(real.within));
  }
}

}  // namespace
}  // namespace nocturne::test
