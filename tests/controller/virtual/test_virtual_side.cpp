#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "controller/bench/bench_builder.hpp"
#include "controller/virtual/fault_player.hpp"
#include "controller/virtual/virtual_side.hpp"
#include "devices/virtual/modbus_wire.hpp"
#include "devices/virtual/obp_wire.hpp"
#include "recipes/document.hpp"
#include "recipes/library.hpp"
#include "recipes/plant_file.hpp"
#include "support/hex.hpp"
#include "support/refusal.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// The shipped virtual bench; each test talks to one of its lines.
struct SideLab : VirtualLab {
  BenchDescription description = read_bench(find_shipped("virtual", "benches"));
  PlantParameters parameters = read_plant(*description.plant);
  VirtualSide side{clock, description, parameters, 1};
  std::unique_ptr<ByteLink> link;

  void talk_to(const std::string& line) {
    link = side.connect(*std::ranges::find(description.lines, line, &LineDescription::name));
  }
  std::string ask(const std::string& bytes, Duration wait = 200ms) {
    std::string heard;
    auto listen = [&]() -> Task<void> {
      for (;;) heard += co_await link->read_some();
    };
    auto both = [&]() -> Task<void> {
      co_await link->write(bytes);
      co_await race(listen(), clock.sleep_for(wait));
    };
    run(both());
    return heard;
  }
  void pass(Duration time) { run(clock.sleep_for(time)); }

  std::string text(const std::string& command) {
    const std::string bytes = ask(command + "\r");
    return bytes.size() > 2 ? bytes.substr(1, bytes.size() - 2) : bytes;
  }
  std::string spectrum() {
    virtual_obp::Message request;
    request.type = 0x101000;
    return ask(virtual_obp::encoded(request), 1s);
  }
  double brightest(const std::string& reply) {
    double most = 0.0;
    for (std::size_t i = 44; i + 20 < reply.size(); i += 2)
      most = std::max<double>(most, virtual_obp::number_at(reply, i, 2));
    return most;
  }
  double pressure_bar() { return side.world().pressure_bar(clock.now()); }
  double probe() { return side.world().probe_celsius(clock.now()); }
};

TEST_CASE_FIXTURE(SideLab, "virtual side: pumps push what the plant presses through its tube") {
  talk_to("pumps");
  const double at_rest = pressure_bar();
  for (int i = 0; i < 4; ++i) text(std::to_string(i));
  CHECK(text("0DIA26.59") == "00S");
  CHECK(text("1DIA26.59") == "01S");
  CHECK(text("0RAT100UM") == "00S");
  CHECK(text("0RUN") == "00I");
  const double slow = pressure_bar();
  CHECK(slow > at_rest);
  CHECK(text("1RAT300UM") == "01S");
  CHECK(text("1RUN") == "01I");
  CHECK(pressure_bar() - at_rest == doctest::Approx(4.0 * (slow - at_rest)).epsilon(0.01));
  CHECK(side.world().flow_uL_min() == doctest::Approx(400.0));
}

TEST_CASE_FIXTURE(
    SideLab,
    "virtual side: the tuned heater reaches every target within 3 degrees of overshoot and holds it") {
  talk_to("heating");
  for (const double target : {70.0, 120.0, 180.0, 100.0}) {
    CAPTURE(target);
    const std::string write = from_hex("01 06 00 02") +
                              static_cast<char>(static_cast<int>(target * 10) >> 8) +
                              static_cast<char>(static_cast<int>(target * 10) & 0xFF);
    const unsigned check = virtual_modbus::crc(write);
    const std::string frame = write + static_cast<char>(check & 0xFF) + static_cast<char>(check >> 8);
    REQUIRE(ask(frame) == frame);
    const double start = probe();
    double beyond = -1000.0;
    for (int i = 0; i < 900; ++i) {
      pass(2s);
      const double now = probe();
      beyond = std::max(beyond, start < target ? now - target : target - now);
    }
    CHECK(beyond < 3.0);
    double worst = 0.0;
    for (int i = 0; i < 100; ++i) {
      pass(3s);
      worst = std::max(worst, std::abs(probe() - target));
    }
    CHECK(worst < 0.5);
  }
}

