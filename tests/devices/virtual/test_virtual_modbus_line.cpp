#include <doctest/doctest.h>

#include "devices/tcp_link.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/virtual/virtual_modbus_line.hpp"
#include "devices/virtual/virtual_moxa.hpp"
#include "devices/virtual/virtual_watlow.hpp"
#include "modbus_talk.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using virtual_modbus::Framing;

VirtualEurothermOptions eurotherm_at(int address) {
  VirtualEurothermOptions options;
  options.address = address;
  return options;
}

VirtualWatlowOptions watlow_at(int address) {
  VirtualWatlowOptions options;
  options.address = address;
  return options;
}

/// Two Eurotherms and a Watlow on one line, at temperatures of their own.
struct LineLab : ModbusTalk {
  VirtualEurotherm first{clock, eurotherm_at(1), [](Instant) { return 25.3; }};
  VirtualEurotherm second{clock, eurotherm_at(2), [](Instant) { return 80.0; }};
  VirtualWatlow third{clock, watlow_at(3), [](Instant) { return 25.3; }};
  VirtualModbusLine units;

  explicit LineLab(Framing framing = Framing::rtu) : units{clock, "ovens", framing} {
    units.add(first);
    units.add(second);
    units.add(third);
    serve(units);
  }
  int at(int address, int register_) {
    unit = address;
    return read(register_);
  }
};

TEST_CASE_FIXTURE(LineLab, "virtual modbus line: each unit answers to its address, and nobody to others") {
  CHECK(at(1, 1) == 253);
  CHECK(at(2, 1) == 800);
  CHECK(at(3, 362) == 61);
  unit = 4;
  CHECK(ask(frame(to_unit(3) + word(1) + word(1))).empty());
  CHECK(at(2, 1) == 800);
  CHECK(units.name() == "ovens");
}

TEST_CASE_FIXTURE(LineLab,
                  "virtual modbus line: a set point reaches one unit, a broadcast all of them in silence") {
  unit = 2;
  REQUIRE(write(2, 900) == 0);
  CHECK(at(1, 2) == 200);
  CHECK(at(2, 2) == 900);
  CHECK(hex("00 06 00 02 04 B0 2A AF").empty());
  CHECK(at(1, 2) == 1200);
  CHECK(at(2, 2) == 1200);
}

TEST_CASE_FIXTURE(LineLab, "virtual modbus line: a unit that moves to another address is found there") {
  unit = 2;
  REQUIRE(write(131, 17) == 0);
  CHECK(at(17, 1) == 800);
  CHECK(ask(frame(from_hex("02 03 00 01 00 01"))).empty());
}

TEST_CASE_FIXTURE(LineLab, "virtual modbus line: faults of one unit are not those of its neighbours") {
  SUBCASE("deaf") {
    first.faults().reply.deaf = true;
    CHECK(hex("01 03 00 01 00 01 D5 CA").empty());
  }
  SUBCASE("a late reply comes behind what others said meanwhile") {
    first.faults().reply.delay = 1s;
    CHECK(hex("01 03 00 01 00 01 D5 CA").empty());
    CHECK(at(2, 1) == 800);
    CHECK(in_hex(heard(1s)) == "01 03 02 00 FD 79 C5");
  }
  SUBCASE("rebooting") {
    first.reboot();
    CHECK(hex("01 03 00 01 00 01 D5 CA").empty());
  }
  CHECK(at(2, 1) == 800);
  CHECK(at(3, 362) == 61);
}

TEST_CASE("virtual modbus line: a late unit answers its requests in their order") {
  LineLab lab;
  lab.first.faults().reply.delay = 1s;
  lab.first.faults().reply.replies = 1;
  CHECK(lab.hex("01 03 00 01 00 01 D5 CA").empty());
  CHECK(lab.hex(in_hex(lab.frame(from_hex("01 03 00 02 00 01")))).empty());
  CHECK(in_hex(lab.heard(1s)) == "01 03 02 00 FD 79 C5 " + in_hex(lab.frame(from_hex("01 03 02 00 C8"))));
}

