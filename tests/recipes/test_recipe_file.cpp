#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "recipes/document.hpp"
#include "recipes/recipe.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string& good_recipe() {
  static const std::string text = read_text_file(NOCTURNE_SOURCE_DIR "/recipes/cspbbr3_blue_470.toml");
  return text;
}

/// The blue recipe with one change must be refused in the line of the change.
void check_recipe_change(const std::string& from, const std::string& to,
                         std::initializer_list<const char*> words) {
  const std::string text = replaced(good_recipe(), from, to);
  check_refusal(refusal([&] { parse_recipe(text, "r.toml"); }), "r.toml:" + line_of(good_recipe(), from),
                words);
}

std::string recipe_message(const std::string& text) {
  return refusal([&] { parse_recipe(text, "r.toml"); });
}

}  // namespace

TEST_CASE("recipe: everything in the file arrives") {
  const Recipe recipe = parse_recipe(good_recipe(), "r.toml");
  CHECK(recipe.name == "CsPbBr3, blue, 470 nm");
  CHECK(recipe.material == "cspbbr3");
  CHECK(recipe.text == good_recipe());
  CHECK(recipe.file == "r.toml");
  REQUIRE(recipe.stocks.size() == 4);
  CHECK(recipe.stocks[0].name == "cs_pb");
  CHECK(recipe.stocks[0].contents.at("Pb").si() == 33.0);
  CHECK(recipe.stocks[1].contents.at("alkylammonium_bromide").si() == 100.0);
  CHECK(recipe.stocks[3].contents.empty());
  CHECK(recipe.diluent == "diluent");
  CHECK(recipe.measurement.dilution_ratio == 5.0);
  CHECK(recipe.targets[0].output == "peak_nm");
  CHECK(recipe.targets[0].value == 470.0);
  CHECK(recipe.targets[0].tolerance == 2.0);
  CHECK(recipe.targets[0].fwhm_max_meV == 0.0);
  CHECK(recipe.budget.experiments == 40);
  CHECK(recipe.budget.time == Seconds{43200.0});
  CHECK(recipe.budget.failures_in_a_row == 5);
  CHECK(recipe.safety.max_temperature == Temperature::from_celsius(190.0));
  CHECK(recipe.measurement.led_exposure == Seconds{0.3});
  CHECK(recipe.measurement.lamp_exposure == Seconds{0.05});
  CHECK(recipe.measurement.scans == 9);
  CHECK(recipe.measurement.reads == 6);
  CHECK(recipe.measurement.max_reads == 40);
  CHECK_FALSE(recipe.measurement.flush_residences);
  CHECK(recipe.measurement.max_settling == Seconds{1800.0});
  CHECK_FALSE(recipe.measurement.standard_every);
}

TEST_CASE("recipe: variables have the names, units and scales of conditions") {
  const Recipe recipe = parse_recipe(good_recipe(), "r.toml");
  REQUIRE(recipe.variables.size() == 4);
  const auto check = [&](std::size_t i, const char* name, double low, double high, Scale scale,
                         const char* unit) {
    CHECK(recipe.variables[i].name == name);
    CHECK(recipe.variables[i].low == low);
    CHECK(recipe.variables[i].high == high);
    CHECK(recipe.variables[i].scale == scale);
    CHECK(recipe.variables[i].kind == VariableKind::real);
    CHECK(recipe.variables[i].unit == unit);
  };
  check(0, "br_pb", 3.2, 12.0, Scale::logarithmic, "");
  check(1, "amine_pb", 0.5, 6.0, Scale::linear, "");
  check(2, "temperature_C", 70.0, 180.0, Scale::linear, "°C");
  check(3, "residence_time_s", 40.0, 240.0, Scale::logarithmic, "s");
}

