#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/json.hpp"
#include "controller/knowledge/design.hpp"

namespace nocturne::test {
namespace {

Variable variable(const std::string& name, double low, double high, Scale scale = Scale::linear) {
  Variable made;
  made.name = name;
  made.low = low;
  made.high = high;
  made.scale = scale;
  return made;
}

/// Experiments at ratios 1, 2, ... with temperatures 100, 110, ...; the second gave nothing.
CampaignRecord record_of(int count) {
  CampaignRecord record;
  record.header.origin = "import";
  for (int n = 1; n <= count; ++n) {
    Decided& decided = record.decisions[n];
    decided.experiment = n;
    decided.suggestion.conditions = {{"br_pb", n}, {"temperature_C", 90.0 + 10.0 * n}};
    decided.suggestion.reason = "imported from line " + std::to_string(n + 1);
    Observation observation;
    observation.peak_nm = Estimate{480.0 + n, 0.5};
    record.outcomes.emplace(n, observation);
  }
  record.outcomes[2] = Failure{FailureKind::no_emission, "dim"};
  return record;
}

DesignAnswer answer_at(const Conditions& conditions) {
  DesignAnswer answer;
  answer.reachable = true;
  answer.candidates.emplace_back();
  answer.candidates[0].conditions = conditions;
  return answer;
}

}  // namespace

TEST_CASE("made nearby: the nearest by shares of the ranges come first, logarithms where the scale is one") {
  const CampaignRecord record = record_of(8);
  const MadeExperiments linear{record, {variable("br_pb", 1, 8), variable("temperature_C", 100, 170)}};
  const auto near = linear.nearest({{"br_pb", 4.4}, {"temperature_C", 131.0}}, 3);
  REQUIRE(near.size() == 3);
  CHECK(near[0].experiment == 4);
  CHECK(near[1].experiment == 5);
  CHECK(near[2].experiment == 3);
  CHECK(near[0].distance == doctest::Approx(std::hypot(0.4 / 7, 1.0 / 70)));
  CHECK(near[0].row == "imported from line 5");
  const MadeExperiments ratios{record, {variable("br_pb", 1, 8, Scale::logarithmic)}};
  CHECK(ratios.nearest({{"br_pb", 2.8}}, 1).at(0).distance ==
        doctest::Approx((std::log(3.0) - std::log(2.8)) / std::log(8.0)));
  CHECK(ratios.nearest({{"br_pb", 2.0}}, 100).size() == 8);
}

TEST_CASE("made nearby: what lacks a variable, or is not finished, is never near") {
  CampaignRecord record = record_of(3);
  record.decisions[1].suggestion.conditions.erase("temperature_C");
  record.outcomes.erase(3);
  const MadeExperiments made{record, {variable("br_pb", 1, 8), variable("temperature_C", 100, 170)}};
  const auto near = made.nearest({{"br_pb", 1.0}, {"temperature_C", 100.0}}, 3);
  REQUIRE(near.size() == 1);
  CHECK(near[0].experiment == 2);
}

TEST_CASE("made nearby: a design tells beside each candidate what was really made near it") {
  const CampaignRecord record = record_of(4);
  const MadeExperiments made{record, {variable("br_pb", 1, 4), variable("temperature_C", 100, 130)}};
  DesignOptions options;
  options.target = {"peak_nm", 482.0, 2.0, 0.0};
  options.made = &made;
  std::ostringstream text, json;
  tell(answer_at({{"br_pb", 2.9}, {"temperature_C", 118.0}}), options, text);
  CHECK(text.str().find(
            "      made nearby: experiment 3 (imported from line 4), peak_nm 483.00 ± 0.50 nm:  br_pb 3  "
            "temperature_C 120\n      made nearby: experiment 2 (imported from line 3), "
            "no_emission:  br_pb 2") != std::string::npos);
  options.json = true;
  tell(answer_at({{"br_pb", 2.9}, {"temperature_C", 118.0}}), options, json);
  const Json nearby = Json::parse(json.str()).at("candidates").at(0).at("made_nearby");
  REQUIRE(nearby.size() == 3);
  CHECK(nearby[0].at("experiment") == 3);
  CHECK(nearby[0].at("measured").at("peak_nm") == 483.0);
  CHECK(nearby[0].at("measured").at("peak_nm_se") == 0.5);
  CHECK(nearby[0].at("conditions").at("br_pb") == 3.0);
  CHECK(nearby[1].at("failure") == "no_emission");
  CHECK_FALSE(nearby[1].contains("measured"));
}

}  // namespace nocturne::test
