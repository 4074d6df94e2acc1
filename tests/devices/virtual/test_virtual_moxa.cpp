#include <doctest/doctest.h>

#include "devices/virtual/virtual_moxa.hpp"
#include "modbus_talk.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A pressure transmitter of 0-10 bar at channel 0, asked over RTU framing for the sake of the talk; channel
/// 1 measures 0-10 V, the others are as in `options`.
struct MoxaLab : ModbusTalk {
  double bar = 2.5;
  VirtualMoxa module;
  explicit MoxaLab(VirtualMoxaOptions options = {}) : module{clock, wired(std::move(options))} {
    serve(module);
  }
  VirtualMoxaOptions wired(VirtualMoxaOptions options) {
    options.framing = virtual_modbus::Framing::rtu;
    const auto pressure = [this](Instant) { return bar; };
    options.channels[0].quantity = pressure;
    options.channels[0].high = 10.0;
    options.channels[1].quantity = pressure;
    options.channels[1].high = 10.0;
    options.channels[1].mode = VirtualMoxaMode::volts_0_10;
    return options;
  }
  int raw(int channel) { return read(channel, 1, 4).at(0); }
  float scaled(int channel) { return float_at(8 + 2 * channel, 4); }
  int status(int channel) { return read(60 + channel, 1, 4).at(0); }
};

TEST_CASE_FIXTURE(MoxaLab, "virtual moxa: a pressure arrives raw over the range and scaled in mA or V") {
  CHECK(raw(0) == 16384);
  CHECK(scaled(0) == doctest::Approx(8.0).epsilon(1e-4));
  CHECK(raw(1) == 16384);
  CHECK(scaled(1) == doctest::Approx(2.5).epsilon(1e-4));
  CHECK(status(0) == 0);
  bar = 10.0;
  CHECK(raw(0) == 65535);
  CHECK(scaled(0) == 20.0F);
  CHECK(status(0) == 0);
  bar = 0.0;
  CHECK(raw(0) == 0);
  CHECK(status(0) == 0);
}

TEST_CASE("virtual moxa: scaling makes it the quantity itself") {
  VirtualMoxaOptions options;
  options.channels[0].scaled = std::pair{0.0, 10.0};
  MoxaLab lab{options};
  CHECK(lab.scaled(0) == doctest::Approx(2.5).epsilon(1e-4));
}

TEST_CASE_FIXTURE(MoxaLab, "virtual moxa: what is out of range, broken or shorted is no pressure") {
  bar = 10.5;  // 20.5 mA, as far as the transmitter goes
  CHECK(raw(0) == 65535);
  CHECK(status(0) == 2);
  bar = -1.0;
  CHECK(raw(0) == 0);
  CHECK(status(0) == 3);
  bar = 2.5;
  module.faults().channels[0] = VirtualMoxaFault::short_circuit;
  CHECK(status(0) == 2);
  module.faults().channels[0] = VirtualMoxaFault::broken_wire;
  CHECK(raw(0) == 0);
  CHECK(status(0) == 3);
  REQUIRE(write(24, 4) == 0);  // the mode with burn-out
  CHECK(status(0) == 1);
  REQUIRE(write(24, 2) == 0);  // 0-20 mA: only the value tells
  CHECK(status(0) == 0);
  CHECK(scaled(0) == 0.0F);
  CHECK(status(7) == 3);  // nothing connected
}

TEST_CASE_FIXTURE(MoxaLab, "virtual moxa: a frozen channel keeps its value and looks good") {
  CHECK(raw(0) == 16384);
  module.faults().channels[0] = VirtualMoxaFault::frozen;
  bar = 9.0;
  CHECK(raw(0) == 16384);
  CHECK(status(0) == 0);
  CHECK(raw(1) > 50000);
}