TEST_CASE("recipe: bounds may be written in any unit of their dimension") {
  const std::string text =
      replaced(replaced(good_recipe(), "\"240 s\"", "\"4 min\""), "\"70 °C\"", "\"343.15 K\"");
  const Recipe recipe = parse_recipe(text, "r.toml");
  CHECK(recipe.variables[3].high == 240.0);
  CHECK(recipe.variables[2].low == doctest::Approx(70.0).epsilon(1e-12));
}

TEST_CASE("recipe: a fixed condition takes the place of a variable") {
  std::string text = good_recipe();
  const auto begin = text.find("[[variable]]\nname = \"temperature\"");
  REQUIRE(begin != std::string::npos);
  text.erase(begin, text.find("[[variable]]", begin + 1) - begin);
  check_refusal(recipe_message(text), "r.toml:1", {"'temperature'", "[[variable]]", "[fixed]"});
  const Recipe recipe = parse_recipe(text + "\n[fixed]\ntemperature = \"120 °C\"\n", "r.toml");
  CHECK(recipe.fixed.at("temperature_C") == 120.0);
  check_refusal(recipe_message(text + "\n[fixed]\ntemperature = \"195 °C\"\n"),
                "r.toml:" + line_of(text, "max_temperature"), {"fixed temperature"});
  check_refusal(recipe_message(text + "[fixed]\ntemprature = \"120 °C\"\ntemperature = \"120 °C\"\n"),
                "r.toml:" + line_of(text + "[fixed]\ntemprature", "temprature"),
                {"unknown condition", "did you mean 'temperature'"});
}

TEST_CASE("recipe: a condition is not fixed and varied at once") {
  const std::string text = good_recipe() + "[fixed]\nbr_pb = 4\n";
  check_refusal(recipe_message(text), "r.toml:" + line_of(text, "br_pb = 4"),
                {"br_pb", "varied on line", line_of(text, "[[variable]]").c_str()});
}

TEST_CASE("recipe: wrong bounds are refused in their line") {
  check_recipe_change("low = \"70 °C\"", "low = 70", {"'low'", "no unit", "°C or K"});
  check_recipe_change("low = 3.2", "low = \"3.2 mol/mol\"", {"'low'", "bare number"});
  check_recipe_change("high = 6", "high = 0.5", {"'high' = 0.5", "not above"});
  check_recipe_change("high = \"180 °C\"", "high = \"18 °C\"", {"'high'", "not above 'low'"});
  check_recipe_change("low = 3.2", "low = 0", {"log scale", "above 0"});
  check_recipe_change("low = 3.2", "low = -1", {"-1", "0 to 1000"});
  check_recipe_change("high = \"180 °C\"", "high = \"900 °C\"", {"900 °C", "-50 to 400 °C"});
  check_recipe_change("name = \"br_pb\"", "name = \"br_bp\"", {"'br_bp'", "br_pb", "amine_pb"});
  check_recipe_change("scale = \"log\"", "scale = \"logarithmic\"", {"'logarithmic'", "linear or log"});
  check_recipe_change("name = \"amine_pb\"", "name = \"br_pb\"", {"'br_pb'", "second time"});
}

TEST_CASE("recipe: the highest temperature stays within the recipe's own limit") {
  check_recipe_change("max_temperature = \"190 °C\"", "max_temperature = \"184 °C\"",
                      {"184 °C", "less than 5 K above the highest"});
  check_recipe_change("max_temperature = \"190 °C\"", "max_temperature = 190", {"no unit"});
}

TEST_CASE("recipe: wrong targets are refused in their line") {
  check_recipe_change("peak = \"470 nm\"", "peak = 470", {"'peak'", "no unit", "nm"});
  check_recipe_change("peak = \"470 nm\"", "peak = \"299 nm\"", {"299 nm", "300 to 1100 nm"});
  check_recipe_change("tolerance = \"2 nm\"", "fwhm_mix = \"100 meV\"\ntolerance = \"2 nm\"",
                      {"unknown key 'fwhm_mix'", "did you mean 'fwhm_max'"});
  check_recipe_change("tolerance = \"2 nm\"", "tolerance = \"0 nm\"", {"'tolerance'", "0.01 to 100 nm"});
  const std::string extra =
      replaced(good_recipe(), "tolerance = \"2 nm\"", "tolerance = \"2 nm\"\nfwhm_max = \"120 meV\"");
  CHECK(parse_recipe(extra, "r.toml").targets[0].fwhm_max_meV == 120.0);
}

