#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <sstream>
#include <vector>

#include "controller/calibrate/calibrate.hpp"
#include "models/spectra/wavelength_check.hpp"
#include "support/measured.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"
#include "tests/controller/calibrate/calibrate_answers.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

Json wavelengths(WavelengthOptions options, const std::string& input = "") {
  options.json = true;
  return line_of(
      written([&](auto& in, auto& out) { return calibrate_wavelengths(options, in, out); }, input));
}

Json residence(ResidenceOptions options, const std::string& input = "") {
  options.json = true;
  return line_of(written([&](auto& in, auto& out) { return calibrate_residence(options, in, out); }, input));
}

Json standards(StandardOptions options, const std::string& input = "") {
  options.json = true;
  return line_of(written([&](auto& in, auto& out) { return calibrate_standards(options, in, out); }, input));
}

/// A mercury-argon lamp `offset_nm` too far to the red; lines above `full_scale` are clipped.
std::string lamp(double offset_nm, double height, double full_scale = 1e9) {
  std::mt19937_64 engine{3};
  std::normal_distribution<double> noise{0.0, 5.0};
  std::ostringstream text;
  for (int i = 0; i < 2048; ++i) {
    const double nm = 200.0 + 0.4 * i;
    double counts = 1000.0 + noise(engine);
    for (const double line : mercury_argon_lines_nm())
      counts += (line < 440.0 && line > 430.0 ? 10.0 : 1.0) * height *
                std::exp(-0.5 * std::pow((nm - line - offset_nm) / 0.6, 2));
    text << nm << '\t' << std::min(full_scale, std::round(counts)) << '\n';
  }
  return text.str();
}

TEST_CASE("calibrate wavelengths: the offset of a lamp's lines, from a file or the standard input") {
  const Json answer = wavelengths({"-", {}, true}, lamp(0.5, 5000.0));
  CHECK(answer["file"] == "-");
  CHECK(std::abs(answer["offset_nm"].get<double>() - 0.5) < 4.0 * answer["offset_nm_se"].get<double>());
  CHECK(answer["offset_nm_se"].get<double>() < 0.05);
  CHECK(std::abs(answer["change_nm_per_100_nm"].get<double>()) < 0.02);
  CHECK(answer["lines"].size() == mercury_argon_lines_nm().size());
  CHECK(answer["lines"][0]["reference_nm"] == 253.652);
  CHECK(answer["lines"][0]["off_nm"].get<double>() == doctest::Approx(0.5).epsilon(0.2));
  CHECK(has_flag(answer, "no_dark"));
  const std::string people = written(
      [](auto& in, auto& out) {
        return calibrate_wavelengths({"-", {}, false}, in, out);
      },
      lamp(0.5, 5000.0));
  CHECK(people.find("-: reads 0.50") == 0);
}

TEST_CASE("calibrate wavelengths: a clipped line is left out and said") {
  const Json answer = wavelengths({"-", {}, true}, lamp(0.5, 5000.0, 16383.0));
  CHECK(answer["lines"].size() == mercury_argon_lines_nm().size() - 1);
  CHECK(has_flag(answer, "saturated"));
  for (const Json& line : answer["lines"]) CHECK(line["reference_nm"] != 435.833);
}

TEST_CASE("calibrate wavelengths: what is no lamp, no spectrum or no fitting dark is refused in one line") {
  const TemporaryFolder folder;
  write_file(folder / "lamp.txt", lamp(0.5, 5000.0));
  write_file(folder / "dark.txt", lamp(0.5, 0.0));
  write_file(folder / "short.txt", "400 1\n401 1\n402 1\n");
  const auto refused = [&](const std::string& name, std::optional<fs::path> dark = {}) {
    std::istringstream in;
    std::ostringstream out;
    const std::string what = refusal([&] { calibrate_wavelengths({folder / name, dark, true}, in, out); });
    CHECK(out.str().empty());
    CHECK(what.find('\n') == std::string::npos);
    return what;
  };
  CHECK(refused("dark.txt").find("is no spectrum of a mercury-argon lamp") != std::string::npos);
  CHECK(refused("short.txt").find("no spectrum of a mercury-argon lamp") != std::string::npos);
  CHECK(refused("lamp.txt", folder / "short.txt").find("another wavelength grid") != std::string::npos);
  CHECK(refused("lamp.txt", folder / "lamp.txt").find("is no spectrum of a mercury") != std::string::npos);
  CHECK(refused("absent.txt").find("no such file") != std::string::npos);
  CHECK_FALSE(refused("").empty());
}

