#include <doctest/doctest.h>

#include <algorithm>

#include "controller/bench/bench_builder.hpp"
#include "controller/bench/drivers.hpp"
#include "devices/fake_modbus.hpp"
#include "recipes/document.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string described_heater = R"([[instrument]]
name = "oven"
driver = "modbus_heater"
line = "heating"
address = 1
verify = { register = 0x1003, value = -200.0, scale = 0.1 }
process = { register = 0x1000, scale = 0.1 }
target = { register = 0x1001, scale = 0.1 }
switch = { register = 0x1010, on = 1, off = 0 }
output = { register = 0x1012, type = "uint16", scale = 0.1 }
limit = { register = 0x1024, scale = 0.1 }
alarm = { register = 0x102A, type = "uint16", mask = 0x20, good = 0 }
)";

const std::string described_input = R"([[instrument]]
name = "pressure"
driver = "modbus_input"
line = "heating"
address = 2
verify = { register = 200, type = "uint16", value = 0x0180 }
value = { register = 0, function = 4, type = "float32", word_order = "low_first" }
state = { register = 100, type = "uint16" }
unit = "bar"
lowest = -0.5
highest = 16.5
)";

const std::string moxa_input = R"([[instrument]]
name = "pressure"
driver = "moxa"
line = "heating"
address = 2
channel = 3
low = 0.0
high = 16.0
unit = "bar"
)";

/// The example bench with other instruments on the oven's line, which leads to `device`.
std::string bench_text(const std::string& instruments, const std::string& device = "/dev/oven") {
  std::string text = read_text_file(NOCTURNE_SOURCE_DIR "/recipes/benches/example_lab.toml");
  const auto begin = text.find("[[instrument]]\nname = \"oven\"");
  const auto end = text.find("# The lamp hangs on");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  text.replace(begin, end - begin, instruments);
  return replaced(text, "/dev/serial/by-id/usb-FTDI_USB-RS485_Cable_FT4YJ1CQ-if00-port0", device);
}

/// A bench and what one of its instruments is made from.
struct Workshop {
  Workshop(Clock& of_all, const std::string& text) : clock{of_all}, bench{parse_bench(text, "b.toml", "")} {}
  Order order(const std::string& name) {
    return Order{clock, lines, bench,
                 *std::ranges::find(bench.instruments, name, &InstrumentDescription::name)};
  }
  std::unique_ptr<Heater> heater() {
    const Order made = order("oven");
    return kHeaters.at(made.instrument.driver)(made);
  }
  std::unique_ptr<AnalogInput> input() {
    const Order made = order("pressure");
    return kAnalogInputs.at(made.instrument.driver)(made);
  }

  Clock& clock;
  BenchDescription bench;
  Lines lines{clock, bench, nullptr};
};

std::string heater_refusal(const std::string& instruments) {
  VirtualClock clock;
  return refusal([&] { Workshop{clock, bench_text(instruments)}.heater(); });
}

/// `from` replaced by `to` in the description must be refused in the line of `at`.
void check_heater_change(const std::string& from, const std::string& to, const std::string& at,
                         std::initializer_list<const char*> words) {
  const std::string changed = replaced(described_heater, from, to);
  check_refusal(heater_refusal(changed), "b.toml:" + line_of(bench_text(changed), at), words);
}

const std::string heater_driver = "driver = \"modbus_heater\"";

/// What is said about a bench whose input has this interlock.
std::string interlock_refusal(const std::string& text) {
  const BenchDescription bench = parse_bench(text, "b.toml", "");
  VirtualClock clock;
  return refusal([&] { BuiltBench{clock, bench, std::nullopt, 1}; });
}

std::string bench_with_interlock(const std::string& input, const std::string& limit) {
  return bench_text(described_heater + input) + "\n[[interlock]]\nsignal = \"pressure\"\n" + limit + "\n";
}

}  // namespace

TEST_CASE("drivers: a heater that only the bench file knows is recognised, limited, heated and cut") {
  VirtualLab world;
  FakeModbus fake{world.clock};
  fake.registers = {{0x1000, 253}, {0x1001, 0},    {0x1003, 63536}, {0x1010, 1},
                    {0x1012, 0},   {0x1024, 4000}, {0x102A, 0}};
  Workshop shop{world.clock, bench_text(described_heater, fake.path())};
  const std::unique_ptr<Heater> oven = shop.heater();
  CHECK(oven->max_target() == Temperature::from_celsius(200.0));
  auto night = [&]() -> Task<void> {
    const std::string identity = co_await oven->arm();
    CHECK(identity == "described controller, limited at 200.00 °C");
    CHECK(fake.registers[0x1010] == 0);
    const Temperature held = co_await oven->set_target(120.0_degC);
    CHECK(held.celsius() == doctest::Approx(120.0));
    CHECK(fake.registers[0x1010] == 1);
    fake.registers[0x102A] = 0x20;
    const HeaterReading reading = co_await oven->read();
    CHECK(reading.alarm);
    co_await oven->off();
    CHECK(fake.registers[0x1010] == 0);
  };
  auto serve_from = [&]() -> Task<void> { co_await race(night(), fake.serve()); };
  world.clock.run(serve_from());
}