TEST_CASE("recipe: the target may ask for the narrowest line") {
  CHECK_FALSE(parse_recipe(good_recipe(), "r.toml").targets[0].narrowest);
  const std::string more =
      replaced(good_recipe(), "tolerance = \"2 nm\"", "tolerance = \"2 nm\"\nnarrowest = true");
  CHECK(parse_recipe(more, "r.toml").targets[0].narrowest);
  check_recipe_change("tolerance = \"2 nm\"", "narrowest = \"very\"\ntolerance = \"2 nm\"", {"'narrowest'"});
}

TEST_CASE("recipe: the target may ask for a least quantum yield and a least yield") {
  const std::string more = replaced(good_recipe(), "tolerance = \"2 nm\"",
                                    "tolerance = \"2 nm\"\nplqy_min = 0.6\nyield_min = 0.5");
  const Recipe recipe = parse_recipe(more, "r.toml");
  CHECK(recipe.targets[0].plqy_min == 0.6);
  CHECK(recipe.targets[0].yield_min == 0.5);
  CHECK(recipe.lines.at("plqy_min") == std::stoi(line_of(more, "plqy_min")));
  CHECK(parse_recipe(good_recipe(), "r.toml").targets[0].plqy_min == 0.0);
  check_recipe_change("tolerance = \"2 nm\"", "plqy_min = 60\ntolerance = \"2 nm\"",
                      {"'plqy_min' = 60", "0.001 to 1"});
  check_recipe_change("tolerance = \"2 nm\"", "yield_min = 0\ntolerance = \"2 nm\"",
                      {"'yield_min'", "0.001 to 1"});
  check_recipe_change("tolerance = \"2 nm\"", "yield_min = \"much\"\ntolerance = \"2 nm\"", {"'yield_min'"});
}

TEST_CASE("recipe: a campaign may be sparing with experiments, time or reagent") {
  const auto scarce = [](const std::string& word) {
    return parse_recipe(replaced(good_recipe(), "failures_in_a_row = 5",
                                 "failures_in_a_row = 5\nscarce = \"" + word + "\""),
                        "r.toml")
        .budget.scarce;
  };
  CHECK(parse_recipe(good_recipe(), "r.toml").budget.scarce == Scarce::experiments);
  CHECK(scarce("experiments") == Scarce::experiments);
  CHECK(scarce("time") == Scarce::time);
  CHECK(scarce("reagent") == Scarce::reagent);
  check_recipe_change("failures_in_a_row = 5", "scarce = \"money\"\nfailures_in_a_row = 5",
                      {"'scarce'", "experiments, time or reagent"});
}

TEST_CASE("recipe: wrong stocks are refused in their line") {
  check_recipe_change("Pb = \"33 mmol/L\"", "Pd = \"33 mmol/L\"", {"unknown content 'Pd'"});
  check_recipe_change("Pb = \"33 mmol/L\"", "Pb = 33", {"'Pb'", "no unit", "mmol/L"});
  check_recipe_change("Pb = \"33 mmol/L\"", "Pb = \"0 mmol/L\"", {"'Pb'", "0.001 mmol/L"});
  check_recipe_change("name = \"bromide\"", "name = \"cs_pb\"", {"'cs_pb'", "second time"});
  check_recipe_change("stock = \"diluent\"", "stock = \"toluene\"", {"no stock 'toluene'"});
  check_recipe_change("stock = \"diluent\"", "stock = \"amine\"", {"'amine'", "no solvent"});
  check_recipe_change("ratio = 5", "ratio = -5", {"'ratio' = -5", "0 to 100"});
}

