#include <doctest/doctest.h>

#include <numbers>
#include <stdexcept>

#include "models/spectra/interpret.hpp"
#include "models/spectra/synthetic_frames.hpp"

namespace nocturne::test {

namespace {

void check_coverage(double height, double peak_nm, double fwhm_meV, int runs) {
  Tally peak, width;
  Camera camera{17};
  const Light light = energy_gaussian(peak_nm, fwhm_meV, height);
  Material material = bromide();
  material.platelets.clear();  // a narrow line of their colour without absorbance could be platelets
  for (int run = 0; run < runs; ++run) {
    const Outcome outcome = interpret(emission_of(camera, light, 1, 1), camera.detector(), material);
    const auto* seen = std::get_if<Observation>(&outcome);
    REQUIRE(seen);
    REQUIRE(seen->fwhm_meV);
    peak.add((seen->peak_nm->value - peak_nm) / seen->peak_nm->standard_error);
    width.add((seen->fwhm_meV->value - fwhm_meV) / seen->fwhm_meV->standard_error);
  }
  CAPTURE(height);
  CAPTURE(fwhm_meV);
  CHECK(peak.deviation() > 0.8);
  CHECK(peak.deviation() < 1.25);
  CHECK(std::abs(peak.mean()) < 0.5);
  CHECK(width.deviation() > 0.8);
  CHECK(width.deviation() < 1.25);
  CHECK(std::abs(width.mean()) < 0.5);
}

}  // namespace

TEST_CASE(
    "interpret: stated errors of peak and width are those that noise causes, from faint to bright lines") {
  for (const double height : {150.0, 600.0, 4000.0, 30000.0}) check_coverage(height, 508.0, 90.0, 300);
}

TEST_CASE("interpret: stated errors hold for narrow and for wide lines") {
  check_coverage(3000.0, 470.0, 60.0, 300);
  check_coverage(3000.0, 515.0, 140.0, 300);
}

TEST_CASE("interpret: scatter between reads enters the standard error") {
  Camera camera{3};
  MeasurementFrames frames;
  frames.darks = {camera.dark(3)};
  for (const double drift : {-2.0, -1.0, 0.0, 1.0, 2.0}) {
    frames.emission.push_back(camera.expose(gaussian(505.0 + drift, 20.0, 20000.0), 3));
  }
  const Outcome outcome = interpret(frames, camera.detector(), bromide());
  const auto& seen = std::get<Observation>(outcome);
  CHECK(seen.peak_nm->value == doctest::Approx(505.0).epsilon(0.0005));
  // The five reads have a standard deviation of 1.58 nm; counting alone would claim a few hundredths.
  CHECK(seen.peak_nm->standard_error == doctest::Approx(1.58 / std::sqrt(5.0)).epsilon(0.1));
}

TEST_CASE("interpret: darkness gives no emission, in at least 99 of 100 cases") {
  Camera camera{5};
  int seen = 0;
  for (int run = 0; run < 400; ++run) {
    const MeasurementFrames frames = emission_of(
        camera, [](double) { return 0.0; }, 1, 1);
    const Outcome outcome = interpret(frames, camera.detector(), bromide());
    const auto* failure = std::get_if<Failure>(&outcome);
    if (!failure || failure->kind != FailureKind::no_emission) ++seen;
  }
  CHECK(seen < 4);
}

TEST_CASE("interpret: the line of the LED with its tail and second order is no emission") {
  Camera camera{6};
  const Light led =
      sum(gaussian(365.0, 11.0, 40000.0), [](double nm) { return 3000.0 * std::exp(-(nm - 360.0) / 25.0); });
  const Light light = sum(led, gaussian(730.0, 14.0, 600.0));
  for (int run = 0; run < 20; ++run) {
    const Outcome outcome = interpret(emission_of(camera, light), camera.detector(), bromide());
    REQUIRE(std::holds_alternative<Failure>(outcome));
    CHECK(std::get<Failure>(outcome).kind == FailureKind::no_emission);
  }
}

TEST_CASE("interpret: room light is no emission, and does not move the emission beside it") {
  Light lamp = gaussian(404.66, 1.5, 3000.0);
  for (const double nm : {435.83, 546.07, 576.96, 579.07, 611.6}) lamp = sum(lamp, gaussian(nm, 1.5, 4000.0));
  Camera camera{7};
  const Outcome alone = interpret(emission_of(camera, lamp), camera.detector(), bromide());
  REQUIRE(std::holds_alternative<Failure>(alone));
  CHECK(std::get<Failure>(alone).kind == FailureKind::no_emission);

  const Light both = sum(lamp, gaussian(508.0, 20.0, 9000.0));
  const Outcome beside = interpret(emission_of(camera, both), camera.detector(), bromide());
  const auto& seen = std::get<Observation>(beside);
  CHECK(std::abs(seen.peak_nm->value - 508.0) < 4.0 * seen.peak_nm->standard_error);
  CHECK(has(seen, "narrow_lines"));
  CHECK_FALSE(has(seen, "several_peaks"));
}

TEST_CASE("interpret: a lamp line on top of the emission does not move its peak") {
  Camera camera{8};
  const Light light = sum(gaussian(543.0, 24.0, 12000.0), gaussian(546.07, 1.4, 6000.0));
  const Outcome outcome = interpret(emission_of(camera, light), camera.detector(), bromide());
  const Estimate peak = *std::get<Observation>(outcome).peak_nm;
  CHECK(std::abs(peak.value - 543.0) < 4.0 * peak.standard_error);
  CHECK(std::abs(peak.value - 543.0) < 0.5);
}

TEST_CASE("interpret: emission that fills the converter is reported as saturated") {
  Camera camera{9};
  const Outcome outcome =
      interpret(emission_of(camera, gaussian(510.0, 20.0, 90000.0)), camera.detector(), bromide());
  REQUIRE(std::holds_alternative<Failure>(outcome));
  CHECK(std::get<Failure>(outcome).kind == FailureKind::saturated);
  const Correction correction{camera.detector(), {camera.dark()}};
  const auto read = read_emission(camera.expose(gaussian(510.0, 20.0, 90000.0)), correction);
  CHECK(std::get<Failure>(read).kind == FailureKind::saturated);
}

TEST_CASE("interpret: a saturated LED line is flagged and the emission still measured") {
  Camera camera{10};
  const Light light = sum(gaussian(365.0, 11.0, 200000.0), gaussian(510.0, 20.0, 9000.0));
  const Outcome outcome = interpret(emission_of(camera, light), camera.detector(), bromide());
  CHECK(has(std::get<Observation>(outcome), "saturated"));
  CHECK(std::get<Observation>(outcome).peak_nm->value == doctest::Approx(510.0).epsilon(0.0005));
}

TEST_CASE("interpret: stuck pixels and pixels without a reading change nothing") {
  Camera camera{11};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  const auto reference = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  for (Frame& frame : frames.emission) {
    frame.counts[500] += 16384.0;
    frame.counts[700] = 0.0;
    frame.counts.head(8).setConstant(std::nan(""));
    frame.counts.tail(8).setConstant(std::numeric_limits<double>::infinity());
    frame.counts[480] = std::nan("");
  }
  const Outcome outcome = interpret(frames, camera.detector(), bromide());
  const auto& seen = std::get<Observation>(outcome);
  CHECK(std::abs(seen.peak_nm->value - reference.peak_nm->value) < reference.peak_nm->standard_error);
  CHECK(std::isfinite(seen.fwhm_meV->standard_error));
  CHECK(std::isfinite(seen.intensity->value));
}

TEST_CASE("interpret: a pixel stuck in dark and light alike is neither light nor saturation") {
  Camera camera{12};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  frames.darks.front().counts[450] = 65535.0;
  for (Frame& frame : frames.emission) frame.counts[450] = 65535.0;
  CHECK_FALSE(has(std::get<Observation>(interpret(frames, camera.detector(), bromide())), "saturated"));
}

TEST_CASE("interpret: pixels that are stuck in every frame are left out, and the observation says so") {
  Camera camera{26};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  const auto clean = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  CHECK_FALSE(has(clean, "bad_pixels"));
  const auto damage = [](Frame& frame) {
    for (const Eigen::Index pixel : {480, 481, 500}) frame.counts[pixel] += 16384.0;
    frame.counts.head(8).setConstant(std::nan(""));
  };
  for (Frame& frame : frames.emission) damage(frame);
  damage(frames.darks.front());
  const auto seen = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  CHECK(has(seen, "bad_pixels"));
  CHECK_FALSE(has(seen, "saturated"));
  CHECK_FALSE(has(seen, "narrow_lines"));
  CHECK(std::abs(seen.peak_nm->value - clean.peak_nm->value) < clean.peak_nm->standard_error);
  CHECK(std::abs(seen.intensity->value - clean.intensity->value) < 3.0 * clean.intensity->standard_error);
}

TEST_CASE("interpret: bad pixels outside of what is looked at are not worth a flag") {
  Camera camera{27};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  frames.darks.front().counts.head(8).setZero();
  for (Frame& frame : frames.emission) frame.counts.head(8).setZero();
  CHECK_FALSE(has(std::get<Observation>(interpret(frames, camera.detector(), bromide())), "bad_pixels"));
}

TEST_CASE("interpret: a dark between two exposures serves as well as one of the frames' own") {
  Camera camera{28};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  const auto own = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  frames.darks = {camera.dark(9, 0.1), camera.dark(9, 1.0)};
  const auto between = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  CHECK(std::abs(between.peak_nm->value - own.peak_nm->value) < 2.0 * own.peak_nm->standard_error);
  CHECK(std::abs(between.fwhm_meV->value - own.fwhm_meV->value) < 2.0 * own.fwhm_meV->standard_error);
}

TEST_CASE("interpret: two populations are told apart, with the share of the platelets") {
  Camera camera{13};
  const Light light = sum(energy_gaussian(460.0, 90.0, 4000.0), energy_gaussian(510.0, 90.0, 9000.0));
  const Outcome outcome = interpret(emission_of(camera, light), camera.detector(), bromide());
  const auto& seen = std::get<Observation>(outcome);
  CHECK(has(seen, "several_peaks"));
  CHECK(seen.peak_nm->value == doctest::Approx(510.0).epsilon(0.0005));
  // Areas over wavelength of lines of equal width in energy go with height times the square of the
  // wavelength.
  const double blue = 4000.0 * 460.0 * 460.0, green = 9000.0 * 510.0 * 510.0;
  REQUIRE(seen.nanoplatelet_fraction);
  CHECK(seen.nanoplatelet_fraction->value == doctest::Approx(blue / (blue + green)).epsilon(0.02));
}

TEST_CASE(
    "interpret: mostly platelets is a failure of that name, and so is a single line bluer than any dot") {
  Camera camera{14};
  for (const Light& light :
       {sum(gaussian(460.0, 16.0, 9000.0), gaussian(512.0, 18.0, 3000.0)), gaussian(433.0, 14.0, 9000.0)}) {
    const Outcome outcome = interpret(emission_of(camera, light), camera.detector(), bromide());
    REQUIRE(std::holds_alternative<Failure>(outcome));
    CHECK(std::get<Failure>(outcome).kind == FailureKind::nanoplatelets);
  }
}

TEST_CASE("interpret: intensity is in counts nm per second and does not depend on the exposure") {
  Camera camera{15};
  const double area = 5000.0 * 20.0 * std::sqrt(std::numbers::pi / (4.0 * std::log(2.0)));
  for (const double exposure : {0.1, 0.4}) {
    MeasurementFrames frames;
    frames.darks = {camera.dark(5, exposure)};
    for (int i = 0; i < 4; ++i)
      frames.emission.push_back(camera.expose(gaussian(505.0, 20.0, 50000.0 * exposure), 5, exposure));
    const auto seen = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
    CHECK(seen.intensity->value == doctest::Approx(10.0 * area).epsilon(0.01));
  }
}

TEST_CASE("interpret: frames that are dark-subtracted need no dark; their state is data") {
  Camera camera{16};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  for (Frame& frame : frames.emission) {
    frame.counts -= frames.darks.front().counts;
    frame.dark_subtracted = true;
  }
  const auto with_dark = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  frames.darks.clear();
  const auto without = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  CHECK(with_dark.peak_nm->value == without.peak_nm->value);
  CHECK(without.peak_nm->value == doctest::Approx(505.0).epsilon(0.0005));
  frames.emission[2].dark_subtracted = false;
  CHECK_THROWS_AS(interpret(frames, camera.detector(), bromide()), std::invalid_argument);
}

TEST_CASE("interpret: frames that do not belong together are refused") {
  Camera camera{18};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  SUBCASE("no emission frame") { frames.emission.clear(); }
  SUBCASE("another exposure of the dark") { frames.darks.front().exposure_s = 0.31; }
  SUBCASE("exposures of its own") { frames.emission[1].exposure_s = 0.4; }
  SUBCASE("negative counts") { frames.emission[1].counts *= -1.0; }
  SUBCASE("frames that had their dark subtracted and do not say so") {
    for (Frame& frame : frames.emission) frame.counts -= frames.darks.front().counts;
  }
  SUBCASE("an exposure of nothing") { frames.emission[1].exposure_s = frames.emission[0].exposure_s = 0.0; }
  SUBCASE("an unknown exposure") { frames.emission[0].exposure_s = std::nan(""); }
  SUBCASE("no dark") { frames.darks.clear(); }
  SUBCASE("a dark that was read with light") { frames.darks.front().lamp_on = true; }
  SUBCASE("a dark of another detector") { frames.darks.push_back(Frame{Eigen::VectorXd::Zero(7), 0.1}); }
  SUBCASE("another detector") { frames.emission[1].counts.conservativeResize(100); }
  SUBCASE("a reference of another detector") {
    frames.transmission = frames.emission;
    frames.reference = frames.emission[0];
    frames.reference.counts.conservativeResize(2135);
  }
  SUBCASE("a reference of an exposure that no dark has") {
    frames.transmission = frames.emission;
    frames.reference = frames.emission[0];
    frames.reference.exposure_s = 0.05;
  }
  CHECK_THROWS_AS(interpret(frames, camera.detector(), bromide()), std::invalid_argument);
}

TEST_CASE("interpret: frames without a usable reading are refused, not reported as no emission") {
  Camera camera{24};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  Detector of = camera.detector();
  SUBCASE("not a number") { frames.emission[2].counts.setConstant(std::nan("")); }
  SUBCASE("full in the dark as well") {
    frames.darks.front().counts.setConstant(65535.0);
    for (Frame& frame : frames.emission) frame.counts.setConstant(65535.0);
  }
  for (const Eigen::Index pixels : {0, 1}) {
    SUBCASE(pixels == 0 ? "no pixel" : "one pixel") {
      of.wavelength_nm = Eigen::VectorXd::Constant(pixels, 505.0);
      for (Frame& frame : frames.emission) frame.counts = Eigen::VectorXd::Constant(pixels, 9000.0);
      frames.darks.front().counts = Eigen::VectorXd::Constant(pixels, 1500.0);
    }
  }
  CHECK_THROWS_AS(interpret(frames, of, bromide()), std::invalid_argument);
}

TEST_CASE("interpret: frames full from end to end are saturated; light and dark exchanged, no emission") {
  Camera camera{25};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  FailureKind expected = FailureKind::saturated;
  SUBCASE("full") {
    for (Frame& frame : frames.emission) frame.counts.setConstant(65535.0);
  }
  SUBCASE("light and dark taken for each other") {
    std::swap(frames.emission, frames.darks);
    expected = FailureKind::no_emission;
  }
  const Outcome outcome = interpret(frames, camera.detector(), bromide());
  REQUIRE(std::holds_alternative<Failure>(outcome));
  CHECK(std::get<Failure>(outcome).kind == expected);
}

TEST_CASE("interpret: the size interval contains the dot's size and widens towards the bulk edge") {
  Camera camera{20};
  double last = 0.0;
  for (const double edge : {4.5, 7.0, 10.0}) {
    const double peak = peak_nm_at(bromide(), edge);
    const auto seen = std::get<Observation>(
        interpret(emission_of(camera, gaussian(peak, 20.0, 9000.0)), camera.detector(), bromide()));
    REQUIRE(seen.edge_length_nm);
    CHECK(seen.edge_length_nm->low < edge);
    CHECK(seen.edge_length_nm->high > edge);
    const double width = seen.edge_length_nm->high - seen.edge_length_nm->low;
    CHECK(width > 1.5 * last);
    last = width;
  }
}

TEST_CASE("interpret: a peak beyond the bulk edge has no size") {
  Camera camera{21};
  const auto seen = std::get<Observation>(
      interpret(emission_of(camera, gaussian(530.0, 20.0, 9000.0)), camera.detector(), bromide()));
  CHECK_FALSE(seen.edge_length_nm);
  CHECK(has(seen, "outside_sizing_curve"));
}

TEST_CASE("read_emission: agrees with the full interpretation and is silent in the dark") {
  Camera camera{22};
  const Correction correction{camera.detector(), {camera.dark()}};
  Frame frame = camera.expose(gaussian(505.0, 20.0, 9000.0));
  const EmissionRead read = std::get<EmissionRead>(read_emission(frame, correction));
  CHECK(std::abs(read.peak_nm.value - 505.0) < 4.0 * read.peak_nm.standard_error);
  CHECK(std::get<Failure>(read_emission(camera.dark(), correction)).kind == FailureKind::no_emission);
  frame.counts[300] = std::nan("");
  CHECK(std::isfinite(std::get<EmissionRead>(read_emission(frame, correction)).light));
}

TEST_CASE("interpret: the nonlinearity polynomial is undone before anything is measured") {
  Detector curved = detector();
  curved.nonlinearity = {1.0, -4e-6};
  Camera camera{23, curved};
  // Counts y of true light x obey y = x (1 - 4e-6 y).
  const Light light = [](double nm) {
    const double x = gaussian(505.0, 20.0, 40000.0)(nm);
    return x / (1.0 + 4e-6 * x);
  };
  const auto seen = std::get<Observation>(interpret(emission_of(camera, light), curved, bromide()));
  const double width = 1e3 * (hc_eV_nm / 495.0 - hc_eV_nm / 515.0);
  CHECK(std::abs(seen.fwhm_meV->value - width) < 4.0 * seen.fwhm_meV->standard_error);
}

}  // namespace nocturne::test