TEST_CASE("drivers: a described heater without its own limit is made, and refuses to be armed") {
  VirtualLab world;
  FakeModbus fake{world.clock};
  fake.registers = {{0x1000, 253}, {0x1001, 0}, {0x1003, 63536}, {0x1010, 1}, {0x1012, 0}, {0x102A, 0}};
  const std::string text = replaced(described_heater, "limit = { register = 0x1024, scale = 0.1 }\n", "");
  Workshop shop{world.clock, bench_text(text, fake.path())};
  const std::unique_ptr<Heater> oven = shop.heater();
  CHECK(fault_of([&] { run_beside(world, fake.serve(), oven->arm()); }) == DeviceFault::refused);
  CHECK(fake.registers[0x1010] == 0);
}

TEST_CASE("drivers: what a described heater lacks or has wrong is refused in its line") {
  check_heater_change("verify = {", "#", heater_driver, {"oven has no 'verify.register'", "modbus_heater"});
  check_heater_change("value = -200.0, ", "", heater_driver, {"verify.value"});
  check_heater_change("process = {", "#", heater_driver, {"process.register"});
  check_heater_change("switch = {", "#", heater_driver, {"'switch' or 'rest_target'"});
  check_heater_change("on = 1, ", "", heater_driver, {"switch.on"});
  check_heater_change("register = 0x1001", "register = 70000",
                      "target =", {"target.register = 70000", "65535"});
  check_heater_change("register = 0x1001", "function = 4, register = 1", "target =", {"holding registers"});
  check_heater_change("0x1012, type = \"uint16\"", "0x1012, type = \"word\"",
                      "output =", {"output.type = 'word'", "int16, uint16, int32, float32"});
  check_heater_change("0x1000, scale = 0.1", "0x1000, scale = 0.0", "process =", {"process.scale = 0"});
  check_heater_change("mask = 0x20, good = 0", "mask = 0x20, good = 1", "alarm =", {"alarm.good", "mask"});
  check_heater_change("0x102A, type = \"uint16\"", "0x102A, type = \"int32\"",
                      "alarm =", {"int16 or uint16"});
  check_heater_change("0x1000, scale = 0.1", "0x1000, scal = 0.1", "process =", {"no setting process.scal"});
  check_heater_change("address = 1", "address = 1\nunit = \"F\"", "unit = \"F\"",
                      {"unit = 'F'", "°C, °F, K"});
  CHECK(heater_refusal(described_heater).empty());
  CHECK(heater_refusal(replaced(described_heater, "switch = { register = 0x1010, on = 1, off = 0 }",
                                "rest_target = 0.0\nunwatched = true\nwrite_function = 16"))
            .empty());
}

TEST_CASE("drivers: Watlow and Julabo know their settings and no others") {
  const std::string watlow =
      "[[instrument]]\nname = \"oven\"\ndriver = \"watlow\"\nline = \"heating\"\naddress = 1\n"
      "unwatched = true\n";
  CHECK(
      heater_refusal(watlow + "map = 2\nword_order = \"high_first\"\nport = 2\nguard = \"limit\"\n").empty());
  for (const std::string wrong :
       {"map = 3", "word_order = \"big\"", "guard = \"none\"", "mapp = 1", "alarm = 5"}) {
    CAPTURE(wrong);
    check_refusal(heater_refusal(watlow + wrong + "\n"),
                  "b.toml:" + line_of(bench_text(watlow + wrong + "\n"), wrong), {});
  }
  const std::string julabo = "[[instrument]]\nname = \"oven\"\ndriver = \"julabo\"\nline = \"heating\"\n";
  CHECK(heater_refusal(julabo + "limit_query = \"in_sp_03\"\nlimit_command = \"out_sp_03\"\n").empty());
  check_refusal(heater_refusal(julabo + "limit_command = \"out_sp_03\"\n"),
                "b.toml:" + line_of(bench_text(julabo + "limit_command"), "limit_command"), {"limit_query"});
}

TEST_CASE("drivers: a line of RTU frames in TCP carries Modbus and nothing else") {
  const std::string serial = "kind = \"serial\"\ndevice = \"/dev/oven\"\nbaud = 9600\nparity = \"none\"\n";
  const std::string stream = "kind = \"rtu_tcp\"\nhost = \"10.0.0.7\"\nport = 4001\n";
  VirtualClock clock;
  Workshop shop{clock, replaced(bench_text(described_heater), serial, stream)};
  CHECK(shop.heater());
  CHECK(shop.lines.endpoint(shop.order("oven").instrument) == "rtu-tcp://10.0.0.7:4001");
  const std::string julabo = "[[instrument]]\nname = \"oven\"\ndriver = \"julabo\"\nline = \"heating\"\n";
  const std::string text = replaced(bench_text(julabo), serial, stream);
  check_refusal(refusal([&] {
                  Workshop{clock, text}.heater();
                }),
                "b.toml:" + std::to_string(std::stoi(line_of(text, "name = \"oven\"")) - 1),
                {"speaks Modbus"});
}

