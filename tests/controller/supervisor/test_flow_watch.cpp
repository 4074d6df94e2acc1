#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <deque>

#include "controller/supervisor/flow_watch.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

const Volume kTube = milliliters(0.859);
constexpr double kDilution = 5.0;

FlowWatchSettings liquids(std::optional<double> g_per_mL) {
  Stock stock;
  stock.density_g_per_mL = g_per_mL;
  return {{{"lead", density_range(stock)}, {"toluene", density_range(stock)}}, "toluene", kTube};
}

/// Two pumps, a tube and a vessel on a balance, read once a second.
struct WatchedWaste {
  explicit WatchedWaste(std::optional<double> told_g_per_mL = 0.79) : watch{liquids(told_g_per_mL)} {}

  double g_per_mL = 0.79;  ///< of what really flows
  double soft_s = 0.0;     ///< time constant of the syringes
  double dry_mL = 0.0;     ///< of air in the tube, which lead has to push out
  double drop_mL = 0.02;
  double evaporating_g_per_h = 0.0;
  double leaking = 0.0;        ///< share of what the pumps push
  double coming_mL_min = 0.0;  ///< that nobody pumps
  double counters_true = 1.0;  ///< what really left a syringe, of a millilitre counted
  double on_pan_g = 0.0;

  FlowWatch watch;
  Instant now{};
  double pumped_mL = 0.0, arrived_mL = 0.0, lost_g = 0.0;
  std::map<std::string, double> through_mL_s;  ///< behind the soft syringe
  std::map<std::string, PumpReading> pumps{{"lead", {}}, {"toluene", {}}};
  std::vector<Trip> warnings;

  void flow(const std::string& stock, double mL_min) {
    pumps[stock].flow = milliliters_per_minute(mL_min);
    pumps[stock].moving = mL_min > 0.0;
  }

  double grams() const {
    return std::floor(std::max(arrived_mL, 0.0) / drop_mL) * drop_mL * g_per_mL - lost_g + on_pan_g;
  }

  void pass_second() {
    now += 1s;
    for (auto& [stock, pump] : pumps) {
      const double counted_mL = pump.moving ? in_milliliters(pump.flow * Seconds{1.0}) : 0.0;
      pump.delivered += milliliters(counted_mL);
      pumped_mL += counted_mL;
      double& through = through_mL_s[stock];
      const double followed = soft_s > 0.0 ? 1.0 - std::exp(-1.0 / soft_s) : 1.0;
      through += followed * (counters_true * counted_mL - through);
      const double dried = stock == "lead" ? std::min(dry_mL, through) : 0.0;
      dry_mL -= dried;
      arrived_mL += (1.0 - leaking) * (through - dried);
    }
    arrived_mL += coming_mL_min / 60.0;
    lost_g += evaporating_g_per_h / 3600.0;
  }

  /// What trips within the time; warnings are kept.
  std::optional<Trip> run(Duration time) {
    for (const Instant end = now + time; now < end;) {
      pass_second();
      auto found = watch.judge(now, pumps, grams());
      if (found && found->reaction != Reaction::warn) return found;
      if (found) warnings.push_back(*std::move(found));
    }
    return std::nullopt;
  }

  /// A flush with solvent, and an experiment: a trickle, the full flow, diluted, and standing.
  std::optional<Trip> experiment(double mL_min) {
    const std::vector<std::array<double, 3>> parts{{0.0, 2.0, 25},
                                                   {0.25 * mL_min, 0.0, 180},
                                                   {mL_min, 0.0, 60 * 1.5 / mL_min},
                                                   {mL_min, kDilution * mL_min, 60},
                                                   {mL_min, 0.0, 10},
                                                   {0.0, 0.0, 120}};
    for (const auto& [lead, toluene, time_s] : parts) {
      flow("lead", lead);
      flow("toluene", toluene);
      if (auto trip = run(seconds(time_s))) return trip;
    }
    return std::nullopt;
  }

  /// Until it trips at a steady flow of lead; mL pumped until then, negative if it does not.
  double pumped_until_found(double mL_min, std::string& what) {
    flow("toluene", 0.0);
    flow("lead", mL_min);
    const double before_mL = pumped_mL;
    const auto trip = run(2h);
    if (!trip) return -1.0;
    CHECK(trip->kind == FailureKind::leak);
    CHECK(trip->reaction == Reaction::safe);
    what = trip->what;
    return pumped_mL - before_mL;
  }
};

}  // namespace

