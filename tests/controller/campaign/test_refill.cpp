#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "recipes/plant_file.hpp"
#include "support/refusal.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr double kSyringe_mL = 3.0;  // of bromide

/// A night on the bench whose syringes are filled again, and what really went through their mouths.
struct RefillNight : VirtualNight {
  explicit RefillNight(int budget = 6) {
    bench = "virtual_refill";
    overrides.optimizer = "sobol";
    overrides.targets_nm = {540.0};
    overrides.budget = budget;
  }

  CampaignFiles with(const std::string& from, const std::string& to) const {
    CampaignHeader header = files().header;
    header.bench_text = replaced(header.bench_text, from, to);
    return campaign_files_of(header);
  }

  /// Looks on ten times a second, and strikes once when bromide is being drawn.
  Task<void> look_on(Night& night) {
    VirtualWorld& world = night.built().virtual_side()->world();
    for (bool struck = false;;) {
      for (const PlantFeed& feed : world.parameters().feeds) moved[feed.name] = world.moved(feed.name);
      const MovedVolumes& bromide = moved.at("bromide");
      const double content_uL = 1e3 * began_with_mL + bromide.from_bottle - bromide.to_reactor;
      fullest_mL = std::max(fullest_mL, 1e-3 * content_uL);
      flow_uL_min = world.flow_uL_min();
      if (!struck && bromide.from_bottle > 500.0) {
        struck = true;
        if (strike) strike(night);
      }
      if (heal && struck && night.clock().now() > *heal_at) std::exchange(heal, {})(night);
      co_await night.clock().sleep_for(100ms);
    }
  }
  Mischief looking_on() {
    return [this](Night& night) { return look_on(night); };
  }

  double drawn_mL(const std::string& stock) const { return 1e-3 * moved.at(stock).from_bottle; }
  double delivered_mL() const {
    double uL = 0.0;
    for (const auto& [stock, volumes] : moved) uL += volumes.to_reactor;
    return 1e-3 * uL;
  }
  /// Into a bottle, or out of the reactor.
  double astray_uL() const {
    double uL = 0.0;
    for (const auto& [stock, volumes] : moved) uL += volumes.to_bottle + volumes.from_reactor;
    return uL;
  }

  std::function<void(Night&)> strike, heal;
  std::optional<Instant> heal_at;
  double began_with_mL = kSyringe_mL;
  std::map<std::string, MovedVolumes> moved;
  double fullest_mL = 0.0, flow_uL_min = 0.0;
};

}  // namespace