TEST_CASE("recipe: what is done about a failed experiment is one of five words, for each kind") {
  const std::string policies = "[recovery]\nno_emission = \"clean\"\nnot_settled = \"retry\"\n";
  const Recipe recipe = parse_recipe(good_recipe() + policies, "r.toml");
  CHECK(recipe.recovery.at(FailureKind::no_emission) == Recovery::clean);
  CHECK(recipe.recovery.at(FailureKind::not_settled) == Recovery::retry);
  CHECK(recipe.recovery.size() == 2);
  const std::string wrong = recipe_message(good_recipe() + "[recovery]\nno_emission = \"pray\"\n");
  CHECK(wrong.find("skip, retry, clean, standard or safe") != std::string::npos);
  const std::string unknown = recipe_message(good_recipe() + "[recovery]\nstalled = \"retry\"\n");
  CHECK(unknown.find("'stalled'") != std::string::npos);
}

TEST_CASE("recipe: a stock may name the lot of its reagents, which changes nothing of what is made from it") {
  const std::string with_lot =
      replaced(good_recipe(), "density = \"0.79 g/mL\"", "density = \"0.79 g/mL\"\nlot = \"A-12\"");
  const Recipe told = parse_recipe(with_lot, "r.toml"), untold = parse_recipe(good_recipe(), "r.toml");
  CHECK(told.stocks[0].lot == "A-12");
  CHECK(untold.stocks[0].lot.empty());
  CHECK(told.stocks[0] == untold.stocks[0]);
  check_recipe_change("density = \"0.79 g/mL\"", "lot = \"\"", {"lot"});
  check_recipe_change("density = \"0.79 g/mL\"", "lot = 12", {"lot"});
}

TEST_CASE("recipe: a stock may tell its density, which is believed to a tenth; none allows every solvent") {
  const Recipe told = parse_recipe(good_recipe(), "r.toml");
  CHECK(told.stocks[0].density_g_per_mL == 0.79);
  CHECK(density_range(told.stocks[0]).least_g_per_mL == doctest::Approx(0.711));
  CHECK(density_range(told.stocks[0]).most_g_per_mL == doctest::Approx(0.869));
  Stock other = told.stocks[0];
  other.density_g_per_mL.reset();
  CHECK(other == told.stocks[0]);
  CHECK(density_range(other).least_g_per_mL == 0.65);
  CHECK(density_range(other).most_g_per_mL == 1.6);
  CHECK(
      parse_recipe(replaced(good_recipe(), "0.79 g/mL", "790 kg/m³"), "r.toml").stocks[0].density_g_per_mL ==
      doctest::Approx(0.79));
  check_recipe_change("density = \"0.79 g/mL\"", "density = \"79 g/mL\"", {"0.5 to 4 g/mL"});
  check_recipe_change("density = \"0.79 g/mL\"", "density = 0.79", {"density"});
  check_recipe_change("density = \"0.79 g/mL\"", "density = \"0.79 g\"", {"density"});
}

TEST_CASE("recipe: a quench is told wholly, with a solvent, or not at all") {
  const auto with = [](const std::string& lines) {
    return replaced(good_recipe(), "max_temperature = \"190 °C\"", "max_temperature = \"190 °C\"\n" + lines);
  };
  CHECK_FALSE(parse_recipe(good_recipe(), "r.toml").safety.quench);
  const std::string stock = "quench = \"diluent\"\n", flow = "quench_flow = \"1 mL/min\"\n",
                    time = "quench_for = \"2 min\"\n";
  const Recipe recipe = parse_recipe(with(stock + flow + time), "r.toml");
  REQUIRE(recipe.safety.quench);
  CHECK(recipe.safety.quench->stock == "diluent");
  CHECK(recipe.safety.quench->flow / milliliters_per_minute(1.0) == doctest::Approx(1.0));
  CHECK(recipe.safety.quench->lasting == Seconds{120.0});
  for (const std::string& part : {stock + flow, flow + time, time})
    CHECK(recipe_message(with(part)).find("(allowed: all of them or none)") != std::string::npos);
  CHECK(recipe_message(with("quench = \"amine\"\n" + flow + time))
            .find("stock 'amine' is no solvent (allowed: a stock without contents)") != std::string::npos);
  CHECK(recipe_message(with("quench = \"water\"\n" + flow + time))
            .find("there is no stock 'water' to quench with") != std::string::npos);
  CHECK(recipe_message(with(stock + flow + "quench_for = \"2 h\"\n")).find("quench_for") !=
        std::string::npos);
}

