#include <doctest/doctest.h>

#include "models/plant/flow_history.hpp"

namespace nocturne::test {

TEST_CASE("flow history: volumes add up over changes, and the diluent is no part of the reaction") {
  FlowHistory flows{3, 2};
  flows.set(0, 2.0, 10.0);
  flows.set(1, 1.0, 20.0);
  flows.set(2, 5.0, 30.0);
  CHECK(flows.reaction_uL(10.0) == 0.0);
  CHECK(flows.reaction_uL(25.0) == doctest::Approx(20.0 + 15.0));
  CHECK(flows.reaction_uL(40.0) == doctest::Approx(20.0 + 60.0));
  CHECK(flows.total_uL(40.0) == doctest::Approx(20.0 + 60.0 + 50.0));
  CHECK(flows.at(35.0).mixture_since_s == 20.0);
}

TEST_CASE(
    "flow history: a volume that stands still passed when it began to, and the next one after the restart") {
  FlowHistory flows{1, 1};
  flows.set(0, 2.0, 0.0);
  flows.set(0, 0.0, 10.0);
  flows.set(0, 4.0, 100.0);
  CHECK(flows.of_reaction(20.0, 200.0)->time_s == doctest::Approx(10.0));
  CHECK(flows.of_reaction(20.0, 200.0)->segment->reaction == 2.0);
  CHECK(flows.of_reaction(24.0, 200.0)->time_s == doctest::Approx(101.0));
  CHECK_FALSE(flows.of_reaction(24.0, 50.0));
  CHECK_FALSE(flows.of_reaction(0.0, 50.0));
  CHECK_FALSE(flows.of_reaction(-3.0, 50.0));
}

TEST_CASE(
    "flow history: setting the same rate again is no change, and the last of several at one time counts") {
  FlowHistory flows{2, 2};
  flows.set(0, 1.0, 5.0);
  flows.set(1, 1.0, 5.0);
  flows.set(1, 3.0, 5.0);
  flows.set(0, 1.0, 9.0);
  CHECK(flows.segments() == 2);
  CHECK(flows.at(7.0).reaction == 4.0);
}

TEST_CASE("flow history: forgetting the past changes nothing later") {
  FlowHistory flows{1, 1};
  for (int i = 0; i < 100; ++i) flows.set(0, 1.0 + i % 3, 10.0 * i);
  const double before = flows.of_reaction(1500.0, 1000.0)->time_s;
  flows.forget_before(1400.0, 1400.0);
  CHECK(flows.segments() < 60);
  CHECK(flows.of_reaction(1500.0, 1000.0)->time_s == before);
}

}  // namespace nocturne::test
