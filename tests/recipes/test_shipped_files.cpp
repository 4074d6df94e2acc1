#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>

#include "recipes/bench_file.hpp"
#include "recipes/document.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"
#include "recipes/recipe.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Every line deleted, doubled, cut, swapped with the next and garbled in several ways: each time the file is
/// read, or refused with its place. Returns how many were refused.
int corrupt(const std::string& text, const std::function<void(const std::string&)>& read) {
  std::mt19937_64 random{11};
  const auto lines = lines_of(text);
  int refused = 0;
  const auto attempt = [&](const std::vector<std::string>& changed) {
    const std::string message = refusal([&] { read(joined(changed)); });
    if (message.empty()) return;
    ++refused;
    CAPTURE(message);
    CHECK(message.rfind("x.toml:", 0) == 0);
    CHECK(std::stoi(message.substr(7)) >= 1);
    CHECK(message.find('\n') == std::string::npos);
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CAPTURE(lines[i]);
    auto changed = lines;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    attempt(changed);
    changed = lines;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    attempt(changed);
    changed = lines;
    if (i + 1 < lines.size()) std::swap(changed[i], changed[i + 1]);
    attempt(changed);
    for (int n = 0; n < 6; ++n) {
      changed = lines;
      std::string& line = changed[i];
      if (line.empty()) break;
      const std::size_t at = random() % line.size();
      if (n < 2) line.resize(at);
      if (n == 2) line[at] = static_cast<char>(random() % 256);
      if (n == 3) line.insert(at, 1, static_cast<char>(32 + random() % 95));
      if (n == 4) line.erase(at, 1);
      if (n == 5) std::ranges::reverse(line);
      attempt(changed);
    }
  }
  return refused;
}

}  // namespace

TEST_CASE("shipped files: all of them load") {
  const auto recipes = shipped_names("");
  CHECK(recipes == std::vector<std::string>{"cspbbr3_blue_470", "cspbbr3_cyan_490", "cspbbr3_green_510",
                                            "night_of_requests"});
  for (const std::string& name : recipes) {
    CAPTURE(name);
    const Recipe recipe = read_recipe(find_shipped(name, ""));
    CHECK_NOTHROW(material_of(recipe));
    if (name == "night_of_requests") {
      CHECK(recipe.targets.size() == 11);
      continue;
    }
    CHECK(name.find(std::to_string(static_cast<int>(recipe.targets[0].value))) != std::string::npos);
    CHECK(recipe.targets[0].tolerance == 2.0);
    CHECK(recipe.budget.experiments == 40);
  }
  for (const std::string& name : shipped_names("benches")) {
    CAPTURE(name);
    const BenchDescription bench = read_bench(find_shipped(name, "benches"));
    if (bench.plant) CHECK(std::filesystem::exists(bench.plant->parent_path()));
  }
  for (const std::string& name : shipped_names("materials")) {
    CAPTURE(name);
    CHECK_NOTHROW(read_material(find_shipped(name, "materials")));
  }
}

TEST_CASE("shipped files: the virtual bench describes the tube and the stocks that its plant simulates") {
  const BenchDescription bench = read_bench(find_shipped("virtual", "benches"));
  REQUIRE(bench.plant);
  const PlantParameters plant = read_plant(*bench.plant);
  CHECK(in_millimeters(bench.reactor.inner_diameter) == doctest::Approx(plant.geometry.inner_diameter_mm));
  REQUIRE(plant.geometry.zones.size() == 4);
  CHECK(in_microliters(bench.reactor.mixer_volume) == doctest::Approx(plant.geometry.zones[0].volume_uL));
  CHECK(in_microliters(bench.reactor.heated_volume) == doctest::Approx(plant.geometry.zones[1].volume_uL));
  CHECK(in_microliters(bench.reactor.cooled_volume) == doctest::Approx(plant.geometry.zones[2].volume_uL));
  CHECK(in_microliters(bench.reactor.cell_volume) == doctest::Approx(plant.geometry.zones[3].volume_uL));
  CHECK(in_millimeters(bench.reactor.optical_path) == doctest::Approx(plant.geometry.optical_path_mm));
  CHECK(1.0 / bench.reactor.bodenstein == doctest::Approx(plant.geometry.dispersion_number));
  const Recipe recipe = read_recipe(find_shipped("cspbbr3_blue_470", ""));
  REQUIRE(plant.feeds.size() == recipe.stocks.size());
  for (std::size_t i = 0; i < plant.feeds.size(); ++i) {
    CHECK(plant.feeds[i].name == recipe.stocks[i].name);
    CHECK(plant.feeds[i].name == bench.feeds[i].stock);
    for (const auto& [species, concentration] : recipe.stocks[i].contents)
      CHECK(concentration.si() == doctest::Approx(plant.feeds[i].contents_mmol_per_L.at(species)));
  }
}

TEST_CASE("shipped files: the library stands beside the program's sources") {
  CHECK(std::filesystem::equivalent(shipped_folder(), NOCTURNE_SOURCE_DIR "/recipes"));
  CHECK(find_shipped("virtual", "benches") == shipped_folder() / "benches" / "virtual.toml");
  CHECK(find_shipped("virtual.toml", "benches") == shipped_folder() / "benches" / "virtual.toml");
  CHECK(find_shipped("recipes/cspbbr3_blue_470.toml", "") == "recipes/cspbbr3_blue_470.toml");
  const std::string message = refusal([] { find_shipped("virtul", "benches"); });
  CHECK(message == "virtul: cannot be read; no shipped file has this name (did you mean 'virtual'?)");
}

TEST_CASE("shipped files: recipes differ in their target alone") {
  const Recipe blue = read_recipe(find_shipped("cspbbr3_blue_470", ""));
  const Recipe green = read_recipe(find_shipped("cspbbr3_green_510", ""));
  REQUIRE(blue.variables.size() == green.variables.size());
  for (std::size_t i = 0; i < blue.variables.size(); ++i) {
    CHECK(blue.variables[i].low == green.variables[i].low);
    CHECK(blue.variables[i].high == green.variables[i].high);
  }
  CHECK(with_targets(blue, {510.0}).targets[0].value == green.targets[0].value);
}

TEST_CASE("shipped files: a corrupted recipe is read or refused, never worse") {
  const std::string text = read_text_file(find_shipped("cspbbr3_blue_470", ""));
  CHECK(corrupt(text, [](const std::string& t) { parse_recipe(t, "x.toml"); }) > 100);
}

TEST_CASE("shipped files: a corrupted bench is read or refused, never worse") {
  const std::string text = read_text_file(find_shipped("virtual", "benches"));
  CHECK(corrupt(text, [](const std::string& t) { parse_bench(t, "x.toml", ""); }) > 100);
}

TEST_CASE("shipped files: a corrupted material is read or refused, never worse") {
  const std::string text = read_text_file(find_shipped("cspbbr3", "materials"));
  CHECK(corrupt(text, [](const std::string& t) { parse_material(t, "x.toml"); }) > 100);
}

}  // namespace nocturne::test