TEST_CASE("recipe: a standard is measured as often as it says") {
  const std::string with = replaced(good_recipe(), "reads = 6", "standard_every = \"2 h\"\nreads = 6");
  CHECK(parse_recipe(with, "r.toml").measurement.standard_every == Seconds{7200.0});
}

TEST_CASE("recipe: a standard has a value for every variable, within its bounds") {
  const auto with = [](const std::string& peak) {
    return good_recipe() + "\n[standard]\nbr_pb = 5\namine_pb = 2\ntemperature = \"150 °C\"\n" + peak +
           "residence_time = \"2 min\"\n";
  };
  const auto standard = parse_recipe(with("peak = \"495 nm\"\ntolerance = \"2 nm\"\n"), "r.toml").standard;
  REQUIRE(standard);
  CHECK(standard->conditions.size() == 4);
  CHECK(standard->conditions.at("residence_time_s") == 120.0);
  CHECK(standard->peak_nm == 495.0);
  CHECK(standard->tolerance_nm == 2.0);
  CHECK_FALSE(parse_recipe(with(""), "r.toml").standard->peak_nm);
  CHECK_FALSE(parse_recipe(good_recipe(), "r.toml").standard);
  const auto message = [&](const std::string& from, const std::string& to) {
    return recipe_message(replaced(with("peak = \"495 nm\"\ntolerance = \"2 nm\"\n"), from, to));
  };
  CHECK(message("\nbr_pb = 5", "\nbr_pb = 50")
            .find("'br_pb' = 50 is outside the bounds of the variable (line ") != std::string::npos);
  CHECK(message("\nbr_pb = 5", "").find("'br_pb'") != std::string::npos);
  CHECK(message("tolerance = \"2 nm\"\nresidence", "residence").find("'tolerance'") != std::string::npos);
  CHECK(message("\nbr_pb = 5", "\nbr_pb = 5\nrb_pb = 5").find("unknown key 'rb_pb'") != std::string::npos);
}

TEST_CASE("recipe: wrong budgets and measurements are refused in their line") {
  check_recipe_change("experiments = 40", "experiments = 0", {"'experiments'", "1 to"});
  check_recipe_change("experiments = 40", "experiments = 12.5", {"whole number"});
  check_recipe_change("time = \"12 h\"", "time = 12", {"'time'", "no unit", "h"});
  check_recipe_change("scans = 9", "scans = 0", {"'scans'", "1 to"});
  check_recipe_change("reads = 6", "standard_every = 2\nreads = 6", {"'standard_every'", "no unit"});
  check_recipe_change("reads = 6", "standard_every = \"30 s\"\nreads = 6", {"30 s", "1 min to 1000 h"});
  check_recipe_change("reads = 6", "reads = 2", {"'reads'", "3 to"});
  check_recipe_change("max_reads = 40", "max_reads = 5", {"'max_reads' = 5", "below 'reads' = 6"});
  check_recipe_change("led_exposure = \"300 ms\"", "led_exposure = \"300 nm\"", {"'nm'", "ms, s, min or h"});
  check_recipe_change("scans = 9", "scan = 9", {"unknown key 'scan'", "did you mean 'scans'"});
}