TEST_CASE(
    "flow watch: nights of hard and soft syringes, dry tubes, drops and evaporation contradict nothing") {
  for (const double soft_s : {0.0, 8.0, 20.0})
    for (const double dry_mL : {0.0, 0.859})
      for (const double drop_mL : {0.001, 0.05})
        for (const double evaporating : {0.0, 0.45})
          for (const double counters_true : {0.96, 1.04})
            for (const double mL_min : {0.12, 0.35, 0.73}) {
              CAPTURE(soft_s);
              CAPTURE(dry_mL);
              CAPTURE(drop_mL);
              CAPTURE(evaporating);
              CAPTURE(counters_true);
              CAPTURE(mL_min);
              WatchedWaste waste;
              waste.soft_s = soft_s;
              waste.dry_mL = dry_mL;
              waste.drop_mL = drop_mL;
              waste.evaporating_g_per_h = evaporating;
              waste.counters_true = counters_true;
              for (int i = 0; i < 12; ++i) {
                const auto trip = waste.experiment(mL_min);
                CHECK_MESSAGE(!trip, trip.value_or(Trip{}).what);
              }
              CHECK(waste.warnings.empty());
            }
}

TEST_CASE("flow watch: what evaporates in a long trickle, or while everything stands, did not leak") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  waste.evaporating_g_per_h = 0.45;
  waste.flow("lead", 0.03);
  CHECK_FALSE(waste.run(2h));
  waste.flow("lead", 0.0);
  CHECK_FALSE(waste.run(8h));
  CHECK_FALSE(waste.experiment(0.35));
}

TEST_CASE("flow watch: without a density hexane and chloroform are both what was pumped") {
  for (const double g_per_mL : {0.66, 1.58}) {
    WatchedWaste waste{std::nullopt};
    waste.g_per_mL = g_per_mL;
    for (int i = 0; i < 12; ++i) CHECK_FALSE(waste.experiment(0.35));
  }
  WatchedWaste told{0.79};
  told.g_per_mL = 1.58;
  CHECK(told.experiment(0.35));
}

TEST_CASE("flow watch: a broken tube is found before 0.6 mL and 20 s of flow are lost") {
  for (const double mL_min : {0.12, 0.35, 0.73, 4.4}) {
    CAPTURE(mL_min);
    WatchedWaste waste;
    REQUIRE_FALSE(waste.experiment(0.35));
    waste.leaking = 1.0;
    std::string what;
    const double lost_mL = waste.pumped_until_found(mL_min, what);
    CHECK(lost_mL > 0.0);
    CHECK(lost_mL <= 0.6 + mL_min * 20.0 / 60.0);
    CHECK(what.find("arrived: a leak") != std::string::npos);
  }
}

TEST_CASE("flow watch: a leak of a third is found before 2.5 mL were pumped, one of a twentieth is not") {
  WatchedWaste third, twentieth;
  for (WatchedWaste* waste : {&third, &twentieth}) REQUIRE_FALSE(waste->experiment(0.35));
  third.leaking = 1.0 / 3.0;
  twentieth.leaking = 0.05;
  std::string what;
  const double pumped_mL = third.pumped_until_found(0.35, what);
  CHECK(pumped_mL > 0.0);
  CHECK(pumped_mL < 2.5);
  CHECK(twentieth.pumped_until_found(0.35, what) < 0.0);
}

TEST_CASE("flow watch: a tube that leaks from the start is found once a dry tube would be full") {
  WatchedWaste waste;
  waste.leaking = 1.0;
  waste.flow("toluene", 2.0);
  REQUIRE(waste.run(5min));
  CHECK(waste.pumped_mL > in_milliliters(kTube));
  CHECK(waste.pumped_mL < 3.0);
}

TEST_CASE("flow watch: what comes by itself while the pumps stand is found within 0.6 mL") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  waste.flow("lead", 0.0);
  REQUIRE_FALSE(waste.run(2min));
  waste.coming_mL_min = 0.2;
  const double before_mL = waste.arrived_mL;
  const auto trip = waste.run(30min);
  REQUIRE(trip);
  CHECK(trip->kind == FailureKind::leak);
  CHECK(trip->what.find("runs by itself") != std::string::npos);
  CHECK(waste.arrived_mL - before_mL < 0.6);
}

