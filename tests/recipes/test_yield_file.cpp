#include <doctest/doctest.h>

#include "recipes/yield_file.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string kYieldText = R"(excitation = "365 nm"
integrate_from = "390 nm"
integrate_to = "0.8 µm"
absorbed_light = "absorbance"
baseline_from = "600 nm"
baseline_to = "850 nm"

[reference]
name = "quinine sulfate"
source = "Melhuish 1961"
plqy = 0.54
plqy_error = 0.02
earlier_integrals = [1.5e5, 151000]
refractive_index = 1.33
emission = "e/ref.txt"
absorbance = "/a/ref.txt"

[[sample]]
name = "one"
refractive_index = 1.5
emission = "e/one.txt"
emission_blank = "e/toluene.txt"
absorbance = "a/one.txt"
)";

YieldMeasurement parse_yields(const std::string& text) {
  return parse_yield_measurement(text, "m.toml", "/data");
}

TEST_CASE("yield file: everything is read, paths count from its folder") {
  const YieldMeasurement read = parse_yields(kYieldText);
  CHECK(read.settings.high_nm == doctest::Approx(800.0));
  CHECK(read.settings.absorbed == AbsorbedLight::absorbance);
  CHECK(read.settings.highest_absorbance == 0.3);
  CHECK(*read.baseline_low_nm == doctest::Approx(600.0));
  CHECK(read.dye.name == "quinine sulfate");
  CHECK(read.dye.plqy.standard_error == 0.02);
  CHECK(read.earlier_integrals == std::vector<double>{1.5e5, 1.51e5});
  CHECK(read.reference.emission == "/data/e/ref.txt");
  CHECK(read.reference.absorbance == "/a/ref.txt");
  REQUIRE(read.samples.size() == 1);
  CHECK(read.samples[0].refractive_index == 1.5);
  CHECK(*read.samples[0].emission_blank == "/data/e/toluene.txt");
  CHECK_FALSE(read.reference.emission_blank);
}

TEST_CASE("yield file: the shipped example is one") {
  const auto example = std::filesystem::path{NOCTURNE_SOURCE_DIR} / "recipes/yields/example_quinine.toml";
  const YieldMeasurement read = read_yield_measurement(example);
  CHECK(read.dye.plqy.value == 0.54);
  CHECK(read.samples[0].emission == example.parent_path() / "emission/dots.txt");
}

TEST_CASE("yield file: what cannot be meant is refused where it stands") {
  const auto refused = [](const std::string& from, const std::string& to) {
    const std::string text = replaced(kYieldText, from, to);
    return refusal([&] { parse_yields(text); });
  };
  check_refusal(refused("\"365 nm\"", "365"), "m.toml:1", {"no unit"});
  check_refusal(refused("365 nm", "450 nm"), "m.toml:1", {"within the integral"});
  check_refusal(refused("390 nm", "900 nm"), "m.toml:3", {"not above"});
  check_refusal(refused("\"absorbance\"", "\"guess\""), "m.toml:4", {"fraction", "absorbance"});
  check_refusal(refused("plqy = 0.54", "plqy = 54"), "m.toml:11", {"54"});
  check_refusal(refused("refractive_index = 1.5", "refractive_index = 0.5"), "m.toml:20", {"0.5"});
  check_refusal(refused("baseline_to = \"850 nm\"", ""), "m.toml:1", {"baseline_to"});
  check_refusal(refused("[1.5e5, 151000]", "[-1.0]"), "m.toml:13", {"-1"});
  check_refusal(refused("emission_blank", "emision_blank"), "m.toml:22", {"emission_blank"});
  check_refusal(refused("source = \"Melhuish 1961\"", "source = \"\""), "m.toml:10", {"source"});
  CHECK(refusal([] {
          parse_yields(kYieldText.substr(0, kYieldText.find("[[sample]]")));
        }).find("[[sample]]") != std::string::npos);
}

}  // namespace
}  // namespace nocturne::test
