#include <doctest/doctest.h>

#include <algorithm>

#include "devices/fake_modbus.hpp"
#include "devices/modbus_faults.hpp"
#include "devices/moxa_input.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

MoxaSettings usual_moxa() {
  MoxaSettings settings;
  settings.name = "pressure";
  settings.channel = 3;
  settings.low = 0.0;
  settings.high = 16.0;
  settings.unit = "bar";
  return settings;
}

struct MoxaLab : DriverLab<MoxaLab> {
  explicit MoxaLab(MoxaSettings settings = usual_moxa(), ModbusTiming line_timing = patient)
      : timing{line_timing}, input{bus, std::move(settings)} {
    for (int i = 0; i < 8; ++i) {
      fake.inputs[i] = 0;
      fake.inputs[60 + i] = 0;
      fake.registers[24 + i] = 0;
    }
    fake.registers[24 + 3] = 4;
    fake.inputs[3] = 32768;
    fake.inputs[5029] = 0x0102;
    fake.inputs[5030] = 0x0304;
  }
  AnalogReading read(int raw, int status = 0) {
    fake.inputs[3] = static_cast<std::uint16_t>(raw);
    fake.inputs[63] = static_cast<std::uint16_t>(status);
    return run(input.read());
  }

  ModbusTiming timing;
  FakeModbus fake{lab.clock};
  ModbusBus bus{lab.clock, SerialSettings{fake.path(), 9600, Parity::none}, timing};
  MoxaInput input;
};

}  // namespace

TEST_CASE("moxa: arming identifies the module and the channel's range, and writes nothing") {
  MoxaLab labs;
  CHECK(labs.run(labs.input.arm()) == "ioLogik E1240 firmware 0102 0304, channel 3 at 4-20 mA with burn-out");
  CHECK(labs.fake.writes.empty());
  CHECK(labs.input.unit() == "bar");
  labs.fake.inputs.erase(5029);
  CHECK(labs.run(labs.input.arm()) == "ioLogik E1240 firmware unknown, channel 3 at 4-20 mA with burn-out");
}

TEST_CASE("moxa: another range than the sensor's, or another instrument, is refused") {
  MoxaLab labs;
  SUBCASE("0-10 V") { labs.fake.registers[27] = 0; }
  SUBCASE("a range that is none") { labs.fake.registers[27] = 9; }
  SUBCASE("no inputs") { labs.fake.inputs.clear(); }
  SUBCASE("no states") { labs.fake.inputs[65] = 1234; }
  CHECK(labs.fault(labs.input.arm()) == DeviceFault::refused);
}

TEST_CASE("moxa: nobody at the address is timed_out") {
  MoxaLab labs{usual_moxa(), impatient};
  labs.fake.unit = 2;
  CHECK(labs.fault(labs.input.arm()) == DeviceFault::timed_out);
}

TEST_CASE("moxa: 4-20 mA becomes the quantity, on either current range") {
  MoxaLab labs;
  CHECK(labs.read(0).value == doctest::Approx(0.0));
  CHECK(labs.read(32768).value == doctest::Approx(16.0 * 32768 / 65535));
  CHECK(labs.read(65535).value == doctest::Approx(16.0));
  labs.fake.registers[27] = 2;  // 0-20 mA: 4 mA is a fifth of the range
  CHECK(labs.read(13107).value == doctest::Approx(0.0));
  CHECK(labs.read(39321).value == doctest::Approx(8.0));
  CHECK(labs.read(39321).fault.empty());
}

TEST_CASE("moxa: below 3.8 mA is a fault and not 0 bar") {
  MoxaLab labs;
  labs.fake.registers[27] = 2;
  CHECK(labs.read(12452).fault.empty());
  CHECK(labs.read(12451).fault.rfind("under range", 0) == 0);  // 3.7998 mA
  CHECK(labs.read(0).fault.rfind("under range", 0) == 0);
}

TEST_CASE("moxa: a channel that is not well is a fault, whatever its number says") {
  MoxaLab labs;
  CHECK(labs.read(32768, 1).fault == "broken wire");
  CHECK(labs.read(32768, 2).fault == "over range");
  CHECK(labs.read(32768, 3).fault == "under range");
  CHECK(labs.read(32768, 77).fault == "status 77");
}

TEST_CASE("moxa: a module that went back to its defaults is a fault and not another pressure") {
  MoxaLab labs;
  labs.run(labs.input.arm());
  labs.fake.registers[27] = 0;
  CHECK(labs.read(32768).fault == "the channel was set to 0-10 V");
}

TEST_CASE("moxa: volts and 0-20 mA have no dead zero") {
  MoxaSettings settings = usual_moxa();
  int mode = 0;
  SUBCASE("0-10 V") { settings.signal = AnalogSignal::voltage_0_10; }
  SUBCASE("0-20 mA") {
    settings.signal = AnalogSignal::current_0_20;
    mode = 2;
  }
  settings.low = -1.0;
  settings.high = 9.0;
  MoxaLab labs{settings};
  labs.fake.registers[27] = static_cast<std::uint16_t>(mode);
  CHECK(labs.read(0).value == doctest::Approx(-1.0));
  CHECK(labs.read(0).fault.empty());
  CHECK(labs.read(65535).value == doctest::Approx(9.0));
}

TEST_CASE("moxa: it tells the lowest and the highest value that it can show, of a falling signal, too") {
  MoxaSettings settings = usual_moxa();
  std::uint16_t mode = 2;
  int first = 12452;  // the first that is not below 3.8 mA
  double lowest = -0.2, highest = 16.0;
  SUBCASE("4-20 mA") {}
  SUBCASE("4-20 mA that is believed down to 3.6 mA") {
    settings.lowest_mA = 3.6;
    first = 11797;
    lowest = -0.4;
  }
  SUBCASE("falling") {
    std::swap(settings.low, settings.high);
    lowest = 0.0;
    highest = 16.2;
  }
  SUBCASE("0-20 mA") {
    settings.signal = AnalogSignal::current_0_20;
    first = 0;
    lowest = 0.0;
  }
  SUBCASE("0-10 V") {
    settings.signal = AnalogSignal::voltage_0_10;
    mode = 0;
    first = 0;
    lowest = 0.0;
  }
  MoxaLab labs{settings};
  labs.fake.registers[27] = mode;
  const auto [least, most] = labs.input.range();
  CHECK(least == doctest::Approx(lowest));
  CHECK(most == doctest::Approx(highest));
  for (const int raw : {first, 65535}) {
    const AnalogReading end = labs.read(raw);
    CHECK(end.fault.empty());
    CHECK(end.value >= least);
    CHECK(end.value <= most);
    CHECK(std::min(end.value - least, most - end.value) < 0.001);
  }
}

TEST_CASE("moxa: whatever happens to any one exchange, no wrong number comes of it") {
  for (const LineFault fault : every_line_fault)
    for (int nth = 1; nth <= 3; ++nth) {
      CAPTURE(name_of(fault));
      CAPTURE(nth);
      MoxaLab labs{usual_moxa(), impatient};
      spoil_exchange(labs.fake, nth, fault);
      CHECK(labs.fault(labs.input.read()).has_value());
      heal(labs.fake);
      CHECK(labs.read(65535).value == doctest::Approx(16.0));
    }
}

}  // namespace nocturne::test