TEST_CASE_FIXTURE(MoxaLab, "virtual moxa: minima and maxima are kept until a coil resets them") {
  for (const double pressure : {2.5, 5.0, 1.25, 2.5}) {
    bar = pressure;
    raw(0);
  }
  CHECK(read(24, 1, 4).at(0) == 8192);
  CHECK(read(32, 1, 4).at(0) == 32768);
  CHECK(float_at(109, 4) == doctest::Approx(6.0).epsilon(1e-4));
  CHECK(float_at(125, 4) == doctest::Approx(12.0).epsilon(1e-4));
  const auto force = [&](const char* coil) {
    const std::string request = frame(from_hex(std::string{"01 05 "} + coil));
    return ask(request) == request;
  };
  CHECK(force("10 31 00 00"));  // off does nothing
  CHECK(read(24, 1, 4).at(0) == 8192);
  CHECK(force("10 31 FF 00"));
  CHECK(read(24, 1, 4).at(0) == 16384);
  CHECK(read(32, 1, 4).at(0) == 32768);
  CHECK(force("10 39 FF 00"));
  CHECK(read(32, 1, 4).at(0) == 16384);
  CHECK_FALSE(force("10 30 FF 00"));
  CHECK_FALSE(force("10 41 FF 00"));
  CHECK_FALSE(force("10 31 00 01"));
  CHECK(in_hex(ask(frame(from_hex("01 01 10 31 00 10")))).substr(0, 14) == "01 01 02 00 00");
}

TEST_CASE_FIXTURE(MoxaLab, "virtual moxa: inputs and holding registers are two banks") {
  CHECK(read(24, 8, 3) == std::vector<int>{1, 0, 1, 1, 1, 1, 1, 1});
  CHECK(read(0, 1, 3) == std::vector<int>{-2});
  CHECK(read(40, 1, 4) == std::vector<int>{-2});
  CHECK(write(0, 1) == 2);
  CHECK(float_at(40) == 2.0F);
  CHECK(write_float(40, 3.5F) == 0);
  CHECK(float_at(40) == 3.5F);
  CHECK(write_float(40, 30.0F) == 3);
  CHECK(write_words(41, split(3.0F)) == 2);
  CHECK(write_words(24, {2, 3}) == 3);
  CHECK(read(24) == 1);
  CHECK(write_words(30, {2, 2, 2}) == 2);
}

TEST_CASE("virtual moxa: tells its name, firmware and uptime, which a reboot restarts") {
  VirtualMoxaOptions options;
  options.name = "gas";
  options.firmware = 0x03020001;
  MoxaLab lab{options};
  lab.pass(70000s);
  CHECK(lab.read(5020, 2, 4) == std::vector<int>{1, 4464});
  CHECK(lab.read(5029, 2, 4) == std::vector<int>{0x0302, 0x0001});
  CHECK(lab.read(5040, 2, 4) == std::vector<int>{0x6761, 0x7300});
  lab.bar = 9.0;
  lab.raw(0);
  lab.bar = 2.5;
  lab.module.reboot();
  CHECK(lab.read(0, 1, 4).empty());
  lab.pass(10s);
  CHECK(lab.read(5020, 2, 4).at(1) < 10);
  CHECK(lab.read(32, 1, 4).at(0) == 16384);
}

TEST_CASE("virtual moxa: over TCP, with its faults") {
  ModbusTalk lab;
  VirtualMoxaOptions options;
  options.channels[0].quantity = [](Instant) { return 0.5; };
  VirtualMoxa module{lab.clock, options};
  lab.serve(module);
  const std::string request = "00 01 00 00 00 06 01 04 00 00 00 01",
                    good = "00 01 00 00 00 05 01 04 02 80 00";
  CHECK(lab.hex(request) == good);
  ReplyFaults& faults = module.faults().reply;
  faults.replies = 1;
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(lab.hex(request).empty());
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(lab.hex(request) == "00 01 00 00 00");
  }
  SUBCASE("wrong address") {
    faults.wrong_address = true;
    CHECK(lab.hex(request) == "00 01 00 00 00 05 02 04 02 80 00");
  }
  SUBCASE("garbage") {
    faults.garbage = "x";
    CHECK(lab.hex(request) == "78 " + good);
  }
  SUBCASE("late") {
    faults.delay = 1s;
    CHECK(lab.hex(request).empty());
    CHECK(in_hex(lab.heard(1s)) == good);
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    CHECK(lab.hex(request).empty());
    CHECK(lab.ended);
    lab.serve(module);
  }
  CHECK(lab.hex(request) == good);
}

}  // namespace
}  // namespace nocturne::test