TEST_CASE_FIXTURE(SideLab, "virtual side: the spectrometer sees the lamp that it switches on") {
  talk_to("optics");
  const std::string dark = spectrum();
  REQUIRE(dark.size() == 64 + 2 * 2136);
  virtual_obp::Message lamp;
  lamp.type = 0x110410;
  lamp.data = virtual_obp::bytes_of(1, 1);
  ask(virtual_obp::encoded(lamp));
  const std::string stale = spectrum(), bright = spectrum();
  CHECK(brightest(bright) > 3.0 * brightest(dark));
  CHECK(brightest(stale) < 1.5 * brightest(dark));
}

TEST_CASE_FIXTURE(SideLab, "virtual side: what leaves the outlet is what the pumps pushed") {
  talk_to("pumps");
  for (int i = 0; i < 4; ++i) text(std::to_string(i));
  text("3DIA38");
  text("3RAT1.2MM");
  CHECK(side.world().collected_g(clock.now()) == 0.0);
  text("3RUN");
  pass(10min);
  const double grams = 12.0 * parameters.geometry.density_kg_per_L;
  CHECK(side.world().flow_uL_min() == doctest::Approx(1200.0).epsilon(0.001));
  CHECK(side.world().collected_g(clock.now()) == doctest::Approx(grams).epsilon(0.01));
}

TEST_CASE_FIXTURE(
    SideLab, "virtual side: what leaks is pumped and counted, but presses nothing and reaches no outlet") {
  talk_to("pumps");
  for (int i = 0; i < 4; ++i) text(std::to_string(i));
  const double at_rest = pressure_bar();
  side.faults("pump_diluent").set("leak", true);
  text("3DIA38");
  text("3RAT1.2MM");
  text("3RUN");
  pass(5min);
  CHECK(text("3DIS").find("I6.0") != std::string::npos);
  CHECK(side.world().flow_uL_min() == doctest::Approx(1200.0).epsilon(0.001));
  CHECK(side.world().leaking_uL_min() == side.world().flow_uL_min());
  CHECK(side.world().collected_g(clock.now()) == 0.0);
  CHECK(pressure_bar() == at_rest);
  side.faults("pump_diluent").set("leak", false);
  pass(5min);
  CHECK(side.world().leaking_uL_min() == 0.0);
  CHECK(side.world().collected_mL(clock.now()) == doctest::Approx(6.0).epsilon(0.01));
}

TEST_CASE_FIXTURE(SideLab, "virtual side: faults strike the instrument that is named, and heal") {
  talk_to("pumps");
  for (int i = 0; i < 4; ++i) text(std::to_string(i));
  side.faults("pump_bromide").set("silence", true);
  CHECK(text("1").empty());
  CHECK(text("0") == "00S");
  side.faults("pump_bromide").set("silence", false);
  CHECK(text("1") == "01S");
  CHECK_THROWS_WITH_AS(side.faults("pump_bromide").set("sulks", true), doctest::Contains("stall"),
                       std::invalid_argument);
  CHECK_THROWS_AS(side.faults("pump_of_nobody"), std::invalid_argument);
}

TEST_CASE(
    "virtual side: a scenario is refused in the line of a fault that nobody knows, and where nothing is "
    "virtual") {
  VirtualClock clock;
  const BenchDescription bench = read_bench(find_shipped("virtual", "benches"));
  VirtualSide side{clock, bench, read_plant(*bench.plant), 1};
  const auto refused = [&](const std::string& instrument, const std::string& fault, VirtualSide* of) {
    return refusal([&] {
      check(parse_fault_scenario(
                "[[fault]]\nat = \"1 s\"\ninstrument = \"" + instrument + "\"\nfault = \"" + fault + "\"\n",
                "f.toml"),
            of);
    });
  };
  CHECK(refused("oven", "runaway", &side).empty());
  check_refusal(refused("oven", "sulks", &side), "f.toml:1", {"'sulks'", "runaway"});
  check_refusal(refused("stove", "runaway", &side), "f.toml:1", {"'stove'"});
  CHECK(refused("oven", "runaway", nullptr).find("no virtual instruments") != std::string::npos);
}