TEST_CASE("drivers: analog inputs, described and Moxa, are made from the bench file and read") {
  VirtualLab world;
  FakeModbus fake{world.clock};
  fake.unit = 2;
  const std::string oven = described_heater;
  SUBCASE("described") {
    fake.registers = {{100, 0}, {200, 0x0180}};
    fake.inputs = {{0, 0x147B}, {1, 0x409B}};
    Workshop shop{world.clock, bench_text(oven + described_input, fake.path())};
    const std::unique_ptr<AnalogInput> pressure = shop.input();
    CHECK(run_beside(world, fake.serve(), pressure->arm()) == "described input, register 0");
    CHECK(run_beside(world, fake.serve(), pressure->read()).value == doctest::Approx(4.8463).epsilon(1e-4));
    CHECK(pressure->unit() == "bar");
  }
  SUBCASE("Moxa") {
    for (int i = 0; i < 8; ++i) {
      fake.inputs[i] = fake.inputs[60 + i] = 0;
      fake.registers[24 + i] = 1;
    }
    fake.inputs[3] = 65535;
    Workshop shop{world.clock, bench_text(oven + moxa_input, fake.path())};
    const std::unique_ptr<AnalogInput> pressure = shop.input();
    run_beside(world, fake.serve(), pressure->arm());
    CHECK(run_beside(world, fake.serve(), pressure->read()).value == doctest::Approx(16.0));
  }
}

TEST_CASE("drivers: an interlock that its input can never set off is refused in the limit's line") {
  const std::string falling =
      replaced(replaced(moxa_input, "low = 0.0", "low = 16.0"), "high = 16.0\nunit", "high = 0.0\nunit");
  const std::string held = replaced(described_input, "type = \"float32\", word_order = \"low_first\"",
                                    "type = \"uint16\", scale = 0.0001");
  const auto check = [](const std::string& input, const std::string& limit, const std::string& last_noticed,
                        const std::string& shows) {
    CAPTURE(limit);
    const std::string text = bench_with_interlock(input, limit);
    check_refusal(interlock_refusal(text), "b.toml:" + line_of(text, limit + "\n"),
                  {"this can never be noticed: pressure shows ", shows.c_str()});
    CHECK(interlock_refusal(bench_with_interlock(input, last_noticed)).empty());
  };
  check(moxa_input, "above = 16", "above = 15.99", "-0.2 to 16 bar");
  check(moxa_input, "below = -0.21", "below = -0.19", "-0.2 to 16 bar");
  check(falling, "above = 16.21", "above = 16.19", "0 to 16.2 bar");
  check(falling, "below = 0", "below = 0.01", "0 to 16.2 bar");
  check(described_input, "above = 16.5", "above = 16.4", "-0.5 to 16.5 bar");
  check(described_input, "below = -0.5", "below = -0.4", "-0.5 to 16.5 bar");
  check(held, "above = 8", "above = 6.5", "0 to 6.5535 bar");
  const std::string both = bench_with_interlock(moxa_input, "below = 1\nabove = 20");
  check_refusal(interlock_refusal(both), "b.toml:" + line_of(both, "above = 20"), {"can never be noticed"});
}

TEST_CASE("drivers: a highest pressure that the sensor cannot show is refused in its line") {
  const auto with_pressure = [](const std::string& highest) {
    const std::string text = replaced(bench_text(described_heater + moxa_input),
                                      "heater = ", "pressure = \"pressure\"\nheater = ");
    return replaced(text, "[limits]\n", "[limits]\nmax_pressure = \"" + highest + "\"\n");
  };
  const std::string text = with_pressure("16 bar");
  check_refusal(interlock_refusal(text), "b.toml:" + line_of(text, "max_pressure"),
                {"this can never be noticed: pressure shows -0.2 to 16 bar"});
  CHECK(interlock_refusal(with_pressure("8 bar")).empty());
}

TEST_CASE("drivers: what an analog input lacks or has wrong is refused in its line") {
  const auto check = [](const std::string& input, const std::string& from, const std::string& to,
                        const std::string& at, std::initializer_list<const char*> words) {
    VirtualClock clock;
    const std::string text = bench_text(described_heater + replaced(input, from, to));
    check_refusal(refusal([&] { Workshop{clock, text}.input(); }), "b.toml:" + line_of(text, at), words);
  };
  check(moxa_input, "channel = 3\n", "", "driver = \"moxa\"", {"'channel'"});
  check(moxa_input, "channel = 3", "channel = 8", "channel = 8", {"0 to 7"});
  check(moxa_input, "high = 16.0", "high = 0.0", "high = 0.0", {"the same"});
  check(moxa_input, "unit = \"bar\"\n", "signal = \"1-5 V\"\nunit = \"bar\"\n", "signal",
        {"4-20 mA, 0-20 mA, 0-10 V"});
  check(described_input, "highest = 16.5", "highest = -16.5", "highest", {"not above lowest"});
  check(described_input, "lowest = -0.5\n", "", "driver = \"modbus_input\"", {"'lowest'"});
  check(described_input, "unit = \"bar\"\n", "unit = \"\"\n", "unit = \"\"", {"unit is empty"});
}

}  // namespace nocturne::test
