#include <doctest/doctest.h>

#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A night on the bench with a balance, and what the plant really did.
struct WeighedNight : VirtualNight {
  WeighedNight() {
    bench = "virtual_mixed";
    overrides.budget = 2;
  }

  double hottest_power = 0.0;
  double flow_uL_min = 0.0;

  /// Breaks instruments, each for a time, at a moment or (none) when the first product is read.
  Mischief broken(std::vector<std::string> instruments, std::string fault, std::optional<Duration> at,
                  Duration lasting = 24h) {
    return [this, instruments, fault, at, lasting](Night& night) -> Task<void> {
      Background looking{night.clock()};
      looking.start(look(night), [](const std::exception_ptr& e) { std::rethrow_exception(e); });
      if (at)
        co_await night.clock().sleep_for(*at);
      else
        co_await until_product(night);
      VirtualSide& side = *night.built().virtual_side();
      for (const std::string& instrument : instruments) side.faults(instrument).set(fault, true);
      co_await night.clock().sleep_for(lasting);
      for (const std::string& instrument : instruments) side.faults(instrument).set(fault, false);
      for (;;) co_await night.clock().sleep_for(1h);
    };
  }

  std::vector<std::string> warnings() const {
    std::vector<std::string> all;
    Log::open(log_file(), Log::Access::read).for_each([&](const Event& event) {
      if (is<Warned>(event)) all.push_back(read<Warned>(event).what);
    });
    return all;
  }

 private:
  Task<void> look(Night& night) {
    VirtualWorld& world = night.built().virtual_side()->world();
    for (;;) {
      world.probe_celsius(night.clock().now());  // time passes there
      hottest_power = std::max(hottest_power, world.heating());
      flow_uL_min = world.flow_uL_min();
      co_await night.clock().sleep_for(100ms);
    }
  }
};

const std::vector<std::string> kPumps{"pump_cs_pb", "pump_bromide", "pump_amine", "pump_diluent"};

}  // namespace

TEST_CASE("flow: what arrives on the balance is in the log, and a night without faults warns of nothing") {
  WeighedNight night;
  const CampaignResult result = night.run();
  CHECK(result.status != "faulted");
  CHECK(night.warnings().empty());
  double last_g = -1.0;
  Log::open(night.log_file(), Log::Access::read).for_each([&](const Event& event) {
    if (!is<ReadingTaken>(event)) return;
    const auto mass_g = read<ReadingTaken>(event).mass_g;
    REQUIRE(mass_g.contains("scale"));
    CHECK(mass_g.at("scale") >= last_g - 0.01);
    last_g = mass_g.at("scale");
  });
  const double in_lines_mL = 4 * 0.4;
  CHECK(last_g == doctest::Approx(0.84 * (result.reagent_mL - in_lines_mL)).epsilon(0.06));
}

TEST_CASE("flow: solvent that does not arrive in the first flush ends the night before any heat") {
  WeighedNight night;
  const CampaignResult result = night.run(night.broken({"pump_diluent"}, "leak", 0s));
  CHECK(result.status == "faulted");
  CHECK(result.why.starts_with("scale: of at least"));
  CHECK(result.experiments == 0);
  const double primed_mL = 4 * 0.5;
  CHECK(result.reagent_mL - primed_mL < 3.0);
  CHECK(night.hottest_power == 0.0);
  CHECK(night.flow_uL_min == 0.0);
}

TEST_CASE("flow: tubes that break in the night end it; the experiment is made again and blamed for nothing") {
  WeighedNight night;
  const CampaignResult result = night.run(night.broken(kPumps, "leak", std::nullopt));
  CHECK(result.status == "faulted");
  CHECK(result.why.find("a leak") != std::string::npos);
  CHECK(result.failures.empty());
  CHECK(night.flow_uL_min == 0.0);
  const CampaignResult resumed = night.resume();
  CHECK(resumed.status != "faulted");
  CHECK(resumed.experiments == 2);
}

TEST_CASE("flow: one broken tube of four shows in the weight, too") {
  WeighedNight night;
  night.overrides.budget = 6;
  const CampaignResult result = night.run(night.broken({"pump_bromide"}, "leak", std::nullopt));
  CHECK(result.status == "faulted");
  CHECK(result.why.find("a leak") != std::string::npos);
}

TEST_CASE("flow: a balance that stands still looks as if nothing arrived") {
  WeighedNight night;
  const CampaignResult result = night.run(night.broken({"scale"}, "frozen_reading", std::nullopt));
  CHECK(result.status == "faulted");
  CHECK(result.why.find("a leak") != std::string::npos);
}

TEST_CASE("flow: a vessel that is away for a minute is told, and the night goes on") {
  WeighedNight night;
  const CampaignResult result = night.run(night.broken({"scale"}, "underload", std::nullopt, 1min));
  CHECK(result.status != "faulted");
  CHECK(result.experiments == 2);
  REQUIRE(night.warnings().size() == 1);
  CHECK(night.warnings()[0].find("is underloaded") != std::string::npos);
}

TEST_CASE("flow: a balance that stays overloaded ends the night, one that is silent does so at once") {
  for (const auto& [fault, why] : std::map<std::string, std::string>{
           {"overload", "nothing can be told of what arrives"}, {"silence", "no reading for"}}) {
    WeighedNight night;
    const CampaignResult result = night.run(night.broken({"scale"}, fault, std::nullopt));
    CHECK(result.status == "faulted");
    CHECK(result.why.starts_with("scale: "));
    CHECK(result.why.find(why) != std::string::npos);
    CHECK(night.flow_uL_min == 0.0);
  }
}

}  // namespace nocturne::test