/// What the lamp gives in half a minute, a minute later and another minute later, while a scenario plays.
std::vector<double> light_during(const FaultScenario& scenario) {
  VirtualClock clock;
  const BenchDescription bench = read_bench(find_shipped("virtual", "benches"));
  VirtualSide side{clock, bench, read_plant(*bench.plant), 1};
  side.world().plant().set_lamp(true, 0.0);
  std::vector<double> light;
  auto watch = [&]() -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      co_await clock.sleep_until(Instant{std::chrono::seconds{30 + 60 * i}});
      light.push_back(side.world().plant().expose(in_seconds(clock.now()), 0.01).mean());
    }
  };
  Background beside{clock};
  beside.start(play(clock, side, scenario), [](const std::exception_ptr& e) { std::rethrow_exception(e); });
  clock.run(watch());
  return light;
}

TEST_CASE("virtual side: what asks over Modbus does not notice that the machine had no time for the answer") {
  VirtualClock clock;
  const BenchDescription bench = read_bench(find_shipped("virtual", "benches"));
  VirtualSide side{clock, bench, read_plant(*bench.plant), 1};
  Lines lines{clock, bench, &side};
  const auto oven = std::ranges::find(bench.instruments, "oven", &InstrumentDescription::name);
  ModbusBus& bus = lines.modbus(*oven);
  bool answered = false;
  auto ask = [&]() -> Task<void> {
    co_await bus.read_holding("oven", oven->address, 1, 1);
    answered = true;
  };
  auto starve = [&]() -> Task<void> {
    std::this_thread::sleep_for(700ms);  // longer than a real partner is given
    co_return;
  };
  auto both = [&]() -> Task<void> {
    co_await ask();  // the line is open from now on
    answered = false;
    std::vector<Task<void>> works;
    works.push_back(ask());
    works.push_back(starve());
    co_await all(std::move(works));
  };
  clock.run(both());
  CHECK(answered);
}

TEST_CASE("virtual side: a scenario strikes and heals at its times") {
  const FaultScenario air = parse_fault_scenario(
      "[[fault]]\nat = \"60 s\"\ninstrument = \"flow_cell\"\nfault = \"bubble_train\"\nlasts = \"1 min\"\n",
      "f.toml");
  const std::vector<double> disturbed = light_during(air), quiet = light_during({});
  REQUIRE(disturbed.size() == 3);
  CHECK(disturbed[0] == quiet[0]);
  CHECK(disturbed[1] > 1.1 * quiet[1]);
  CHECK(disturbed[2] == quiet[2]);
}

TEST_CASE("virtual side: instruments that do not fit are refused at their line") {
  const std::string shipped = read_text_file(find_shipped("virtual", "benches"));
  const auto refused = [&](const std::string& from, const std::string& to) {
    return refusal([&] {
      VirtualClock clock;
      const BenchDescription bench = parse_bench(replaced(shipped, from, to), "bench.toml",
                                                 find_shipped("virtual", "benches").parent_path());
      VirtualSide{clock, bench, read_plant(*bench.plant), 1};
    });
  };
  CHECK(refused("driver = \"eurotherm\"\nline = \"heating\"", "driver = \"eurotherm\"\nline = \"optics\"")
            .find("do not speak the same protocol") != std::string::npos);
  CHECK(refused("driver = \"ocean_obp\"", "driver = \"abacus\"").find("abacus has no virtual twin") !=
        std::string::npos);
  CHECK(refused("stock = \"amine\"", "stock = \"aminee\"").find("has no feed aminee") != std::string::npos);
}

