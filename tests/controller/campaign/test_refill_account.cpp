#include <doctest/doctest.h>

#include "controller/campaign/campaign_record.hpp"
#include "controller/campaign/feed_store.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

std::map<std::string, CounterAtArming> found(std::optional<Volume> drawn) {
  return {{"bromide", {Volume{}, Volume{}, drawn}}};
}

/// 60 mL with a bottle of 200 mL.
FeedDescription refilled_feed() {
  FeedDescription feed;
  feed.stock = "bromide";
  feed.syringe.volume = 60.0_mL;
  feed.refill = RefillDescription{"tap", 1, 2, 200.0_mL, 10.0_mL_min};
  return feed;
}

CampaignRecord record_with(const std::vector<Event>& events) {
  const TemporaryFolder folder;
  CampaignHeader header;
  header.name = "refilled";
  Log log = Log::create(folder / "night.db", header);
  for (Event event : events) log.note(std::move(event));
  return read_campaign(log);
}

Event at(int s, const auto& what) { return event_of(Instant{std::chrono::seconds{s}}, what); }

ReadingTaken reading(double delivered_uL, double flow_uL_min = 0.0) {
  ReadingTaken taken;
  taken.delivered_uL["bromide"] = delivered_uL;
  taken.flow_uL_min["bromide"] = flow_uL_min;
  return taken;
}

PumpsArmed armed(double found_uL, double from_uL, std::optional<double> drawn_uL = {}) {
  PumpsArmed event;
  event.counters["bromide"] = {microliters(found_uL), microliters(from_uL), std::nullopt};
  if (drawn_uL) event.counters["bromide"].drawn = microliters(*drawn_uL);
  return event;
}

Refilled refilled(double mL, std::optional<double> counts_from_uL) {
  return Refilled{"bromide", mL, 100.0, counts_from_uL};
}

double mL_before(const CampaignRecord& record) {
  return in_milliliters(record.reagents.before().at("bromide"));
}

}  // namespace

TEST_CASE("refills: what was drawn adds up, and what is being drawn is in no account but perhaps") {
  RefillAccount account;
  CHECK(account.drawn("bromide") == Volume{});
  account.begin("bromide", 20.0_mL);
  CHECK(account.drawn("bromide") == Volume{});
  CHECK(account.perhaps("bromide") == 20.0_mL);
  CHECK(account.open() == std::vector<std::string>{"bromide"});
  account.end("bromide", 19.9_mL);
  account.begin("bromide", 10.0_mL);
  account.end("bromide", 10.0_mL);
  CHECK(in_milliliters(account.drawn("bromide")) == doctest::Approx(29.9));
  CHECK(account.perhaps("bromide") == Volume{});
  CHECK(account.open().empty());
}

TEST_CASE(
    "refills: of one that broke off the pump's counter tells, unless it knows nothing or shows nothing") {
  RefillAccount account;
  account.begin("bromide", 20.0_mL);
  double drawn_mL = 0.0, perhaps_mL = 20.0;
  std::optional<Volume> counter;
  SUBCASE("it cannot tell") {}
  SUBCASE("it was switched off, or did not begin") { counter = Volume{}; }
  SUBCASE("it tells") {
    counter = 7.5_mL;
    drawn_mL = 7.5, perhaps_mL = 0.0;
  }
  SUBCASE("it tells of an earlier draw that was larger") {
    counter = 30.0_mL;
    drawn_mL = 20.0, perhaps_mL = 0.0;
  }
  const std::vector<std::string> unknown = account.arm(found(counter));
  CHECK(unknown.empty() == (perhaps_mL == 0.0));
  CHECK(in_milliliters(account.drawn("bromide")) == doctest::Approx(drawn_mL));
  CHECK(in_milliliters(account.perhaps("bromide")) == doctest::Approx(perhaps_mL));
  CHECK(account.open().empty());
  CHECK(account.arm(found(5.0_mL)).empty());  // of what is over, no counter tells
  CHECK(in_milliliters(account.drawn("bromide")) == doctest::Approx(drawn_mL));
}

TEST_CASE("store: a syringe is filled to its rim but for 2 %, from what its bottle holds") {
  FeedDescription feed = refilled_feed();
  RefillAccount refills;
  const FeedStore full = store_of(feed, {}, refills, Volume{});
  CHECK(full.in_syringe == 60.0_mL);
  CHECK(full.in_bottle == 200.0_mL);
  CHECK(full.can_draw == Volume{});
  const FeedStore low = store_of(feed, {}, refills, 50.0_mL);
  CHECK(in_milliliters(low.in_syringe) == doctest::Approx(10.0));
  CHECK(in_milliliters(low.can_draw) == doctest::Approx(48.8));
  refills.begin("bromide", 48.8_mL);
  refills.end("bromide", 48.8_mL);
  const FeedStore filled = store_of(feed, {}, refills, 50.0_mL);
  CHECK(in_milliliters(filled.in_syringe) == doctest::Approx(58.8));
  CHECK(in_milliliters(filled.in_bottle) == doctest::Approx(151.2));
  CHECK(filled.can_draw == Volume{});
  feed.refill->bottle = 60.0_mL;
  CHECK(in_milliliters(store_of(feed, {}, refills, 100.0_mL).can_draw) == doctest::Approx(11.2));
  feed.refill.reset();
  CHECK(store_of(feed, {}, refills, 50.0_mL).in_bottle == Volume{});
}

