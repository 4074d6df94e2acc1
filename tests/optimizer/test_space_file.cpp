#include <doctest/doctest.h>

#include "recipes/space_file.hpp"

namespace nocturne::test {
namespace {

const std::string kGood = R"([[variable]]
name = "temperature"
low = 20
high = 80.5
unit = "°C"
[[variable]]
name = "catalyst"
low = 0.01
high = 10
scale = "log"
[[variable]]
name = "cycles"
low = 1
high = 9
kind = "integer"
[[variable]]
name = "solvent"
choices = ["water", "toluene"]
[[objective]]
name = "yield"
goal = "maximize"
weight = 2
at_least = 0.3
[[objective]]
name = "colour"
goal = "target"
target = 490
[[objective]]
name = "cost"
at_most = 12.5
)";

std::string error_of(const std::string& text) {
  try {
    parse_space(text, "space.toml");
  } catch (const FileError& error) {
    return error.what();
  }
  return "";
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("space file: reads variables of every kind and objectives of every goal") {
  const Space space = parse_space(kGood, "space.toml");
  REQUIRE(space.variables.size() == 4);
  CHECK(space.variables[0].high == 80.5);
  CHECK(space.variables[0].unit == "°C");
  CHECK(space.variables[1].scale == Scale::logarithmic);
  CHECK(space.variables[2].kind == VariableKind::integer);
  CHECK(space.variables[3].kind == VariableKind::categorical);
  CHECK(space.variables[3].choices == std::vector<std::string>{"water", "toluene"});
  REQUIRE(space.objectives.size() == 3);
  CHECK(space.objectives[0].goal == SpaceObjective::Goal::maximize);
  CHECK(space.objectives[0].at_least == 0.3);
  CHECK(space.objectives[0].weight == 2.0);
  CHECK(space.objectives[1].target == 490.0);
  CHECK(space.objectives[2].goal == SpaceObjective::Goal::limits_only);
}

TEST_CASE("space file: a Pareto front needs two objectives with a goal") {
  CHECK_FALSE(parse_space(kGood, "space.toml").pareto);
  CHECK(parse_space("pareto = true\n" + kGood, "space.toml").pareto);
  const std::string error =
      error_of("pareto = true\n" + changed(kGood, "goal = \"target\"\ntarget = 490", "at_most = 490"));
  CHECK_MESSAGE(error.rfind("space.toml:1: pareto needs at least two", 0) == 0, error);
}

TEST_CASE("space file: what is wrong is named with its line") {
  struct Wrong {
    const char *from, *to, *message;
  };
  const std::vector<Wrong> all{
      {"high = 80.5", "high = 10", "space.toml:4: "},
      {"high = 80.5", "hihg = 80.5", "space.toml:"},
      {"low = 20", "low = \"20 °C\"", "space.toml:3: "},
      {"low = 0.01", "low = 0", "space.toml:10: "},
      {"\"log\"", "\"cubic\"", "space.toml:10: "},
      {"kind = \"integer\"", "kind = \"whole\"", "space.toml:15: "},
      {"high = 9", "high = 9.5", "space.toml:14: "},
      {"[\"water\", \"toluene\"]", "[]", "space.toml:18: "},
      {"[\"water\", \"toluene\"]", "[\"water\", \"water\"]", "space.toml:18: "},
      {"name = \"catalyst\"", "name = \"temperature\"", "space.toml:7: "},
      {"\"maximize\"", "\"best\"", "space.toml:21: "},
      {"weight = 2", "weight = 0", "space.toml:22: "},
      {"target = 490\n", "\n", "space.toml:26: "},
      {"at_most = 12.5", "", "space.toml:28: "},
      {"goal = \"maximize\"", "goal = \"maximize\"\ntarget = 3", "space.toml:22: "},
  };
  for (const auto& [from, to, message] : all) {
    CAPTURE(from);
    CAPTURE(to);
    const std::string error = error_of(changed(kGood, from, to));
    CHECK_MESSAGE(error.rfind(message, 0) == 0, error);
  }
  CHECK(error_of("").find("no [[variable]]") != std::string::npos);
  CHECK(error_of("[[variable]]\nname='a'\nlow=0\nhigh=1\n").find("no [[objective]]") != std::string::npos);
}

}  // namespace nocturne::test