TEST_CASE("virtual modbus line: two units of one address talk over each other") {
  ModbusTalk lab;
  VirtualEurotherm first{lab.clock, eurotherm_at(1), [](Instant) { return 25.3; }};
  VirtualEurotherm second{lab.clock, eurotherm_at(1), [](Instant) { return 80.0; }};
  VirtualModbusLine units{lab.clock, "line", Framing::rtu};
  units.add(first);
  units.add(second);
  SUBCASE("on the wire") {
    lab.serve(units);
    const std::string heard = lab.ask(from_hex("01 03 00 01 00 01 D5 CA"));
    REQUIRE(heard.size() == 7);
    CHECK(heard != lab.frame(heard.substr(0, 5)));
    CHECK(lab.hex("01 03 00 02 00 01 25 CA") == in_hex(lab.frame(from_hex("01 03 02 00 C8"))));  // alike
  }
  SUBCASE("a gateway passes nothing on") {
    lab.serving.start(units.serve_as(*lab.line.instrument, Framing::tcp), [](std::exception_ptr) {});
    CHECK(lab.hex("00 01 00 00 00 06 01 03 00 01 00 01").empty());
  }
}

TEST_CASE("virtual modbus line: a gateway's addresses 0 and FF mean the only unit, and none among several") {
  LineLab lab{Framing::tcp};
  CHECK(lab.hex("00 01 00 00 00 06 02 03 00 01 00 01") == "00 01 00 00 00 05 02 03 02 03 20");
  CHECK(lab.hex("00 02 00 00 00 06 FF 03 00 01 00 01").empty());
  CHECK(lab.hex("00 03 00 00 00 06 00 03 00 01 00 01").empty());
  CHECK(lab.hex("00 04 00 00 00 06 04 03 00 01 00 01").empty());
  CHECK(lab.hex("00 05 00 00 00 06 03 03 01 6A 00 01") == "00 05 00 00 00 05 03 03 02 00 3D");
  lab.hex("00 06 00 01 00 06 01 03 00 01 00 01");
  CHECK(lab.ended);
}

TEST_CASE("virtual modbus line: replies before a dropped connection still leave") {
  LineLab lab;
  lab.second.faults().reply.drop_link = true;
  CHECK(lab.hex("01 03 00 01 00 01 D5 CA 02 03 00 01 00 01 D5 F9") == "01 03 02 00 FD 79 C5");
  CHECK(lab.ended);
}

TEST_CASE("virtual modbus line: RTU frames in a TCP stream, as terminal servers carry them") {
  SystemClock clock;
  VirtualEurotherm first{clock, eurotherm_at(1), [](Instant) { return 25.3; }};
  VirtualWatlow second{clock, watlow_at(2), [](Instant) { return 25.3; }};
  VirtualModbusLine units{clock, "line", Framing::rtu};
  units.add(first);
  units.add(second);
  TcpListener listener{clock, "127.0.0.1", 0};
  auto serve = [&]() -> Task<void> {
    const std::unique_ptr<ByteLink> link = co_await listener.accept();
    co_await units.serve(*link);
  };
  Background serving{clock};
  serving.start(serve(), [](std::exception_ptr) {});
  std::string reply;
  auto partner = [&]() -> Task<void> {
    const std::unique_ptr<ByteLink> link =
        co_await connect_tcp(clock, "127.0.0.1", listener.port(), std::chrono::seconds{5});
    std::string requests = from_hex("01 03 00 01 00 01 D5 CA");
    requests += ModbusTalk::frame(from_hex("02 03 01 6A 00 01"));
    co_await link->write(std::move(requests));
    while (reply.size() < 14) reply += co_await link->read_some();
  };
  clock.run(partner());
  CHECK(in_hex(reply) == "01 03 02 00 FD 79 C5 " + in_hex(ModbusTalk::frame(from_hex("02 03 02 00 3D"))));
}

TEST_CASE("virtual eurotherm: a dead heater stays cold, and a stuck one overshoots what it was told") {
  ModbusTalk lab;
  VirtualEurotherm heater{lab.clock, {}, [](Instant) { return 25.3; }};
  heater.faults().stuck_output = 1.0;
  CHECK(heater.power(1.0, 90.0) == 1.0);
  heater.faults() = {};
  CHECK(heater.power(2.0, 10.0) > 0.5);
  heater.faults().heater_dead = true;
  CHECK(heater.power(3.0, 10.0) == 0.0);
}

}  // namespace
}  // namespace nocturne::test