TEST_CASE("calibrate wavelengths: a real mercury lamp is 0.43 nm off, its dark is none") {
  const fs::path folder = measured_data / "raw_counts";
  if (!fs::exists(folder / "hg2016a01.txt")) {
    MESSAGE("skipped, not here: hg2016a01.txt");
    return;
  }
  const Json answer = wavelengths({folder / "hg2016a01.txt", folder / "hg2016a02.txt", true});
  CHECK(answer["offset_nm"].get<double>() == doctest::Approx(0.43).epsilon(0.1));
  CHECK(answer["offset_nm_se"].get<double>() < 0.1);
  std::istringstream in;
  std::ostringstream out;
  CHECK(refusal([&] {
          calibrate_wavelengths({folder / "hg2016a02.txt", {}, true}, in, out);
        }).find("no spectrum of a mercury-argon lamp") != std::string::npos);
}

/// Two stirred tanks of 20 s each, injected at 30 s and seen at the inlet as a spike.
std::string tracer(double end_s) {
  std::ostringstream text;
  text << "time_s,outlet,inlet\n";
  for (double t = 0.0; t < end_s; t += 0.25) {
    const double after = std::max(0.0, t - 30.0);
    text << t << ',' << 5.0 - 0.001 * t + 300.0 * after / 400.0 * std::exp(-after / 20.0) << ','
         << 8.0 * std::exp(-0.5 * std::pow(t - 30.0, 2)) << '\n';
  }
  return text.str();
}

ResidenceOptions injected_at(double seconds) {
  ResidenceOptions options;
  options.tracer = "-";
  options.injection_s = seconds;
  return options;
}

TEST_CASE("calibrate residence: moments of a known pulse, its volume, and the columns used") {
  ResidenceOptions options = injected_at(30.0);
  options.volume_uL = 800.0;
  options.flow_mL_min = 1.5;
  const Json answer = residence(options, tracer(500.0));
  CHECK(answer["residence_time_s"].get<double>() == doctest::Approx(40.0).epsilon(0.01));
  CHECK(answer["variance_s2"].get<double>() == doctest::Approx(800.0).epsilon(0.02));
  CHECK(answer["bodenstein"].get<double>() ==
        doctest::Approx(2.56).epsilon(0.05));  // of variance/mean² = 1/2
  CHECK(answer["passed_volume_uL"].get<double>() == doctest::Approx(1000.0).epsilon(0.01));
  CHECK(answer["residence_over_nominal"].get<double>() == doctest::Approx(40.0 / 32.0).epsilon(0.01));
  CHECK(answer["signal_column"] == "outlet");
  CHECK(answer["flags"] == Json::array({"several_columns"}));
}

TEST_CASE("calibrate residence: a detector at the inlet says when the tracer was injected") {
  ResidenceOptions options;
  options.tracer = "-";
  options.inlet = "inlet";
  const Json answer = residence(options, tracer(500.0));
  CHECK(answer["injection_s"].get<double>() == doctest::Approx(30.0).epsilon(0.001));
  CHECK(answer["residence_time_s"].get<double>() == doctest::Approx(40.0).epsilon(0.01));
  CHECK(answer["flags"].empty());
}

TEST_CASE("calibrate residence: a cut tail is flagged, and people read a lower bound") {
  CHECK(has_flag(residence(injected_at(30.0), tracer(100.0)), "tail_cut"));
  const std::string people = written(
      [](auto& in, auto& out) { return calibrate_residence(injected_at(30.0), in, out); }, tracer(100.0));
  CHECK(people.find("mean residence time at least ") != std::string::npos);
}

TEST_CASE("calibrate residence: what cannot be answered is refused") {
  const auto refused = [](const ResidenceOptions& options, const std::string& input) {
    std::istringstream in{input};
    std::ostringstream out;
    const std::string what = refusal([&] { calibrate_residence(options, in, out); });
    CHECK(out.str().empty());
    return what;
  };
  check_refusal(refused(injected_at(30.0), "time_s,a\n0,1\n1,2\n"), "-:1", {"fewer than 20 points"});
  std::string flat = "time_s,a\n";
  for (int i = 0; i < 50; ++i) flat += std::to_string(i) + ",3\n";
  check_refusal(refused(injected_at(10.0), flat), "-:1", {"no tracer pulse"});
  check_refusal(refused(injected_at(10.0), "time_s,a\n0,x\n"), "-:1", {"--signal"});
  ResidenceOptions both = injected_at(30.0);
  std::istringstream in;
  std::ostringstream out;
  both.inlet = "inlet";
  CHECK_THROWS_AS(calibrate_residence(both, in, out), std::invalid_argument);
  ResidenceOptions volume = injected_at(30.0);
  volume.volume_uL = 100.0;
  CHECK_THROWS_AS(calibrate_residence(volume, in, out), std::invalid_argument);
}