TEST_CASE(
    "flow watch: somebody who empties the vessel is told once, and a leak afterwards is found as before") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  waste.flow("lead", 0.35);
  REQUIRE_FALSE(waste.run(1min));
  waste.on_pan_g -= 40.0;
  REQUIRE_FALSE(waste.run(20s));
  waste.on_pan_g += 35.0;
  REQUIRE_FALSE(waste.run(10min));
  REQUIRE(waste.warnings.size() == 1);
  CHECK(waste.warnings[0].what == "the weight changed by -40.0 g at once: what arrives is counted anew");
  waste.leaking = 1.0;
  std::string what;
  const double lost_mL = waste.pumped_until_found(0.35, what);
  CHECK(lost_mL > 0.0);
  CHECK(lost_mL < 0.8);
}

TEST_CASE("flow watch: a balance without a weight is told at once and a loss after five minutes of flow") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  waste.flow("lead", 0.35);
  std::optional<Trip> first = waste.watch.miss(waste.now, waste.pumps, "is overloaded"), later;
  REQUIRE(first);
  CHECK(first->reaction == Reaction::warn);
  const Instant began = waste.now;
  for (; !later && waste.now < began + 10min; waste.now += 1s)
    later = waste.watch.miss(waste.now, waste.pumps, "is overloaded");
  REQUIRE(later);
  CHECK(later->kind == FailureKind::instrument_lost);
  CHECK(later->reaction == Reaction::safe);
  CHECK(waste.now - began > 5min);
  CHECK(waste.now - began < 5min + 5s);
}

TEST_CASE("flow watch: while nothing flows no weight is needed") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  int told = 0;
  for (int second = 0; second < 3600; ++second, waste.now += 1s) {
    const auto found = waste.watch.miss(waste.now, waste.pumps, "is overloaded");
    if (found) CHECK(found->reaction == Reaction::warn);
    if (found) ++told;
  }
  CHECK(told == 1);
}

TEST_CASE("flow watch: after a minute without a weight counting goes on from the new one") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  waste.flow("lead", 0.35);
  for (int second = 0; second < 60; ++second) {
    waste.pass_second();
    static_cast<void>(waste.watch.miss(waste.now, waste.pumps, "is underloaded"));
  }
  waste.on_pan_g -= 20.0;
  CHECK_FALSE(waste.run(20min));
  CHECK(waste.warnings.empty());
}

TEST_CASE("flow watch: counters that begin anew are no flow backwards") {
  WatchedWaste waste;
  REQUIRE_FALSE(waste.experiment(0.35));
  for (auto& [stock, pump] : waste.pumps) pump.delivered = Volume{};
  for (int i = 0; i < 5; ++i) CHECK_FALSE(waste.experiment(0.35));
  CHECK(waste.warnings.empty());
}

TEST_CASE("flow watch: a tube that shows to be full is granted no dry volume, a flush before it or not") {
  WatchedWaste waste;
  SUBCASE("none") {}
  SUBCASE("a flush") {
    waste.flow("toluene", 2.0);
    REQUIRE_FALSE(waste.run(25s));
    waste.flow("toluene", 0.0);
    waste.flow("lead", 0.03);
    REQUIRE_FALSE(waste.run(2min));
  }
  waste.flow("lead", 0.35);
  REQUIRE_FALSE(waste.run(2min));
  waste.leaking = 1.0;
  std::string what;
  const double lost_mL = waste.pumped_until_found(0.35, what);
  CHECK(lost_mL > 0.0);
  CHECK(lost_mL < 0.8);
}

TEST_CASE("flow watch: counters that are two seconds old contradict nothing") {
  WatchedWaste waste{1.58};
  waste.g_per_mL = 1.58;
  REQUIRE_FALSE(waste.run(5s));
  std::deque<PumpReading> readings(2, waste.pumps["toluene"]);
  for (int second = 0; second < 600; ++second) {
    if (second % 100 == 0) waste.flow("toluene", second % 200 == 0 ? 4.4 : 0.0);
    waste.pass_second();
    readings.push_back(waste.pumps["toluene"]);
    const std::map<std::string, PumpReading> late{{"lead", {}}, {"toluene", readings.front()}};
    readings.pop_front();
    CHECK_FALSE(waste.watch.judge(waste.now, late, waste.grams()));
  }
}

}  // namespace nocturne::test
