#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "models/spectra/quantum_yield.hpp"
#include "support/measured.hpp"
#include "support/tally.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

const YieldReference kQuinine{"quinine sulfate", {0.54, 0.02}, "Melhuish 1961"};

/// A solution whose absorbance falls from `absorbance` at 365 nm and that emits about 500 nm, on a grid of
/// `step_nm`.
LuminescentSolution solution(double absorbance, double height, double step_nm, double noise,
                             std::uint64_t seed) {
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal;
  LuminescentSolution made;
  const auto n = static_cast<Eigen::Index>(550.0 / step_nm) + 1;
  for (Spectrum* spectrum : {&made.emission, &made.absorbance}) {
    spectrum->wavelength_nm = Eigen::VectorXd::LinSpaced(n, 300.0, 850.0);
    spectrum->value.resize(n);
    const double sigma = spectrum == &made.emission ? noise : 1e-3;
    spectrum->variance = Eigen::VectorXd::Constant(n, sigma * sigma);
    for (Eigen::Index i = 0; i < n; ++i) {
      const double nm = spectrum->wavelength_nm[i];
      const double value = spectrum == &made.emission
                               ? height * std::exp(-0.5 * std::pow((nm - 500.0) / 25.0, 2))
                               : absorbance * std::exp(-(nm - 365.0) / 60.0);
      spectrum->value[i] = value + sigma * normal(engine);
    }
  }
  made.source = "synthetic";
  return made;
}

TEST_CASE("plqy: the ratio of integrals and of absorbed light, whatever the grids") {
  const auto sample = solution(0.1, 2000.0, 0.5, 0.0, 1), reference = solution(0.1, 1000.0, 1.3, 0.0, 2);
  const RelativeYield yield = relative_yield(sample, reference, kQuinine);
  CHECK(yield.plqy.value == doctest::Approx(1.08).epsilon(0.01));  // integrals per pixel would give 2.8
  CHECK(yield.plqy.standard_error > 0.02);
  CHECK(yield.provenance.find("quinine sulfate") != std::string::npos);
  CHECK(yield.provenance.find("counts nm") != std::string::npos);
  CHECK(yield.provenance.find("365 nm") != std::string::npos);
}

TEST_CASE("plqy: refractive indices count squared, absorbed light as a fraction") {
  auto sample = solution(0.3, 1000.0, 0.5, 0.0, 1);
  sample.refractive_index = 1.5;
  const auto reference = solution(0.05, 1000.0, 0.5, 0.0, 2);
  YieldSettings settings;
  settings.highest_absorbance = 0.5;
  const double taken = (1.0 - std::pow(10.0, -0.05)) / (1.0 - std::pow(10.0, -0.3));
  CHECK(relative_yield(sample, reference, kQuinine, settings).plqy.value ==
        doctest::Approx(0.54 * 2.25 * taken).epsilon(0.02));
}

TEST_CASE("plqy: an optically thick sample is flagged, an impossible yield too") {
  const auto reference = solution(0.05, 1000.0, 0.5, 0.0, 2);
  CHECK(relative_yield(solution(2.0, 1000.0, 0.5, 0.0, 1), reference, kQuinine).flags ==
        std::vector<std::string>{"inner_filter"});
  CHECK(relative_yield(solution(0.05, 4000.0, 0.5, 0.0, 1), reference, kQuinine).flags ==
        std::vector<std::string>{"yield_above_one"});
}

TEST_CASE("plqy: what does not absorb, emit or cover the range is refused") {
  const auto good = solution(0.1, 1000.0, 0.5, 0.0, 1);
  CHECK_THROWS_AS(relative_yield(solution(-0.1, 1000.0, 0.5, 0.0, 1), good, kQuinine), std::invalid_argument);
  CHECK_THROWS_AS(relative_yield(good, solution(0.1, -5.0, 0.5, 0.0, 1), kQuinine), std::invalid_argument);
  YieldSettings wide;
  wide.high_nm = 900.0;
  CHECK_THROWS_AS(relative_yield(good, good, kQuinine, wide), std::invalid_argument);
}

