#include <doctest/doctest.h>

#include "devices/drawing_pump.hpp"
#include "devices/fake_pump_chain.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A pump that is armed and has pushed 12.5 of the 60 mL of its syringe.
struct DrawingHarvard : DrawingPump<HarvardLab> {
  DrawingHarvard() {
    arm();
    fake.volume_fL = 12'500'000'000'000;
    run(pump.read());
    fake.commands.clear();
  }
};

}  // namespace

TEST_CASE("harvard draw: withdraws to a target of the pump's own") {
  DrawingHarvard pumps;
  CHECK(in_milliliters(pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min))) == doctest::Approx(8.0));
  CHECK(pumps.lab.clock.now() > Instant{30s});
  CHECK(pumps.lab.clock.now() < Instant{35s});
  const std::vector<std::string>& said = pumps.fake.commands;
  const auto at = [&](const char* command) { return std::ranges::find(said, command); };
  CHECK(at("cwvolume") < at("load qs w"));
  CHECK(at("load qs w") < at("tvolume 8 ml"));
  CHECK(at("tvolume 8 ml") < at("wrate 16.0000 ml/min"));
  CHECK(at("wrate 16.0000 ml/min") < at("wrun"));
  CHECK(at("wrun") < at("load qs i"));
  CHECK(pumps.count("wrun") == 1);
  CHECK(pumps.count("irun") == 0);
}

TEST_CASE("harvard draw: the bytes are those of the protocol") {
  DrawingHarvard pumps;
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  for (const char* frame :
       {"@cwvolume\r", "@load qs w\r", "@tvolume 8 ml\r", "@wrate 16.0000 ml/min\r", "@wrun\r"}) {
    CAPTURE(frame);
    CHECK(std::ranges::count(pumps.fake.frames(), frame) == 1);
  }
}

TEST_CASE("harvard draw: afterwards the target that ends with the syringe is what it then holds") {
  DrawingHarvard pumps;
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  CHECK(pumps.fake.method == "qs i");
  CHECK(std::stod(pumps.fake.settings["tvolume"]) == doctest::Approx(55.5));  // 60 - 12.5 + 8
  CHECK(pumps.fake.volume_fL == 0);  // so that the target counts from here on, however the pump does it
  const PumpReading after = pumps.run(pumps.pump.read());
  CHECK_FALSE(after.moving);
  CHECK(in_milliliters(after.delivered) == doctest::Approx(12.5));
  CHECK(in_milliliters(after.drawn) == doctest::Approx(8.0));
  CHECK(in_milliliters(pumps.pump.counter().from) == doctest::Approx(-12.5));
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.flags[0] == 'I');
  pumps.fake.volume_fL = 1'000'000'000'000;
  CHECK(in_milliliters(pumps.run(pumps.pump.read()).delivered) == doctest::Approx(13.5));
}

TEST_CASE("harvard draw: no draw lets the target exceed the syringe") {
  DrawingHarvard pumps;
  pumps.run(pumps.pump.draw(20.0_mL, 16.0_mL_min));
  CHECK(std::stod(pumps.fake.settings["tvolume"]) == doctest::Approx(60.0));
}

TEST_CASE("harvard draw: a syringe that was pushed empty draws, too, and can push again") {
  DrawingHarvard pumps;
  pumps.fake.flags = "i...iT";
  pumps.fake.prompt = "T*";
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.flags[0] == 'I');
}

TEST_CASE("harvard draw: too much, too fast and nothing are refused before anything moves") {
  DrawingHarvard pumps;
  CHECK(pumps.fault(pumps.pump.draw(60.1_mL, 16.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.draw(Volume{}, 16.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 300.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("harvard draw: while it draws a reading says so, and that nothing more was delivered") {
  DrawingHarvard pumps;
  PumpReading during;
  auto look = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(10s);
    during = co_await pumps.pump.read();
  };
  CHECK_FALSE(pumps.fault_beside(look()));
  CHECK(during.moving);
  CHECK(during.drawing);
  CHECK(in_milliliters(during.delivered) == doctest::Approx(12.5));
}

TEST_CASE("harvard draw: what becomes of a draw that fails") {
  DrawingHarvard pumps;
  std::optional<DeviceFault> expected = DeviceFault::stalled;
  std::function<void()> strike;
  SUBCASE("the motor stalls") {
    strike = [&] { pumps.fake.flags = "w.S.i.", pumps.fake.prompt = "*"; };
  }
  SUBCASE("it runs into its limit switch") {
    strike = [&] { pumps.fake.flags = "ww..i.", pumps.fake.prompt = "<*"; };
  }
  SUBCASE("somebody stops it at its keys") {
    expected = DeviceFault::refused;
    strike = [&] { pumps.fake.halt(); };
  }
  SUBCASE("it falls silent") {
    expected = DeviceFault::timed_out;
    strike = [&] { pumps.fake.tamper = [](const std::string&, Utterances) { return Utterances{}; }; };
  }
  auto later = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(10s);
    strike();
  };
  CHECK(pumps.fault_beside(later()) == expected);
  CHECK(pumps.counted == Volume{});
}

TEST_CASE("harvard draw: one that stop() overtakes counts with what it drew, and the next flow pushes") {
  DrawingHarvard pumps;
  auto stop = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(10s);
    pumps.fake.drawn_fL = 2'600'000'000'000;
    co_await pumps.pump.stop();
  };
  CHECK(pumps.fault_beside(stop()) == DeviceFault::refused);
  CHECK(pumps.fake.flags[0] == 'w');
  CHECK(pumps.fake.method == "qs w");
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.flags[0] == 'I');
  CHECK(pumps.fake.method == "qs i");
  CHECK(std::stod(pumps.fake.settings["tvolume"]) == doctest::Approx(50.1));
}

TEST_CASE("harvard draw: a counter that disagrees with the volume is refused") {
  DrawingHarvard pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command == "status" && pumps.fake.flags == "w...iT") pumps.fake.drawn_fL = 7'500'000'000'000;
    return command == "status" ? Utterances{{pumps.fake.reply(pumps.fake.status_line())}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 16.0_mL_min)) == DeviceFault::refused);
}

TEST_CASE("harvard draw: a pump that takes another target is refused before it runs") {
  DrawingHarvard pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "tvolume" ? Utterances{{pumps.fake.reply("60 ml")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 16.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("wrun") == 0);
}

TEST_CASE("harvard draw: arming finds what was drawn last, if it drew last") {
  HarvardLab pumps;
  bool drew = false;
  SUBCASE("it pushed last") { pumps.fake.volume_fL = 3'250'000'000'000; }
  SUBCASE("it drew last") {
    drew = true;
    pumps.fake.flags = "W...i.";
    pumps.fake.settings["tvolume"] = "8 ml";
    pumps.fake.drawn_fL = 3'250'000'000'000;
  }
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command == "stp") pumps.fake.drawn_fL = 3'250'000'000'000;
    return usual;
  };
  pumps.run(pumps.pump.arm());
  CHECK(in_milliliters(pumps.pump.counter().found) == doctest::Approx(drew ? 0.0 : 3.25));
  REQUIRE(pumps.pump.counter().drawn);
  CHECK(in_milliliters(*pumps.pump.counter().drawn) == doctest::Approx(drew ? 3.25 : 0.0));
}

}  // namespace nocturne::test
