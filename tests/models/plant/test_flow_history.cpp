#include <doctest/doctest.h>

#include "models/plant/flow_history.hpp"

namespace nocturne::test {
namespace {

/// Sections with these feeds joining each.
FlowHistory history(const std::vector<std::vector<std::size_t>>& joining) {
  std::vector<Section> sections;
  std::size_t feeds = 0;
  for (const auto& joins : joining) {
    sections.push_back({{sections.size()}, joins, 100.0});
    feeds += joins.size();
  }
  return FlowHistory{sections, feeds};
}

}  // namespace

TEST_CASE("flow history: each section carries what joined before it, and volumes add up over changes") {
  FlowHistory flows = history({{0, 1}, {2}});
  flows.set(0, 2.0, 10.0);
  flows.set(1, 1.0, 20.0);
  flows.set(2, 5.0, 30.0);
  CHECK(flows.passed_uL(0, 10.0) == 0.0);
  CHECK(flows.passed_uL(0, 25.0) == doctest::Approx(20.0 + 15.0));
  CHECK(flows.passed_uL(0, 40.0) == doctest::Approx(20.0 + 60.0));
  CHECK(flows.passed_uL(1, 40.0) == doctest::Approx(20.0 + 60.0 + 50.0));
  CHECK(flows.at(35.0).mixture_since_s == 20.0);
  CHECK(flows.fed_uL(0, 5.0) == 0.0);
  CHECK(flows.fed_uL(0, 40.0) == doctest::Approx(60.0));
  CHECK(flows.fed_uL(1, 40.0) == doctest::Approx(20.0));
  CHECK(flows.fed_uL(2, 40.0) == doctest::Approx(50.0));
}

TEST_CASE(
    "flow history: a volume that stands still passed when it began to, and the next one after the restart") {
  FlowHistory flows = history({{0}});
  flows.set(0, 2.0, 0.0);
  flows.set(0, 0.0, 10.0);
  flows.set(0, 4.0, 100.0);
  CHECK(flows.passage(0, 20.0, 200.0)->time_s == doctest::Approx(10.0));
  CHECK(flows.passage(0, 20.0, 200.0)->segment->flows[0] == 2.0);
  CHECK(flows.passage(0, 24.0, 200.0)->time_s == doctest::Approx(101.0));
  CHECK_FALSE(flows.passage(0, 24.0, 50.0));
  CHECK_FALSE(flows.passage(0, 0.0, 50.0));
  CHECK_FALSE(flows.passage(0, -3.0, 50.0));
}

TEST_CASE(
    "flow history: setting the same rate again is no change, and the last of several at one time counts") {
  FlowHistory flows = history({{0, 1}, {}});
  flows.set(0, 1.0, 5.0);
  flows.set(1, 1.0, 5.0);
  flows.set(1, 3.0, 5.0);
  flows.set(0, 1.0, 9.0);
  CHECK(flows.segments() == 2);
  CHECK(flows.at(7.0).flows[0] == 4.0);
}

TEST_CASE("flow history: forgetting the past changes nothing later") {
  FlowHistory flows = history({{0}});
  for (int i = 0; i < 100; ++i) flows.set(0, 1.0 + i % 3, 10.0 * i);
  const double before = flows.passage(0, 1500.0, 1000.0)->time_s;
  flows.forget_before({1400.0});
  CHECK(flows.segments() < 60);
  CHECK(flows.passage(0, 1500.0, 1000.0)->time_s == before);
}

}  // namespace nocturne::test