TEST_CASE("refill: a night goes on past what a syringe holds, with an account that is right") {
  RefillNight night;
  const CampaignResult result = night.run(night.looking_on());
  CHECK(result.status == "budget_spent");
  CHECK(result.experiments == 6);
  CHECK(result.failures.empty());
  CHECK(1e-3 * night.moved.at("bromide").to_reactor > 1.2 * kSyringe_mL);
  CHECK(night.drawn_mL("bromide") > 0.5 * kSyringe_mL);
  CHECK(night.astray_uL() == 0.0);
  CHECK(night.fullest_mL <= kSyringe_mL);
  CHECK(result.reagent_mL == doctest::Approx(night.delivered_mL()).epsilon(0.01));
  double logged_mL = 0.0;
  for (const Refilled& refilled : night.events<Refilled>())
    if (refilled.stock == "bromide") logged_mL += refilled.volume_mL;
  CHECK(logged_mL == doctest::Approx(night.drawn_mL("bromide")).epsilon(0.01));
  CHECK(night.events<Refilled>().size() == night.events<Refilling>().size());
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("refill: a decision knows what the bottle can still give, and readings what does not flow") {
  RefillNight night;
  night.run();
  for (const auto& [experiment, decision] : night.record().decisions)
    CHECK(decision.left_mL.at("bromide") > 0.9 * kSyringe_mL);
  double fastest_uL_min = 0.0, last_uL = 0.0;
  bool falls = false;
  for (const ReadingTaken& reading : night.events<ReadingTaken>()) {
    if (!reading.flow_uL_min.contains("bromide")) continue;
    fastest_uL_min = std::max(fastest_uL_min, reading.flow_uL_min.at("bromide"));
    falls = falls || reading.delivered_uL.at("bromide") < last_uL;
    last_uL = reading.delivered_uL.at("bromide");
  }
  CHECK_FALSE(falls);
  CHECK(fastest_uL_min > 0.0);
  CHECK(fastest_uL_min < 1000.0);  // it is drawn with 2000
}

TEST_CASE("refill: when a bottle is empty, too, the night ends and says so") {
  RefillNight night{20};
  const std::string bromide = "valve = \"tap_bromide\", to_reactor = 1, to_bottle = 2, bottle = \"";
  const CampaignResult result =
      night.run(night.with(bromide + "50 mL\"", bromide + "1 mL\""), night.looking_on());
  CHECK(result.status == "stopped");
  CHECK(result.why.find("the syringe of bromide holds ") == 0);
  CHECK(result.why.find(" and its bottle 0.") != std::string::npos);
  CHECK(night.drawn_mL("bromide") > 0.9);
  CHECK(night.drawn_mL("bromide") < 1.001);
  CHECK(night.astray_uL() == 0.0);
}

TEST_CASE("refill: a valve that does not turn ends the night safe, and nothing flows the wrong way") {
  RefillNight night;
  RefillNight::Mischief mischief = night.looking_on();
  std::string fault;
  SUBCASE("not to the bottle") {
    SUBCASE("it is stuck") { fault = "stuck"; }
    SUBCASE("it stops elsewhere") { fault = "wrong_position"; }
    mischief = [&](Night& running) -> Task<void> {
      running.built().virtual_side()->faults("tap_bromide").set(fault, true);
      co_await night.look_on(running);
    };
  }
  SUBCASE("not back from it") {
    SUBCASE("it is stuck") { fault = "stuck"; }
    SUBCASE("it is lost") { fault = "deaf"; }
    night.strike = [&](Night& running) {
      running.built().virtual_side()->faults("tap_bromide").set(fault, true);
    };
  }
  const CampaignResult result = night.run(mischief);
  CHECK(result.status == "faulted");
  CHECK(result.why.find("tap_bromide") != std::string::npos);
  CHECK(result.disobeyed.empty());
  CHECK(night.astray_uL() == 0.0);
  CHECK(night.flow_uL_min == 0.0);
}

TEST_CASE("refill: a pump that stalls while it draws ends the night safe") {
  RefillNight night;
  night.strike = [](Night& running) {
    running.built().virtual_side()->faults("pump_bromide").set("reboot", true);
  };
  const CampaignResult result = night.run(night.looking_on());
  CHECK(result.status == "faulted");
  CHECK(result.why.find("pump_bromide") != std::string::npos);
  CHECK(night.astray_uL() == 0.0);
  CHECK(night.flow_uL_min == 0.0);
  CHECK(night.record().refills.open() == std::vector<std::string>{"bromide"});
}

TEST_CASE("refill: a valve that turns away while its feed flows is noticed before much is lost") {
  RefillNight night{1};
  const CampaignResult result = night.run([&](Night& running) -> Task<void> {
    co_await night.until_product(running);
    co_await running.built().bench().taps.at("bromide").valve.go_to(2);
    co_await night.look_on(running);
  });
  CHECK(result.status == "faulted");
  CHECK(result.why == "tap_bromide: stands at 2 while bromide flows, not at 1, which leads to the reactor");
  CHECK(night.moved.at("bromide").to_bottle > 0.0);
  CHECK(night.moved.at("bromide").to_bottle < 30.0);
}

TEST_CASE("refill: valves that stand anywhere are turned to the reactor before anything flows") {
  RefillNight night{1};
  const CampaignResult result = night.run([&](Night& running) -> Task<void> {
    auto turn = [&]() -> Task<void> {
      for (const auto& [stock, tap] : running.built().bench().taps) {
        co_await tap.valve.arm();
        co_await tap.valve.go_to(tap.to_bottle);
      }
    };
    co_await turn();  // while the heater is being armed
    co_await night.look_on(running);
  });
  CHECK(result.status == "budget_spent");
  CHECK(night.astray_uL() == 0.0);
}

TEST_CASE("refill: what a hold interrupts counts as far as it came, and the night goes on") {
  RefillNight night;
  const std::string gauge =
      "[[line]]\nname = \"analog\"\nkind = \"virtual\"\n\n[[instrument]]\nname = \"gauge\"\ndriver = "
      "\"moxa\"\nline = \"analog\"\naddress = 1\nchannel = 0\nsignal = \"4-20 mA\"\nlow = 0\nhigh = 16\nunit "
      "= "
      "\"bar\"\n\n[[interlock]]\nsignal = \"gauge\"\nabove = 3\naction = \"hold\"\n\n[[instrument]]\nname = "
      "\"oven\"";
  night.strike = [&](Night& running) {
    running.built().virtual_side()->faults("gauge").set("over_pressure", true);
    night.heal_at = running.clock().now() + 30s;
  };
  night.heal = [](Night& running) {
    running.built().virtual_side()->faults("gauge").set("over_pressure", false);
  };
  const CampaignResult result =
      night.run(night.with("[[instrument]]\nname = \"oven\"", gauge), night.looking_on());
  CHECK(result.status == "budget_spent");
  CHECK(result.experiments == 6);
  CHECK(night.astray_uL() == 0.0);
  CHECK(night.fullest_mL <= kSyringe_mL);
  const std::vector<Refilling> begun = night.events<Refilling>();
  const std::vector<Refilled> ended = night.events<Refilled>();
  REQUIRE(begun.size() == ended.size());
  CHECK(ended.front().volume_mL > 0.5);
  CHECK(ended.front().volume_mL < 0.9 * begun.front().volume_mL);
  CHECK(result.reagent_mL == doctest::Approx(night.delivered_mL()).epsilon(0.01));
}

TEST_CASE("refill: what a stop interrupts counts as far as it came, and the resumed night goes on") {
  RefillNight night;
  night.strike = [](Night& running) { running.campaign().request_stop(); };
  CHECK(night.run(night.looking_on()).status == "stopped");
  const CampaignRecord stopped = night.record();
  CHECK(stopped.refills.open().empty());
  const double drawn_mL = in_milliliters(stopped.refills.drawn("bromide"));
  CHECK(drawn_mL > 0.5);
  CHECK(drawn_mL == doctest::Approx(night.drawn_mL("bromide")).epsilon(0.01));
  CHECK(night.astray_uL() == 0.0);
  night.strike = {};
  night.began_with_mL = kSyringe_mL + drawn_mL - in_milliliters(stopped.reagents.before().at("bromide"));
  CHECK(night.resume(night.looking_on()).status == "budget_spent");
  CHECK(night.drawn_mL("bromide") > 1.0);
  CHECK(night.fullest_mL <= kSyringe_mL);
  CHECK(night.astray_uL() == 0.0);
}

TEST_CASE(
    "refill: after a kill while a syringe was filled it is never filled too much, nor emptied wrongly") {
  RefillNight night;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    night.strike = [](Night&) { ::kill(::getpid(), SIGKILL); };
    night.run(night.looking_on());
    _exit(0);
  }
  int how = 0;
  ::waitpid(child, &how, 0);
  REQUIRE(WIFSIGNALED(how));
  const CampaignRecord died = night.record();
  CHECK(died.refills.open() == std::vector<std::string>{"bromide"});
  const double perhaps_mL = in_milliliters(died.refills.perhaps("bromide"));
  const double used_mL = in_milliliters(died.reagents.before().at("bromide"));
  night.began_with_mL = kSyringe_mL - used_mL + perhaps_mL;  // the pump may have drawn it all
  const CampaignResult result = night.resume(night.looking_on());
  CHECK(result.status == "stopped");  // a virtual pump has forgotten what it counted, like one without power
  CHECK(result.why.find("the syringe of bromide holds ") == 0);
  CHECK(night.fullest_mL <= kSyringe_mL);
  CHECK(night.astray_uL() == 0.0);
  const std::vector<Warned> warnings = night.events<Warned>();
  CHECK(std::ranges::any_of(
      warnings, [](const Warned& w) { return w.what.find("a refill of bromide broke off") == 0; }));
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("refill: pumps of every maker push on after a draw, and count both ways") {
  for (const char* name : {"virtual", "virtual_mixed"}) {
    VirtualClock clock;
    const BenchDescription description = read_bench(find_shipped(name, "benches"));
    BuiltBench built{clock, description, read_plant(*description.plant), 1};
    for (const auto& [stock, pump] : built.bench().feeds) {
      CAPTURE(pump->name());
      PumpReading reading;
      auto push = [&clock, &pump = *pump]() -> Task<void> {
        co_await pump.set_flow(6.0_mL_min);
        co_await clock.sleep_for(9s);  // less than a watchdog waits
        co_await pump.stop();
      };
      auto work = [&, &pump = *pump]() -> Task<void> {
        co_await pump.arm();
        co_await push();
        co_await pump.draw(0.8_mL, 4.0_mL_min);
        co_await push();
        reading = co_await pump.read();
      };
      clock.run(work());
      const MovedVolumes moved = built.virtual_side()->world().moved(stock);
      CHECK(moved.to_reactor > 1700.0);
      CHECK(moved.from_reactor == doctest::Approx(800.0).epsilon(0.01));
      CHECK(in_microliters(reading.delivered) == doctest::Approx(moved.to_reactor).epsilon(0.01));
      CHECK(in_microliters(reading.drawn) == doctest::Approx(moved.from_reactor).epsilon(0.01));
      CHECK_FALSE(reading.moving);
    }
  }
}

TEST_CASE("refill: a pump that lives on tells the next process what it drew, if its counter can") {
  for (const char* name : {"virtual", "virtual_mixed"}) {
    VirtualClock clock;
    const BenchDescription description = read_bench(find_shipped(name, "benches"));
    BenchHistory history;
    for (const FeedDescription& feed : description.feeds) history.contents[feed.stock] = 20.0_mL;
    BuiltBench built{clock, description, read_plant(*description.plant), 1, nullptr, history};
    for (const auto& [stock, pump] : built.bench().feeds) {
      CAPTURE(pump->name());
      auto draw = [&pump = *pump]() -> Task<void> { co_await pump.draw(10.0_mL, 5.0_mL_min); };
      auto die = [&clock, &pump = *pump, &draw]() -> Task<void> {
        co_await pump.arm();
        co_await race(draw(), clock.sleep_for(40s));
      };
      clock.run(die());
      auto arm = [&pump = *pump]() -> Task<void> { co_await pump.arm(); };
      clock.run(arm());
      const MovedVolumes moved = built.virtual_side()->world().moved(stock);
      CHECK(moved.from_reactor > 1000.0);  // there are no valves on these benches
      CHECK(moved.from_reactor < 5000.0);
      const std::optional<Volume> told = pump->counter().drawn;
      CHECK(told.has_value() == (pump->name() != "pump_amine" || std::string{"virtual"} == name));
      if (told) CHECK(in_microliters(*told) == doctest::Approx(moved.from_reactor).epsilon(0.01));
    }
  }
}

}  // namespace nocturne::test
