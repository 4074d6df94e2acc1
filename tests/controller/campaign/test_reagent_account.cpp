#include <doctest/doctest.h>

#include "controller/campaign/reagent_account.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

std::map<std::string, CounterAtArming> counted(double found_uL, double from_uL) {
  return {{"cs_pb", {microliters(found_uL), microliters(from_uL)}}};
}

double before_uL(const ReagentAccount& account) { return in_microliters(account.before().at("cs_pb")); }

Event reading_at(Instant when, double delivered_uL, double flow_uL_min) {
  ReadingTaken reading;
  reading.delivered_uL = {{"cs_pb", delivered_uL}};
  reading.flow_uL_min = {{"cs_pb", flow_uL_min}};
  return event_of(when, reading);
}

/// A process that read 100 µL at 60 µL/min, and was killed when the next reading was due, 10 s later.
ReagentAccount killed(double counted_from_uL) {
  ReagentAccount account;
  account.follow(event_of(Instant{}, PumpsArmed{counted(0.0, counted_from_uL)}));
  account.follow(reading_at(Instant{60s}, 100.0, 60.0));
  account.follow(event_of(Instant{70s}, Warned{"the last that is heard of it"}));
  account.close();
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

TEST_CASE("reagents: a process that died before it armed the pumps leaves the account as it was") {
  ReagentAccount account = killed(0.0);
  account.follow(event_of(Instant{80s}, Resumed{}));
  account.close();
  CHECK(before_uL(account) == doctest::Approx(110.0));
  account.arm(counted(123.0, 0.0));
  CHECK(before_uL(account) == doctest::Approx(123.0));
}

TEST_CASE("reagents: processes add up, and one that ended for good is not counted twice") {
  ReagentAccount account = killed(0.0);
  account.arm(counted(123.0, 0.0));
  account.follow(reading_at(Instant{5min}, 50.0, 60.0));
  account.follow(event_of(Instant{6min}, CampaignEnded{"stopped", ""}));
  account.close();
  CHECK(before_uL(account) == doctest::Approx(173.0));
  account.arm(counted(50.0, 0.0));
  CHECK(before_uL(account) == doctest::Approx(173.0));
  account.arm(counted(0.0, 0.0));
  CHECK(before_uL(account) == doctest::Approx(173.0));
}

}  // namespace nocturne::test
