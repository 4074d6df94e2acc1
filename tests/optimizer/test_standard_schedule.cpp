#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "models/sizing.hpp"
#include "optimizer/ask_tell.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/standard_schedule.hpp"
#include "tests/support/surrogate_here.hpp"

namespace nocturne::test {
namespace {

const Conditions kFirst{{"a", 0.25}}, kOther{{"a", 0.75}};

Observation seen_peak(double peak_nm) {
  Observation observation;
  observation.peak_nm = Estimate{peak_nm, 0.1};
  return observation;
}

Failure failed() { return {FailureKind::no_emission, ""}; }

StandardSchedule every_two_hours() { return {2.0, {"peak_nm"}}; }

/// Four more standards, an hour apart, that move by this much each, with some scatter.
void four_more(StandardSchedule& schedule, double step_nm) {
  for (int i = 1; i <= 4; ++i)
    schedule.tell(kFirst, seen_peak(500.0 + step_nm * i + (i % 2 == 0 ? 0.05 : -0.05)), 1.0 * i);
}

Optimizer::Options options(const std::string& strategy) {
  Optimizer::Options result;
  result.variables = {{"a", 0.0, 1.0, Scale::linear, VariableKind::real, {}, ""},
                      {"b", 0.0, 1.0, Scale::linear, VariableKind::real, {}, ""}};
  result.targets = {{"peak_nm", 520.0, 1.0, 0.0}};
  result.strategy = strategy;
  result.standard_every_hours = 1.0;
  return result;
}

}  // namespace

TEST_CASE("standard: it is due after its interval and not before, again and again") {
  StandardSchedule schedule = every_two_hours();
  CHECK_FALSE(schedule.due({}));
  schedule.tell(kOther, failed(), 0.0);
  schedule.tell(kOther, failed(), 9.0);
  CHECK_FALSE(schedule.standard());
  CHECK_FALSE(schedule.due({}));
  schedule.tell(kFirst, seen_peak(500.0), 10.0);
  CHECK(schedule.standard() == kFirst);
  schedule.tell(kOther, seen_peak(480.0), 11.9);
  CHECK_FALSE(schedule.due({}));
  schedule.tell(kOther, failed(), 12.0);
  CHECK(schedule.due({}));
  CHECK(schedule.due({kOther}));
  CHECK_FALSE(schedule.due({kFirst}));  // it runs
  schedule.tell(kFirst, seen_peak(500.1), 12.3);
  CHECK_FALSE(schedule.due({}));
  schedule.tell(kOther, seen_peak(480.0), 14.3);
  CHECK(schedule.due({}));
}

TEST_CASE("standard: one that is given is due before all else, and then like any other") {
  StandardSchedule once{std::nullopt, {"peak_nm"}, kFirst}, often{2.0, {"peak_nm"}, kFirst};
  for (StandardSchedule* schedule : {&once, &often}) {
    CHECK(schedule->due({}));
    CHECK_FALSE(schedule->due({kFirst}));
    schedule->tell(kFirst, failed(), 0.3);
    CHECK_FALSE(schedule->due({}));
    schedule->tell(kOther, seen_peak(480.0), 2.4);
    CHECK(schedule->standard() == kFirst);
  }
  CHECK(often.due({}));
  CHECK_FALSE(once.due({}));
}

TEST_CASE("standard: one that fails is not tried again at once") {
  StandardSchedule schedule = every_two_hours();
  schedule.tell(kFirst, seen_peak(500.0), 0.0);
  schedule.tell(kOther, seen_peak(480.0), 2.5);
  REQUIRE(schedule.due({}));
  schedule.tell(kFirst, failed(), 2.7);
  CHECK_FALSE(schedule.due({}));
  CHECK(schedule.standard() == kFirst);
}

TEST_CASE("standard: once it drifts the interval is halved") {
  StandardSchedule still = every_two_hours(), moving = every_two_hours();
  for (StandardSchedule* schedule : {&still, &moving}) schedule->tell(kFirst, seen_peak(500.0), 0.0);
  four_more(still, 0.0);
  four_more(moving, 1.0);
  CHECK_FALSE(still.drifts());
  CHECK(moving.drifts());
  for (StandardSchedule* schedule : {&still, &moving}) schedule->tell(kOther, seen_peak(480.0), 5.0);
  CHECK_FALSE(still.due({}));
  CHECK(moving.due({}));
  StandardSchedule other_output{2.0, {"fwhm_meV"}};
  four_more(other_output, 1.0);
  CHECK_FALSE(other_output.drifts());
}

TEST_CASE("standard: one that is wanted is due at once and once, if there is a product") {
  StandardSchedule schedule{std::nullopt, {"peak_nm"}};
  schedule.want();
  CHECK_FALSE(schedule.due({}));
  schedule.tell(kFirst, seen_peak(500.0), 1.0);
  CHECK_FALSE(schedule.due({}));
  schedule.want();
  CHECK(schedule.due({}));
  schedule.tell(kFirst, failed(), 1.5);
  CHECK_FALSE(schedule.due({}));
}

TEST_CASE("standard: without an interval or without hours none is ever due") {
  StandardSchedule never{std::nullopt, {"peak_nm"}}, timeless = every_two_hours();
  for (int i = 0; i < 5; ++i) {
    never.tell(kFirst, seen_peak(500.0), 10.0 * i);
    never.tell(kOther, seen_peak(480.0), 10.0 * i + 9.0);
    timeless.tell(kFirst, seen_peak(500.0), std::nullopt);
    CHECK_FALSE(never.due({}));
    CHECK_FALSE(timeless.due({}));
  }
}

TEST_CASE("standard: the optimizer asks for it when it is due, whatever asks otherwise") {
  for (const char* strategy : {"composite", "sobol"}) {
    CAPTURE(strategy);
    Optimizer optimizer{options(strategy)}, told_again{options(strategy)};
    const auto tell = [&](const Conditions& at, double hours) {
      for (Optimizer* one : {&optimizer, &told_again})
        one->tell(at, seen_peak(480.0 + 20.0 * at.at("a")), hours);
    };
    const Suggestion first = optimizer.ask();
    CHECK(first.reason != "standard");
    tell(first.conditions, 0.2);
    const Suggestion second = optimizer.ask();
    CHECK(second.reason != "standard");
    tell(second.conditions, 1.3);
    CHECK(optimizer.ask({first.conditions}).reason != "standard");
    const Suggestion standard = optimizer.ask();
    CHECK(standard.reason == "standard");
    CHECK(standard.conditions == first.conditions);
    CHECK(told_again.ask().conditions == standard.conditions);
    CHECK(optimizer.standard() == first.conditions);
    tell(standard.conditions, 1.5);
    CHECK(optimizer.ask().reason != "standard");
  }
}

TEST_CASE("standard: what the optimizer learned names the drift in its public unit") {
  if (skipped()) return;
  Optimizer optimizer{options("composite")};
  const Conditions standard{{"a", 0.5}, {"b", 0.5}};
  for (int i = 0; i < 8; ++i)
    optimizer.tell(standard, seen_peak(500.0 + 0.8 * i + (i % 2 == 0 ? 0.05 : -0.05)), 1.0 * i);
  const std::string words = "drift of peak_nm: ";
  const auto lines = optimizer.describe();
  const auto drift =
      std::ranges::find_if(lines, [&](const std::string& line) { return line.starts_with(words); });
  REQUIRE(drift != lines.end());
  CHECK(std::stod(drift->substr(words.size())) == doctest::Approx(0.8).epsilon(0.03));
  CHECK(drift->find(" nm/h (8 repeats)") != std::string::npos);
  CHECK(optimizer.predict(standard).outputs.at("peak_nm").value == doctest::Approx(505.6).epsilon(1e-3));
}

}  // namespace nocturne::test