/// The bench whose syringes have valves.
struct TapLab : VirtualLab {
  BenchDescription description = read_bench(find_shipped("virtual_refill", "benches"));
  VirtualSide side{clock, description, read_plant(*description.plant), 1};
  std::unique_ptr<ByteLink> pumps = connect("pumps"), valve = connect("tap_diluent");

  std::unique_ptr<ByteLink> connect(const std::string& line) {
    return side.connect(*std::ranges::find(description.lines, line, &LineDescription::name));
  }
  void say(ByteLink& link, const std::string& command) {
    auto talk = [&]() -> Task<void> {
      const std::string bytes = command + "\r";
      co_await link.write(bytes);
      co_await clock.sleep_for(1s);
    };
    run(talk());
  }
  void pump(const std::string& command) { say(*pumps, "3" + command); }
  MovedVolumes after(Duration time) {
    run(clock.sleep_for(time));
    return side.world().moved("diluent");
  }
};

TEST_CASE_FIXTURE(TapLab, "virtual side: what a syringe pushes and draws goes where its valve leads") {
  pump("");
  pump("DIA14.43");
  pump("RAT1.2MM");
  pump("RUN");
  const double through = after(1min).to_reactor;
  CHECK(through == doctest::Approx(1200.0).epsilon(0.05));
  CHECK(side.world().flow_uL_min() == doctest::Approx(1200.0).epsilon(0.001));
  say(*valve, "GO03");
  CHECK(side.world().flow_uL_min() == 0.0);
  const double out_of_outlet_g = side.world().collected_g(clock.now());
  const MovedVolumes wrong = after(1min);
  CHECK(wrong.to_bottle == doctest::Approx(1200.0).epsilon(0.05));
  CHECK(wrong.to_reactor < 1.05 * through);
  CHECK(side.world().collected_g(clock.now()) == out_of_outlet_g);
  say(*valve, "GO02");  // a closed port
  const double into_bottle = after(0s).to_bottle;
  CHECK(after(1min).to_bottle == into_bottle);
  say(*valve, "GO03");
  pump("STP");
  pump("STP");
  pump("DIRWDR");
  pump("RUN");
  CHECK(after(1min).from_bottle == doctest::Approx(1200.0).epsilon(0.05));
  CHECK(after(0s).from_reactor == 0.0);
  say(*valve, "GO01");
  CHECK(after(1min).from_reactor == doctest::Approx(1200.0).epsilon(0.05));
  CHECK(side.world().flow_uL_min() == doctest::Approx(-1200.0).epsilon(0.001));
  CHECK(side.world().collected_g(clock.now()) < out_of_outlet_g);
}

TEST_CASE(
    "virtual side: refills that pump or valve cannot do are refused in their line, before anything is "
    "built") {
  const std::string shipped = read_text_file(find_shipped("virtual_refill", "benches"));
  const auto refused = [&](const std::string& from, const std::string& to) {
    return refusal([&] {
      VirtualClock clock;
      const BenchDescription bench = parse_bench(replaced(shipped, from, to), "bench.toml",
                                                 find_shipped("virtual_refill", "benches").parent_path());
      BuiltBench{clock, bench, read_plant(*bench.plant), 1};
    });
  };
  const std::string place =
      "bench.toml:" + std::to_string(std::stoi(line_of(shipped, "stock = \"diluent\"")) + 3);
  check_refusal(refused("flow = \"8 mL/min\"", "flow = \"9 mL/min\""), place,
                {"pump_diluent cannot draw at 9000 µL/min", "to 8341 µL/min"});
  check_refusal(refused("to_bottle = 3", "to_bottle = 5"), place,
                {"tap_diluent has no position 5", "1 to 4"});
  CHECK(refused("driver = \"vici\"\nline = \"tap_cs_pb\"\nkind = \"two_position\"",
                "driver = \"mettler\"\nline = \"tap_cs_pb\"")
            .find("tap_cs_pb cannot work as refill valve with driver mettler") != std::string::npos);
}

}  // namespace
}  // namespace nocturne::test