TEST_CASE("plqy: over replicates the z-scores are standard normal") {
  const YieldReference exact{"exact", {0.54, 0.0}, "test"};
  Tally z;
  constexpr int repeats = 1000;
  for (int k = 0; k < repeats; ++k) {
    const auto seed = static_cast<std::uint64_t>(2 * k);
    const RelativeYield yield = relative_yield(solution(0.1, 500.0, 0.5, 10.0, seed + 1),
                                               solution(0.1, 500.0, 0.5, 10.0, seed + 2), exact);
    z.add((yield.plqy.value - 0.54) / yield.plqy.standard_error);
  }
  CHECK(std::abs(z.mean()) < 0.1);
  CHECK(z.deviation() > 0.9);
  CHECK(z.deviation() < 1.2);
}

TEST_CASE("plqy: a reference that is three times its own history stands out") {
  const std::vector<double> history{1.00, 1.02, 0.97, 1.01, 0.99};
  CHECK(reference_surprise(3.2, history) > 50.0);
  CHECK(reference_surprise(1.01, history) < 2.0);
  CHECK(reference_surprise(1.03, {1.0, 1.0, 1.0}) < 2.0);
  CHECK_THROWS_AS(reference_surprise(1.0, {}), std::invalid_argument);
}

/// Running median of five, by hand.
Eigen::VectorXd median_of_five(const Eigen::VectorXd& values) {
  Eigen::VectorXd result = values;
  for (Eigen::Index i = 2; i + 2 < values.size(); ++i) {
    std::vector<double> around(values.data() + i - 2, values.data() + i + 3);
    std::ranges::sort(around);
    result[i] = around[2];
  }
  return result;
}

/// The recipe of those who measured: running median of five, absorbance at 365 nm, emission from 390 to 800
/// nm, absorbances in place of absorbed light.
double by_their_recipe(const Spectrum& emission, const Spectrum& absorbance) {
  const Eigen::VectorXd light = median_of_five(emission.value), a = median_of_five(absorbance.value);
  double integral = 0.0;
  for (Eigen::Index i = 1; i < light.size(); ++i)
    if (emission.wavelength_nm[i - 1] >= 390.0 && emission.wavelength_nm[i] <= 800.0)
      integral +=
          0.5 * (light[i] + light[i - 1]) * (emission.wavelength_nm[i] - emission.wavelength_nm[i - 1]);
  Eigen::Index nearest = 0;
  (absorbance.wavelength_nm.array() - 365.0).abs().minCoeff(&nearest);
  return integral / a[nearest];
}

TEST_CASE("plqy: ten real samples against quinine sulfate agree with the authors' recipe within 2 %") {
  const fs::path folder = measured_data / "plqy_carbon_dots";
  if (!fs::exists(folder)) {
    MESSAGE("skipped, not here: plqy_carbon_dots");
    return;
  }
  const LuminescentSolution reference{spectrum_of(folder / "fluoro/ref.txt"),
                                      spectrum_of(folder / "abs/ref.txt"), 1.33, "ref.txt"};
  const double theirs_reference = by_their_recipe(reference.emission, reference.absorbance);
  YieldSettings settings;
  settings.absorbed = AbsorbedLight::absorbance;
  int samples = 0;
  for (const auto& file : fs::directory_iterator{folder / "fluoro"}) {
    const std::string name = file.path().filename().string();
    if (name == "ref.txt") continue;
    const LuminescentSolution sample{spectrum_of(file.path()), spectrum_of(folder / "abs" / name), 1.33,
                                     name};
    const RelativeYield yield = relative_yield(sample, reference, kQuinine, settings);
    const double theirs = 0.54 * by_their_recipe(sample.emission, sample.absorbance) / theirs_reference;
    INFO(name << ": " << yield.plqy.value << " ± " << yield.plqy.standard_error << ", their recipe "
              << theirs);
    CHECK(yield.plqy.value == doctest::Approx(theirs).epsilon(0.02));
    ++samples;
  }
  CHECK(samples == 10);
}

}  // namespace
}  // namespace nocturne::test