TEST_CASE("calibrate residence: real pulses at 5 and 20 mL/min agree with what was published") {
  struct Case {
    const char* file;
    double published_s, within;
  };
  for (const Case& real : {Case{"05_mL_per_min.csv", 174.05, 0.06}, Case{"20_mL_per_min.csv", 80.91, 0.02}}) {
    const fs::path file = measured_data / "residence_time" / real.file;
    if (!fs::exists(file)) {
      MESSAGE("skipped, not here: " << real.file);
      continue;
    }
    ResidenceOptions options;
    options.tracer = file;
    options.inlet = "Voltage Channel 1";
    const Json answer = residence(options);
    CHECK(answer["time_column"] == "Time");
    CHECK(answer["signal_column"] == "Voltage Channel 0");
    CHECK(answer["residence_time_s"].get<double>() == doctest::Approx(real.published_s).epsilon(real.within));
    CHECK(has_flag(answer, "time_unit_assumed"));
  }
}

/// A lamp's counts every ten minutes of a night.
std::string night(const std::function<double(int)>& value,
                  const std::string& headings = "time_min,lamp,lamp_se") {
  std::mt19937_64 engine{11};
  std::normal_distribution<double> noise;
  std::string text = headings + "\n";
  for (int i = 0; i < 60; ++i)
    text += std::to_string(10 * i) + "," + std::to_string(value(i) + noise(engine)) + ",1\n";
  return text;
}

StandardOptions from_input() {
  StandardOptions options;
  options.table = "-";
  return options;
}

TEST_CASE("calibrate standards: a drift is told per hour with its error") {
  const Json answer = standards(from_input(), night([](int i) { return 1000.0 - 0.5 * i; }));
  CHECK(answer["behaviour"] == "drift");
  CHECK(std::abs(answer["drift_per_h"].get<double>() + 3.0) < 4.0 * answer["drift_per_h_se"].get<double>());
  CHECK(answer["drift_per_h_se"].get<double>() < 0.1);
  CHECK(answer["span_h"].get<double>() == doctest::Approx(9.833).epsilon(0.001));
  CHECK(answer["value_column"] == "lamp");
  CHECK(answer["error_column"] == "lamp_se");
  CHECK_FALSE(answer.contains("step"));
}

TEST_CASE("calibrate standards: a step is told with its time and size, and calm is called steady") {
  const Json step = standards(from_input(), night([](int i) { return i < 30 ? 1000.0 : 990.0; }));
  CHECK(step["behaviour"] == "step");
  CHECK(step.at("step").at("time_s") == 18000.0);
  CHECK(std::abs(step.at("step").at("size").get<double>() + 10.0) <
        4.0 * step.at("step").at("size_se").get<double>());
  const auto calm = [](int) { return 1000.0; };
  CHECK(standards(from_input(), night(calm))["behaviour"] == "steady");
  const std::string people =
      written([](auto& in, auto& out) { return calibrate_standards(from_input(), in, out); }, night(calm));
  CHECK(people.find("-: lamp: steady, 60 values over 9.83 h, mean 999.81 ± 0.13") == 0);
}

TEST_CASE("calibrate standards: a table without headings is time, value, error; databases are refused") {
  const Json answer = standards(from_input(), "0,5,0.1\n60,5.1,0.1\n120,4.9,0.1\n180,5,0.1\n");
  CHECK(answer["error_column"] == "column 3");
  CHECK(answer["values"] == 4);
  CHECK(has_flag(answer, "time_unit_assumed"));
  const auto refused = [](const std::string& input) {
    std::istringstream in{input};
    std::ostringstream out;
    return refusal([&] { calibrate_standards(from_input(), in, out); });
  };
  CHECK(refused("SQLite format 3").find("CSV") != std::string::npos);
  StandardOptions never = from_input();
  never.false_alarm_rate = 2.0;
  std::istringstream in{night([](int) { return 1.0; })};
  std::ostringstream out;
  CHECK_THROWS_AS(calibrate_standards(never, in, out), std::invalid_argument);
  check_refusal(refused("time_s,a\n0,1\n1,2\n"), "-:1", {"three values"});
  check_refusal(refused("time_s,a,se\n0,1,1\n1,2,-1\n2,3,1\n"), "-:3", {"negative"});
}

}  // namespace
}  // namespace nocturne::test