TEST_CASE("store: what is not known counts as not there to be used, and as there to be filled up") {
  const FeedDescription feed = refilled_feed();
  RefillAccount refills;
  refills.begin("bromide", 40.0_mL);
  refills.arm(found(std::nullopt));
  const FeedStore store = store_of(feed, {}, refills, 50.0_mL);
  CHECK(in_milliliters(store.in_syringe) == doctest::Approx(10.0));
  CHECK(in_milliliters(store.most_in_syringe) == doctest::Approx(50.0));
  CHECK(in_milliliters(store.can_draw) == doctest::Approx(8.8));
  CHECK(in_milliliters(store.in_bottle) == doctest::Approx(160.0));
}

TEST_CASE("store: what was only guessed to have flowed makes no room in a syringe") {
  ReagentAccount reagents;
  ReadingTaken last;
  last.delivered_uL = {{"bromide", 50e3}};
  last.flow_uL_min = {{"bromide", 6e3}};
  reagents.follow(event_of(Instant{1min}, last));
  reagents.follow(event_of(Instant{70s}, Warned{"the last that is heard of it"}));
  reagents.close();
  const FeedStore store = store_of(refilled_feed(), reagents, {}, Volume{});
  CHECK(in_milliliters(store.in_syringe) == doctest::Approx(9.0));
  CHECK(in_milliliters(store.most_in_syringe) == doctest::Approx(10.0));
  CHECK(in_milliliters(store.can_draw) == doctest::Approx(48.8));
}

TEST_CASE("record: a log tells what was refilled, and what broke off") {
  const Event began = at(0, armed(0, 0)), read = at(60, reading(40e3)),
              drawing = at(70, Refilling{"bromide", 30.0}), resumed = at(200, Resumed{});
  const CampaignRecord done =
      record_with({began, read, drawing, at(100, refilled(29.9, -40e3)), at(101, reading(40e3))});
  CHECK(in_milliliters(done.refills.drawn("bromide")) == doctest::Approx(29.9));
  CHECK(done.refills.open().empty());
  const CampaignRecord died = record_with({began, read, drawing});
  CHECK(died.refills.open() == std::vector<std::string>{"bromide"});
  CHECK(mL_before(died) == doctest::Approx(40.0));
  const CampaignRecord told = record_with({began, read, drawing, resumed, at(201, armed(0, 0, 12e3))});
  CHECK(in_milliliters(told.refills.drawn("bromide")) == doctest::Approx(12.0));
  CHECK(told.refills.perhaps("bromide") == Volume{});
  CHECK(mL_before(told) == doctest::Approx(40.0));
}

TEST_CASE("record: a counter that began anew with a refill is believed from there, or not at all") {
  const std::vector<Event> before{at(0, armed(0, 0)), at(60, reading(40e3)),
                                  at(70, Refilling{"bromide", 30.0})};
  std::vector<Event> events = before;
  double expected_mL = 0.0;
  SUBCASE("it does, and 5 mL more were delivered after the last reading") {
    events.push_back(at(100, refilled(30.0, -40e3)));
    events.push_back(at(110, reading(45e3)));
    events.push_back(at(111, Resumed{}));
    events.push_back(at(112, armed(10e3, 0)));
    expected_mL = 50.0;
  }
  SUBCASE("it shows what was drawn") {
    events.push_back(at(100, refilled(30.0, std::nullopt)));
    events.push_back(at(110, reading(20e3)));
    events.push_back(at(111, Resumed{}));
    events.push_back(at(112, armed(30e3, 0)));
    expected_mL = 20.0;
  }
  SUBCASE("it was killed while it drew") {
    events.push_back(at(111, Resumed{}));
    events.push_back(at(112, armed(99e3, 0)));
    expected_mL = 40.0;
  }
  CHECK(mL_before(record_with(events)) == doctest::Approx(expected_mL));
}

TEST_CASE("record: a process that died before it armed its pumps changes nothing in the account") {
  const Event began = at(0, armed(0, 0)), read = at(60, reading(1000)), resumed = at(100, Resumed{}),
              again = at(101, armed(1010, 0));
  CHECK(mL_before(record_with({began, read, resumed, again})) == doctest::Approx(1.01));
  CHECK(mL_before(record_with({began, read, resumed, resumed, again})) == doctest::Approx(1.01));
}

}  // namespace nocturne::test