TEST_CASE("recipe: an impossible mass balance is refused in the line of its stock") {
  const std::string second = good_recipe() +
                             "\n[[stock]]\nname = \"zinc\"\ncontents = { zinc_bromide = \"50 mmol/L\" }\n"
                             "[[stock]]\nname = \"spare\"\ncontents = { oleic_acid = \"50 mmol/L\" }\n";
  check_refusal(recipe_message(second),
                "r.toml:" + std::to_string(std::stoi(line_of(second, "name = \"zinc\"")) - 1),
                {"impossible mass balance", "'bromide'", "'zinc'"});
  const std::string no_lead =
      replaced(good_recipe(), "Cs = \"33 mmol/L\", Pb = \"33 mmol/L\"", "Cs = \"33 mmol/L\"");
  check_refusal(recipe_message(no_lead), "r.toml:" + line_of(good_recipe(), "[[stock]]"),
                {"no stock contains lead"});
  const std::string no_amine =
      replaced(good_recipe(), "amine = \"300 mmol/L\"", "oleic_acid = \"300 mmol/L\"");
  check_refusal(recipe_message(no_amine),
                "r.toml:" + std::to_string(std::stoi(line_of(good_recipe(), "name = \"amine_pb\"")) - 1),
                {"no stock supplies", "'amine_pb'"});
}

TEST_CASE("recipe: a target on the command line is a wavelength with or without unit") {
  CHECK(parse_target_nm("490") == 490.0);
  CHECK(parse_target_nm("490 nm") == 490.0);
  CHECK(parse_target_nm("490.5nm") == 490.5);
  for (const std::string text : {"", "nm", "490 eV", "490,5", "299", "1101", "nan", "-490"}) {
    CAPTURE(text);
    const std::string message = refusal([&] { parse_target_nm(text); });
    CHECK(message.find("target") == 0);
    CHECK(message.find("allowed") != std::string::npos);
  }
}

TEST_CASE("recipe: several targets, each with its own tolerance, but none of them the narrowest") {
  const std::string one = "[target]\npeak = \"470 nm\"\ntolerance = \"2 nm\"\n";
  REQUIRE(good_recipe().find(one) != std::string::npos);
  const std::string two = replaced(good_recipe(), one,
                                   "[[target]]\npeak = \"470 nm\"\ntolerance = \"2 nm\"\n"
                                   "[[target]]\npeak = \"490 nm\"\ntolerance = \"1 nm\"\n");
  const Recipe recipe = parse_recipe(two, "r.toml");
  REQUIRE(recipe.targets.size() == 2);
  CHECK(recipe.targets[1].value == 490.0);
  CHECK(recipe.targets[1].tolerance == 1.0);
  const std::string both = replaced(two, "\"1 nm\"\n", "\"1 nm\"\nnarrowest = true\n");
  CHECK(refusal([&] { parse_recipe(both, "r.toml"); }).find("cannot be narrowest") != std::string::npos);
  CHECK_FALSE(
      refusal([&] { parse_recipe(replaced(good_recipe(), one, "target = []\n"), "r.toml"); }).empty());
}

TEST_CASE("recipe: several targets from outside cannot all be the narrowest either") {
  Recipe recipe = parse_recipe(good_recipe(), "r.toml");
  recipe.targets[0].narrowest = true;
  CHECK(with_targets(recipe, {480.0}).targets[0].narrowest);
  CHECK(refusal([&] {
          with_targets(recipe, {480.0, 490.0});
        }).find("cannot be narrowest") != std::string::npos);
}

TEST_CASE("recipe: another target changes nothing else") {
  const Recipe recipe = parse_recipe(good_recipe(), "r.toml");
  const Recipe green = with_targets(recipe, {515.0});
  CHECK(green.targets[0].value == 515.0);
  CHECK(green.targets[0].tolerance == 2.0);
  CHECK(green.text == recipe.text);
  CHECK_FALSE(refusal([&] { with_targets(recipe, {1e9}); }).empty());
}

}  // namespace nocturne::test
