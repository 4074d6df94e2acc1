#include <doctest/doctest.h>

#include "controller/reagent_account.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

std::map<std::string, CounterAtArming> counted(double found_uL, double from_uL) {
  return {{"cs_pb", {microliters(found_uL), microliters(from_uL)}}};
}

double before_uL(const ReagentAccount& account) { return in_microliters(account.before().at("cs_pb")); }

/// A process that read 100 µL at 60 µL/min, and was killed; its pumps seem to have gone on for 10 s.
ReagentAccount killed(double counted_from_uL) {
  ReagentAccount account;
  account.arm(counted(0.0, counted_from_uL));
  account.read({{"cs_pb", 100.0}}, {{"cs_pb", 60.0}}, Instant{1min});
  account.close(10s);
  return account;
}

}  // namespace

TEST_CASE("reagents: after a kill what was read counts, and a guess of what came after") {
  CHECK(before_uL(killed(0.0)) == doctest::Approx(110.0));
}

TEST_CASE(
    "reagents: a pump that lived on tells what it really delivered, whether arming clears its counter or "
    "not") {
  ReagentAccount cleared = killed(0.0);
  cleared.arm(counted(123.0, 0.0));
  CHECK(before_uL(cleared) == doctest::Approx(123.0));
  ReagentAccount kept = killed(5000.0);
  kept.arm(counted(5123.0, 5123.0));
  CHECK(before_uL(kept) == doctest::Approx(123.0));
}

TEST_CASE("reagents: a pump that was switched off meanwhile knows nothing, so the guess stands") {
  ReagentAccount account = killed(0.0);
  account.arm(counted(0.0, 0.0));
  CHECK(before_uL(account) == doctest::Approx(110.0));
}

TEST_CASE("reagents: processes add up, and one that ended for good is not counted twice") {
  ReagentAccount account = killed(0.0);
  account.arm(counted(123.0, 0.0));
  account.read({{"cs_pb", 50.0}}, {{"cs_pb", 0.0}}, Instant{5min});
  account.close(0s);
  CHECK(before_uL(account) == doctest::Approx(173.0));
  account.arm(counted(50.0, 0.0));
  CHECK(before_uL(account) == doctest::Approx(173.0));
  account.arm(counted(0.0, 0.0));
  CHECK(before_uL(account) == doctest::Approx(173.0));
}

}  // namespace nocturne::test
