#include <doctest/doctest.h>

#include <sstream>
#include <stdexcept>
#include <vector>

#include "controller/plant/truth_map.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/shipped_plants.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

std::vector<std::string> rows(const TruthMap& map) {
  std::ostringstream csv;
  CHECK(truth_map(shipped_plant(), map, csv) == 0);
  std::istringstream text{csv.str()};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("truth map: every point of the grid is the steady truth there, with units in the heading") {
  TruthMap map;
  map.variables = {"br_pb", "temperature_C"};
  map.held = {{"amine_pb", 2.0}, {"residence_time_s", 100.0}};
  map.points = 3;
  const auto lines = rows(map);
  REQUIRE(lines.size() == 10);
  CHECK(lines[0] == "br_pb,temperature_C,peak_nm,fwhm_meV,edge_length_nm,plqy,yield,nanoplatelet_fraction");
  CHECK(lines[1].starts_with("3.2,70,"));
  CHECK(lines.back().starts_with("12,180,"));
  std::istringstream last{lines.back()};
  double br_pb = 0.0, temperature = 0.0, peak = 0.0;
  char comma = 0;
  last >> br_pb >> comma >> temperature >> comma >> peak;
  CHECK(peak == doctest::Approx(steady_truth(shipped_plant(), conditions(12.0, 2.0, 180.0, 100.0)).peak_nm)
                    .epsilon(1e-7));
}

TEST_CASE("truth map: the picture is drawn, and wrong names are refused before anything is written") {
  const TemporaryFolder folder;
  TruthMap map;
  map.variables = {"br_pb", "temperature_C"};
  map.points = 4;
  map.picture = folder / "map.svg";
  rows(map);
  const std::string svg = file_text(folder / "map.svg");
  CHECK(svg.find("<svg") != std::string::npos);
  CHECK(svg.find("emission peak, nm") != std::string::npos);
  std::ostringstream csv;
  map.output = "color";
  CHECK_THROWS_AS(truth_map(shipped_plant(), map, csv), std::invalid_argument);
  map.output = "plqy";
  map.variables = {"br_pb", "stirring"};
  CHECK_THROWS_AS(truth_map(shipped_plant(), map, csv), std::invalid_argument);
  map.variables = {"br_pb", "br_pb"};
  CHECK_THROWS_AS(truth_map(shipped_plant(), map, csv), std::invalid_argument);
  CHECK(csv.str().empty());
}

}  // namespace nocturne::test
