#include <doctest/doctest.h>

#include "recipes/fault_file.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string kTwoFaults =
    "[[fault]]\nat = \"2 h\"\ninstrument = \"oven\"\nfault = \"runaway\"\n"
    "[[fault]]\nat = \"10 min\"\ninstrument = \"pump\"\nfault = \"stall\"\nlasts = \"30 s\"\n";

std::string scenario_message(const std::string& text) {
  return refusal([&] { parse_fault_scenario(text, "f.toml"); });
}

}  // namespace

TEST_CASE("scenario: faults arrive in the order of time, with the lines where they stand") {
  const FaultScenario scenario = parse_fault_scenario(kTwoFaults, "f.toml");
  CHECK(scenario.file == "f.toml");
  REQUIRE(scenario.events.size() == 2);
  CHECK(scenario.events[0].instrument == "pump");
  CHECK(scenario.events[0].fault == "stall");
  CHECK(scenario.events[0].at.count() == 600.0);
  REQUIRE(scenario.events[0].lasts);
  CHECK(scenario.events[0].lasts->count() == 30.0);
  CHECK(scenario.events[0].file_line == 5);
  CHECK_FALSE(scenario.events[1].lasts);
}

TEST_CASE("scenario: what is missing, misspelt or impossible is refused in its line") {
  CHECK(scenario_message("").find("[[fault]]") != std::string::npos);
  check_refusal(scenario_message(replaced(kTwoFaults, "at = \"2 h\"\n", "")), "f.toml:1",
                {"'at' is missing"});
  check_refusal(scenario_message(replaced(kTwoFaults, "\"2 h\"", "\"-1 s\"")), "f.toml:2", {"0 s"});
  check_refusal(scenario_message(replaced(kTwoFaults, "\"oven\"", "\"\"")), "f.toml:3", {"is empty"});
  check_refusal(scenario_message(replaced(kTwoFaults, "lasts", "last")), "f.toml:9", {"unknown key 'last'"});
  check_refusal(scenario_message(replaced(kTwoFaults, "\"30 s\"", "30")), "f.toml:9", {"no unit"});
}

}  // namespace nocturne::test
