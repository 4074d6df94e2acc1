#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "devices/concurrency.hpp"
#include "devices/modbus_faults.hpp"
#include "devices/modbus_heater.hpp"
#include "devices/modbus_input.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

RegisterNumber number(int first, NumberFormat format = NumberFormat::int16, double scale = 1.0,
                      int function = 3) {
  RegisterNumber made;
  made.first = first;
  made.format = format;
  made.scale = scale;
  made.function = function;
  return made;
}

MappedState state(int first, int good, int mask) {
  MappedState made;
  made.number = number(first, NumberFormat::uint16);
  made.good = good;
  made.mask = mask;
  return made;
}

/// A controller of tenths of a degree: model 4, process 0, target 1, output 5, switch 6, limit 7, states 8.
ModbusHeaterSettings usual_mapped_heater() {
  ModbusHeaterSettings settings;
  settings.name = "oven";
  settings.constants.push_back(MappedConstant{number(4), 7000.0});
  settings.process = number(0, NumberFormat::int16, 0.1, 4);
  settings.target = number(1, NumberFormat::int16, 0.1);
  settings.output = number(5, NumberFormat::uint16, 0.1);
  settings.on_off = MappedSwitch{number(6), 1.0, 0.0};
  settings.sensor = state(8, 0, 0x0001);
  settings.alarm = state(8, 0, 0x0006);
  settings.limit = number(7, NumberFormat::int16, 0.1);
  settings.lowest_sound = Temperature::from_celsius(-50.0);
  settings.highest_sound = 500.0_degC;
  settings.max_target = 190.0_degC;
  settings.limit_threshold = 195.0_degC;
  return settings;
}

struct MappedHeaterLab : DriverLab<MappedHeaterLab> {
  explicit MappedHeaterLab(ModbusHeaterSettings settings = usual_mapped_heater(),
                           ModbusTiming line_timing = patient)
      : timing{line_timing}, heater{lab.clock, bus, std::move(settings)} {
    fake.registers = {{1, 200}, {4, 7000}, {5, 0}, {6, 0}, {7, 3000}, {8, 0}};
    fake.inputs = {{0, 253}};
    fake.on_write = [this](int, std::uint16_t) { follow(); };
  }
  void follow() { fake.registers[5] = fake.registers[6] == 1 ? 1000 : 0; }
  void arm() {
    run(heater.arm());
    fake.writes.clear();
  }
  long writes_to(int address) const {
    return std::ranges::count(fake.writes, address, [](const auto& write) { return write.first; });
  }
  bool heats() { return fake.registers[6] == 1; }

  ModbusTiming timing;
  FakeModbus fake{lab.clock};
  ModbusBus bus{lab.clock, SerialSettings{fake.path(), 9600, Parity::none}, timing};
  ModbusHeater heater;
};

}  // namespace

TEST_CASE("described numbers: what is written is what is read, in every format and order") {
  std::mt19937 random{11};
  std::uniform_real_distribution<double> any{-3000.0, 3000.0};
  for (const NumberFormat format :
       {NumberFormat::int16, NumberFormat::uint16, NumberFormat::int32, NumberFormat::float32})
    for (const WordOrder order : {WordOrder::high_first, WordOrder::low_first})
      for (const double scale : {1.0, 0.1, -0.5}) {
        RegisterNumber made = number(0, format, scale);
        made.word_order = order;
        for (int i = 0; i < 200; ++i) {
          double value = any(random);
          if (format == NumberFormat::uint16) value = scale * std::abs(value);
          const auto words = encode(made, value);
          REQUIRE(words);
          CHECK(words->size() == static_cast<std::size_t>(register_count(format)));
          CHECK(std::abs(decode(made, *words) - value) <= 0.5001 * resolution(made, value));
        }
      }
  CHECK(*encode(number(0, NumberFormat::int16, 0.1), -5.2) == Words{0xFFCC});
  RegisterNumber low = number(0, NumberFormat::float32);
  low.word_order = WordOrder::low_first;
  CHECK(*encode(low, 75.0) == Words{0x0000, 0x4296});
  low.format = NumberFormat::int32;
  CHECK(decode(low, Words{0xFFFE, 0xFFFF}) == -2.0);
}

