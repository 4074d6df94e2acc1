#include <doctest/doctest.h>

#include "optimizer/decision_space.hpp"
#include "tests/optimizer/real_variable.hpp"

namespace nocturne::test {
namespace {

Variable integer(const char* name, double low, double high) {
  return {name, low, high, Scale::linear, VariableKind::integer, {}, ""};
}
Variable choice(const char* name, std::vector<std::string> choices) {
  return {name, 0.0, 0.0, Scale::linear, VariableKind::categorical, std::move(choices), ""};
}

}  // namespace

TEST_CASE("decision space: maps to the unit cube and back") {
  const DecisionSpace space{{real("t", 50.0, 150.0), real("r", 1.0, 100.0, Scale::logarithmic),
                             integer("n", 1, 5), choice("ligand", {"a", "b", "c"})}};
  CHECK(space.dimensions() == 6);
  const Conditions conditions{{"t", 75.0}, {"r", 10.0}, {"n", 4.0}, {"ligand", 1.0}};
  const Eigen::VectorXd unit = space.to_unit(conditions);
  CHECK(unit(0) == doctest::Approx(0.25));
  CHECK(unit(1) == doctest::Approx(0.5));
  CHECK(unit(2) == doctest::Approx(0.75));
  CHECK(unit.tail(3) == Eigen::Vector3d{0.0, 1.0, 0.0});
  const Conditions back = space.to_conditions(unit);
  for (const auto& [name, value] : conditions) CHECK(back.at(name) == doctest::Approx(value));
  CHECK(space.continuous().sum() == 2.0);
  CHECK(space.inputs()[1].logarithmic);
  CHECK(space.inputs()[4].name == "ligand=b");
}

TEST_CASE(
    "decision space: the nearest allowed conditions are within the bounds and whole where they must be") {
  const DecisionSpace space{{real("t", 0.1, 0.3), integer("n", 1, 5), choice("c", {"x", "y"})}};
  Eigen::VectorXd unit(4);
  unit << 1.7, 0.4, 0.2, 0.3;
  const Conditions found = space.to_conditions(unit);
  CHECK(found.at("t") == 0.3);
  CHECK(found.at("n") == 3.0);
  CHECK(found.at("c") == 1.0);
  CHECK(space.snap(space.snap(unit)) == space.snap(unit));
}

TEST_CASE("decision space: a variable whose bounds coincide takes no dimension") {
  const DecisionSpace space{{real("t", 5.0, 5.0), real("u", 0.0, 1.0), choice("c", {"only"})}};
  CHECK(space.dimensions() == 1);
  CHECK(space.to_conditions(Eigen::VectorXd::Constant(1, 0.5)).at("t") == 5.0);
}

TEST_CASE("decision space: refuses what makes no sense") {
  CHECK_THROWS_AS(DecisionSpace{{}}, std::invalid_argument);
  CHECK_THROWS_WITH(DecisionSpace({real("t", 0, 1), real("t", 0, 1)}), "t: named twice");
  CHECK_THROWS_AS(DecisionSpace({real("t", 2, 1)}), std::invalid_argument);
  CHECK_THROWS_AS(DecisionSpace({real("t", 0, 1, Scale::logarithmic)}), std::invalid_argument);
  CHECK_THROWS_AS(DecisionSpace({real("t", 0, 1.0 / 0.0)}), std::invalid_argument);
  CHECK_THROWS_AS(DecisionSpace({choice("c", {})}), std::invalid_argument);
  CHECK_THROWS_AS(DecisionSpace({integer("n", 1.2, 1.8)}), std::invalid_argument);
  const DecisionSpace space{{real("t", 0, 1), choice("c", {"x", "y"})}};
  CHECK_THROWS_AS(space.to_unit({{"t", 0.5}}), std::invalid_argument);
  CHECK_THROWS_AS(space.to_unit({{"t", 0.5}, {"c", 2.0}}), std::invalid_argument);
}

}  // namespace nocturne::test
