#include <doctest/doctest.h>

#include "devices/drawing_pump.hpp"
#include "devices/fake_chemyx.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A pump that is armed and has pushed 10 of the 60 mL of its syringe.
struct DrawingChemyx : DrawingPump<ChemyxLab> {
  DrawingChemyx() {
    arm();
    auto push = [&]() -> Task<void> {
      co_await pump.set_flow(10.0_mL_min);
      co_await lab.clock.sleep_for(1min);
      co_await pump.stop();
    };
    run(push());
    before = run(pump.read()).delivered;
    fake.commands.clear();
  }

  double target_mL() { return 1e-3 * std::stod(fake.settings["volume"]); }

  Volume before;
};

}  // namespace

TEST_CASE("chemyx draw: withdraws a negative volume, which ends by itself") {
  DrawingChemyx pumps;
  CHECK(in_milliliters(pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min))) == doctest::Approx(8.0));
  const std::vector<std::string>& said = pumps.fake.commands;
  const auto at = [&](const char* command) { return std::ranges::find(said, command); };
  CHECK(at("set volume -8000.00") < at("set rate 16000.0"));
  CHECK(at("set rate 16000.0") < at("start"));
  CHECK(pumps.count("start") == 1);
  const PumpReading after = pumps.run(pumps.pump.read());
  CHECK_FALSE(after.moving);
  CHECK(after.delivered == pumps.before);
  CHECK(in_milliliters(after.drawn) == doctest::Approx(8.0));
}

TEST_CASE("chemyx draw: afterwards it may push what the syringe then holds, and no more") {
  DrawingChemyx pumps;
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  pumps.run(pumps.pump.set_flow(10.0_mL_min));
  CHECK(pumps.target_mL() == doctest::Approx(68.0 - in_milliliters(pumps.before)).epsilon(1e-4));
  auto later = [&]() -> Task<void> { co_await pumps.lab.clock.sleep_for(1min); };
  pumps.run(later());
  const Volume now = pumps.run(pumps.pump.read()).delivered;
  CHECK(in_milliliters(now - pumps.before) == doctest::Approx(10.0).epsilon(0.05));
  CHECK(in_milliliters(pumps.run(pumps.pump.draw(30.0_mL, 16.0_mL_min))) == doctest::Approx(30.0));
  pumps.run(pumps.pump.set_flow(10.0_mL_min));
  CHECK(pumps.target_mL() == doctest::Approx(60.0));
}

TEST_CASE("chemyx draw: too much, too fast and nothing are refused before anything moves") {
  DrawingChemyx pumps;
  CHECK(pumps.fault(pumps.pump.draw(60.1_mL, 16.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.draw(Volume{}, 16.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 300.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.count("start") == 0);
}

TEST_CASE("chemyx draw: while it draws readings say so, and that nothing more was delivered") {
  DrawingChemyx pumps;
  bool drew = false;
  auto look = [&]() -> Task<void> {
    for (int i = 0; i < 200; ++i) {  // before, while and after it starts
      const PumpReading now = co_await pumps.pump.read();
      drew = drew || (now.moving && now.drawing);
      CHECK(now.delivered == pumps.before);
      co_await pumps.lab.clock.sleep_for(50ms);
    }
  };
  CHECK_FALSE(pumps.fault_beside(look()));
  CHECK(drew);
}

TEST_CASE("chemyx draw: what becomes of a draw that fails") {
  DrawingChemyx pumps;
  std::optional<DeviceFault> expected = DeviceFault::refused;
  std::function<void()> strike;
  SUBCASE("the motor stalls, and the pump says so") {
    expected = DeviceFault::stalled;
    strike = [&] { pumps.fake.halt(), pumps.fake.stalled = true; };
  }
  SUBCASE("somebody stops it at its keys") {
    strike = [&] { pumps.fake.halt(); };
  }
  SUBCASE("it falls silent") {
    expected = DeviceFault::timed_out;
    strike = [&] { pumps.fake.tamper = [](const std::string&, Utterances) { return Utterances{}; }; };
  }
  auto later = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(15s);
    strike();
  };
  CHECK(pumps.fault_beside(later()) == expected);
  CHECK(pumps.counted == Volume{});
}

TEST_CASE("chemyx draw: one that stop() overtakes counts with what it drew") {
  DrawingChemyx pumps;
  auto stop = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(15s);
    co_await pumps.pump.stop();
  };
  CHECK(pumps.fault_beside(stop()) == DeviceFault::refused);
  CHECK_FALSE(pumps.fake.running);
  const double drawn_mL = 1e-3 * pumps.fake.elapsed_s() / 60.0 * pumps.fake.rate_uL_min();
  CHECK(drawn_mL > 1.0);
  CHECK(in_milliliters(pumps.run(pumps.pump.read()).drawn) == doctest::Approx(drawn_mL));
  pumps.run(pumps.pump.set_flow(10.0_mL_min));
  CHECK(pumps.target_mL() == doctest::Approx(60.0 + drawn_mL - in_milliliters(pumps.before)).epsilon(1e-4));
}

TEST_CASE("chemyx draw: a pump that does not take the negative volume is refused before it runs") {
  DrawingChemyx pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command.starts_with("set volume -") ? Utterances{{pumps.fake.reply("volume = 0.0002")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 16.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("start") == 0);
}

TEST_CASE("chemyx draw: its only counter does not tell the next process what was drawn") {
  DrawingChemyx pumps;
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  pumps.run(pumps.pump.arm());
  CHECK_FALSE(pumps.pump.counter().drawn);
}

}  // namespace nocturne::test