TEST_CASE("described numbers: the ends of a format's range are the last that it holds") {
  for (const NumberFormat format : {NumberFormat::int16, NumberFormat::uint16, NumberFormat::int32})
    for (const double scale : {1.0, -0.5}) {
      const RegisterNumber made = number(0, format, scale);
      const auto [least, most] = range_of(made);
      REQUIRE(encode(made, least));
      REQUIRE(encode(made, most));
      CHECK(decode(made, *encode(made, least)) == least);
      CHECK(decode(made, *encode(made, most)) == most);
      CHECK_FALSE(encode(made, least - 1.0));
      CHECK_FALSE(encode(made, most + 1.0));
    }
}

TEST_CASE("described numbers: what a format cannot hold is not written") {
  CHECK_FALSE(encode(number(0), 32768.0));
  CHECK_FALSE(encode(number(0, NumberFormat::uint16), -1.0));
  CHECK_FALSE(encode(number(0, NumberFormat::int32), 3e9));
  CHECK_FALSE(encode(number(0, NumberFormat::float32), 1e39));
  CHECK_FALSE(encode(number(0, NumberFormat::float32), std::nan("")));
}

TEST_CASE("modbus heater: arming leaves it recognised, cold and limited") {
  MappedHeaterLab labs;
  labs.fake.registers[6] = 1;
  labs.follow();
  CHECK(labs.run(labs.heater.arm()) == "described controller, limited at 195.00 °C");
  CHECK_FALSE(labs.heats());
  CHECK(labs.fake.registers[7] == 1950);
  labs.fake.writes.clear();
  labs.run(labs.heater.arm());
  CHECK(labs.writes_to(7) == 0);
}

TEST_CASE("modbus heater: without a limit of its own it is armed only if the settings say unwatched") {
  ModbusHeaterSettings settings = usual_mapped_heater();
  settings.limit.reset();
  MappedHeaterLab labs{settings};
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.heater.set_target(50.0_degC)) == DeviceFault::refused);
  CHECK_FALSE(labs.heats());
  settings.unwatched = true;
  MappedHeaterLab others{settings};
  CHECK(others.run(others.heater.arm()) == "described controller, no limit of its own");
}

TEST_CASE("modbus heater: a limit that is set by hand is verified and not written") {
  ModbusHeaterSettings settings = usual_mapped_heater();
  settings.limit_is_fixed = true;
  MappedHeaterLab labs{settings};
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  labs.fake.registers[7] = 1900;
  labs.arm();
  CHECK(labs.fake.registers[7] == 1900);
  CHECK(labs.writes_to(7) == 0);
}

TEST_CASE("modbus heater: something else at the address is refused before anything is written") {
  MappedHeaterLab labs;
  SUBCASE("another number") { labs.fake.registers[4] = 7001; }
  SUBCASE("nothing") { labs.fake.registers.erase(4); }
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fake.writes.empty());
}

TEST_CASE("modbus heater: a broken sensor or a limit that does not hold forbids heating") {
  MappedHeaterLab labs;
  SUBCASE("it says so") { labs.fake.registers[8] = 1; }
  SUBCASE("a code instead of a temperature") { labs.fake.inputs[0] = 0x8003; }
  SUBCASE("limit") {
    labs.fake.on_write = [&](int, std::uint16_t) { labs.fake.registers[7] = 3000; };
  }
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.heater.set_target(50.0_degC)) == DeviceFault::refused);
  CHECK_FALSE(labs.heats());
}

TEST_CASE("modbus heater: a target is rounded to its steps, written once, and controlled to") {
  MappedHeaterLab labs;
  labs.arm();
  CHECK(labs.run(labs.heater.set_target(Temperature::from_celsius(120.04))).celsius() ==
        doctest::Approx(120.0));
  CHECK(labs.fake.registers[1] == 1200);
  CHECK(labs.heats());
  labs.fake.writes.clear();
  CHECK(labs.run(labs.heater.set_target(120.3_degC)).celsius() == doctest::Approx(120.0));
  CHECK(labs.writes_to(1) == 0);
  CHECK(labs.run(labs.heater.set_target(120.6_degC)).celsius() == doctest::Approx(120.6));
  const std::size_t before = labs.fake.requests();
  for (const double celsius : {190.1, -0.1, std::nan("")})
    CHECK(labs.fault(labs.heater.set_target(Temperature::from_celsius(celsius))) ==
          DeviceFault::out_of_range);
  CHECK(labs.fake.requests() == before);
}

TEST_CASE("modbus heater: registers in °F or K, and controllers that know function 16 only") {
  ModbusHeaterSettings settings = usual_mapped_heater();
  settings.write_function = WriteFunction::many;
  SUBCASE("°F") {
    settings.scale_unit = TemperatureUnit::fahrenheit;
    MappedHeaterLab labs{settings};
    labs.fake.inputs[0] = 775;
    labs.arm();
    CHECK(labs.fake.registers[7] == 3830);
    labs.run(labs.heater.set_target(120.0_degC));
    CHECK(labs.fake.registers[1] == 2480);
    CHECK(labs.run(labs.heater.read()).process.celsius() == doctest::Approx(25.278).epsilon(1e-4));
    for (const std::string& frame : labs.fake.frames()) CHECK(frame[1] != 6);
  }
  SUBCASE("K") {
    settings.scale_unit = TemperatureUnit::kelvin;
    MappedHeaterLab labs{settings};
    labs.fake.inputs[0] = 2985;
    labs.arm();
    CHECK(labs.run(labs.heater.read()).process.celsius() == doctest::Approx(25.35));
  }
}

TEST_CASE("modbus heater: without a switch a target at rest cuts the heating") {
  ModbusHeaterSettings settings = usual_mapped_heater();
  settings.on_off.reset();
  settings.output.reset();
  settings.rest_target = Temperature::from_celsius(0.0);
  MappedHeaterLab labs{settings};
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  CHECK(labs.fake.registers[1] == 1200);
  labs.run(labs.heater.off());
  CHECK(labs.fake.registers[1] == 0);
}

TEST_CASE("modbus heater: a reading carries values and states") {
  MappedHeaterLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.inputs[0] = 1187;
  labs.fake.registers[5] = 425;
  HeaterReading reading = labs.run(labs.heater.read());
  CHECK(reading.process.celsius() == doctest::Approx(118.7));
  CHECK(reading.target.celsius() == doctest::Approx(120.0));
  CHECK(reading.output == doctest::Approx(0.425));
  CHECK_FALSE(reading.alarm);
  labs.fake.registers[8] = 4;
  CHECK(labs.run(labs.heater.read()).alarm);
  labs.fake.registers[8] = 1;
  CHECK(labs.run(labs.heater.read()).sensor_fault);
  labs.fake.registers[8] = 8;
  reading = labs.run(labs.heater.read());
  CHECK_FALSE(reading.alarm);
  CHECK_FALSE(reading.sensor_fault);
}

TEST_CASE(
    "modbus heater: one that lost its limit or became another is switched off and has to be armed again") {
  MappedHeaterLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  SUBCASE("limit") { labs.fake.registers[7] = 3000; }
  SUBCASE("mark") { labs.fake.registers[4] = 1; }
  SUBCASE("found by a new target") {
    labs.fake.registers[4] = 1;
    CHECK(labs.fault(labs.heater.set_target(130.0_degC)) == DeviceFault::refused);
    CHECK(labs.fake.registers[1] == 1200);
  }
  CHECK(labs.fault(labs.heater.read()).value_or(DeviceFault::refused) == DeviceFault::refused);
  CHECK_FALSE(labs.heats());
  CHECK(labs.fault(labs.heater.set_target(130.0_degC)) == DeviceFault::refused);
}

TEST_CASE(
    "modbus heater: whatever happens to any one exchange, the outcome is known and no target is repeated") {
  for (const LineFault fault : every_line_fault)
    for (int nth = 1; nth <= 7; ++nth) {
      CAPTURE(name_of(fault));
      CAPTURE(nth);
      MappedHeaterLab labs{usual_mapped_heater(), impatient};
      labs.arm();
      spoil_exchange(labs.fake, nth, fault);
      const auto failed = labs.fault(labs.heater.set_target(120.0_degC));
      CHECK(labs.writes_to(1) <= 1);
      if (!failed) CHECK(labs.fake.registers[1] == 1200);
      if (!failed) CHECK(labs.heats());
      if (nth > 3) continue;
      spoil_exchange(labs.fake, 1 + nth % 3, fault);
      labs.run(labs.heater.off());
      CHECK_FALSE(labs.heats());
    }
}

TEST_CASE("modbus heater: off says so when the output stays on") {
  MappedHeaterLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.on_write = [&](int, std::uint16_t) { labs.fake.registers[5] = 300; };
  CHECK(labs.fault(labs.heater.off()) == DeviceFault::refused);
}

namespace {

/// An ADAM-like input: value 0, channel state 100, type code 200.
struct MappedInputLab : DriverLab<MappedInputLab> {
  explicit MappedInputLab(ModbusTiming line_timing = patient) : timing{line_timing} {
    fake.inputs = {{0, 32768}};
    fake.registers = {{100, 0}, {200, 0x0180}};
  }
  static ModbusInputSettings settings() {
    ModbusInputSettings made;
    made.name = "pressure";
    made.constants.push_back(MappedConstant{number(200, NumberFormat::uint16), 0x0180});
    made.value = number(0, NumberFormat::uint16, 16.0 / 65535.0, 4);
    made.offset = -1.0;
    made.unit = "bar";
    made.lowest = -0.9;
    made.highest = 14.9;
    made.state = state(100, 0, 0xFF);
    return made;
  }

  ModbusTiming timing;
  FakeModbus fake{lab.clock};
  ModbusBus bus{lab.clock, SerialSettings{fake.path(), 9600, Parity::none}, timing};
  ModbusInput input{bus, settings()};
};

}  // namespace

TEST_CASE("modbus input: value, state and range") {
  MappedInputLab labs;
  CHECK(labs.run(labs.input.arm()) == "described input, register 0");
  CHECK(labs.run(labs.input.read()).value == doctest::Approx(7.0).epsilon(1e-4));
  labs.fake.inputs[0] = 0;
  CHECK(labs.run(labs.input.read()).fault == "out of range (-1 bar)");
  labs.fake.inputs[0] = 65535;
  CHECK(labs.run(labs.input.read()).fault == "out of range (15 bar)");
  labs.fake.inputs[0] = 32768;
  labs.fake.registers[100] = 8;
  CHECK(labs.run(labs.input.read()).fault == "its state is not good");
}

TEST_CASE("modbus input: it shows no more than its register can hold, nor than the bench file calls sound") {
  MappedInputLab labs;
  CHECK(labs.input.range() == std::pair{-0.9, 14.9});
  ModbusInputSettings settings = MappedInputLab::settings();
  settings.lowest = -100.0;
  settings.highest = 100.0;
  CHECK(ModbusInput{labs.bus, settings}.range().first == doctest::Approx(-1.0));
  CHECK(ModbusInput{labs.bus, settings}.range().second == doctest::Approx(15.0));
  settings.value.scale *= -1.0;
  CHECK(ModbusInput{labs.bus, settings}.range().first == doctest::Approx(-17.0));
  CHECK(ModbusInput{labs.bus, settings}.range().second == doctest::Approx(-1.0));
  settings.value.format = NumberFormat::float32;
  CHECK(ModbusInput{labs.bus, settings}.range() == std::pair{-100.0, 100.0});
}

TEST_CASE("modbus input: another instrument, or one that was set otherwise, gives no value") {
  MappedInputLab labs;
  labs.fake.registers[200] = 0x0143;
  CHECK(labs.fault(labs.input.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.input.read()) == DeviceFault::refused);
  CHECK(labs.fake.writes.empty());
}

TEST_CASE("modbus input: whatever happens to any one exchange, no wrong number comes of it") {
  for (const LineFault fault : every_line_fault)
    for (int nth = 1; nth <= 3; ++nth) {
      CAPTURE(name_of(fault));
      CAPTURE(nth);
      MappedInputLab labs{impatient};
      spoil_exchange(labs.fake, nth, fault);
      CHECK(labs.fault(labs.input.read()).has_value());
      heal(labs.fake);
      CHECK(labs.run(labs.input.read()).fault.empty());
    }
}

}  // namespace nocturne::test
