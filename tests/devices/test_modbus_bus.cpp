#include <doctest/doctest.h>
#include <unistd.h>

#include <bit>
#include <random>

#include "devices/concurrency.hpp"
#include "devices/fake_modbus.hpp"
#include "devices/modbus_bus.hpp"
#include "devices/tcp_link.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::uint16_t>;

constexpr ModbusTiming quick{100ms, 100ms, 1s};

/// A bus and an instrument at its other end. The bus blocks in real time while virtual time stands still.
struct BusLab : DriverLab<BusLab> {
  Task<Words> read(int address, int count) { return bus.read_holding("heater", 1, address, count); }

  FakeModbus fake{lab.clock};
  ModbusBus bus{lab.clock, SerialSettings{fake.path(), 19200, Parity::none}, quick};
};

TEST_CASE("modbus floats: high or low word first, and every bit pattern comes back") {
  CHECK(to_registers(25.3f) == std::array<std::uint16_t, 2>{0x41CA, 0x6666});
  CHECK(to_registers(123.4f) == std::array<std::uint16_t, 2>{0x42F6, 0xCCCD});
  CHECK(float_from_registers(0x429B, 0x147B) == doctest::Approx(77.54));
  std::mt19937 random{7};
  for (int i = 0; i < 100'000; ++i) {
    const auto high = static_cast<std::uint16_t>(random()), low = static_cast<std::uint16_t>(random());
    const float value = float_from_registers(high, low);
    REQUIRE(std::bit_cast<std::uint32_t>(value) == (static_cast<std::uint32_t>(high) << 16 | low));
    REQUIRE(to_registers(value) == std::array{high, low});
    REQUIRE(to_registers(value, WordOrder::low_first) == std::array{low, high});
    REQUIRE(std::bit_cast<std::uint32_t>(float_from_registers(low, high, WordOrder::low_first)) ==
            std::bit_cast<std::uint32_t>(value));
  }
}

TEST_CASE("modbus bus: requests are the frames of the protocol reference, byte for byte") {
  BusLab labs;
  labs.fake.registers = {{1, 253}, {2, 0}, {0x8004, 0}, {0x8005, 0}};
  CHECK(labs.run(labs.read(1, 1)) == Words{253});
  labs.run(labs.bus.write_register("heater", 1, 2, 1200));
  const auto words = to_registers(123.4f);
  labs.run(labs.bus.write_registers("heater", 1, 0x8004, Words(words.begin(), words.end())));
  REQUIRE(labs.fake.frames().size() == 3);
  CHECK(labs.fake.frames()[0] == from_hex("01 03 00 01 00 01 D5 CA"));
  CHECK(labs.fake.frames()[1] == from_hex("01 06 00 02 04 B0 2B 7E"));
  CHECK(labs.fake.frames()[2] == from_hex("01 10 80 04 00 02 04 42 F6 CC CD F3 45"));
  CHECK(labs.fake.registers[2] == 1200);
}

TEST_CASE("modbus bus: replies of the protocol reference are understood, byte for byte") {
  BusLab labs;
  const std::vector<std::pair<std::string, std::string>> frames{
      {"01 03 00 01 00 01 D5 CA", "01 03 02 00 FD 79 C5"},
      {"01 03 80 02 00 02 4C 0B", "01 03 04 41 CA 66 66 65 BB"},
      {"01 03 00 4B 00 01 F4 1C", "01 03 02 00 20 B9 9C"},
      {"01 03 01 68 00 02 44 2B", "01 03 04 14 7B 42 9B FE D1"}};
  labs.fake.tamper = [&](const std::string& request, Utterances) {
    for (const auto& [asked, said] : frames)
      if (request == from_hex(asked)) return Utterances{{from_hex(said)}};
    return Utterances{{from_hex(request[1] == 3 ? "01 83 02 C0 F1" : "01 86 03 02 61")}};
  };
  CHECK(labs.run(labs.read(1, 1)) == Words{253});
  CHECK(labs.run(labs.read(0x8002, 2)) == Words{0x41CA, 0x6666});
  CHECK(labs.run(labs.read(75, 1)) == Words{32});
  CHECK(labs.run(labs.read(360, 2)) == Words{0x147B, 0x429B});
  CHECK(labs.fault(labs.read(999, 1)) == DeviceFault::refused);
  CHECK(labs.fault(labs.bus.write_register("heater", 1, 2, 1200)) == DeviceFault::refused);
  CHECK(labs.fault(labs.read(1, 5)) == DeviceFault::refused);
  CHECK(labs.fake.frames().back() == from_hex("01 03 00 01 00 05 D4 09"));
}

TEST_CASE(
    "modbus bus: writes of the protocol reference are made and their answers understood, byte for byte") {
  BusLab labs;
  std::string said;
  labs.fake.tamper = [&](const std::string&, Utterances) { return Utterances{{from_hex(said)}}; };
  const auto write = [&](int address, Words words) {
    return labs.fault(labs.bus.write_registers("heater", 1, address, std::move(words)));
  };
  const auto write_one = [&](int address, std::uint16_t value) {
    return labs.fault(labs.bus.write_register("heater", 1, address, value));
  };
  said = "01 10 80 04 00 02 29 C9";
  CHECK_FALSE(write(0x8004, {0x42F6, 0xCCCD}));
  said = "01 10 08 70 00 02 42 73";
  CHECK_FALSE(write(2160, {0x0000, 0x4296}));
  CHECK(labs.fake.frames().back() == from_hex("01 10 08 70 00 02 04 00 00 42 96 23 85"));
  struct Row {
    int address;
    std::uint16_t value;
    const char* frame;
  };
  for (const Row& row :
       {Row{2, 1200, "01 06 00 02 04 B0 2B 7E"}, Row{2490, 15, "01 06 09 BA 00 0F EB B7"},
        Row{1880, 62, "01 06 07 58 00 3E 88 BD"}, Row{2494, 59, "01 06 09 BE 00 3B AB A1"}}) {
    CAPTURE(row.frame);
    said = row.frame;
    CHECK_FALSE(write_one(row.address, row.value));
    CHECK(labs.fake.frames().back() == from_hex(row.frame));
  }
  for (const char* exception : {"01 86 02 C3 A1", "01 86 03 02 61"}) {
    said = exception;
    CHECK(write_one(2, 1200) == DeviceFault::refused);
  }
}

TEST_CASE("modbus bus: input registers are not the holding registers of the same number") {
  BusLab labs;
  labs.fake.registers = {{24, 4}};
  labs.fake.inputs = {{24, 1234}};
  CHECK(labs.run(labs.bus.read_input("module", 1, 24, 1)) == Words{1234});
  CHECK(labs.run(labs.read(24, 1)) == Words{4});
  CHECK(labs.fault(labs.bus.read_input("module", 1, 25, 1)) == DeviceFault::refused);
}

TEST_CASE("modbus bus: an exception reply is refused, and the next request works") {
  BusLab labs;
  labs.fake.registers = {{1, 253}};
  CHECK(labs.fault(labs.read(99, 1)) == DeviceFault::refused);
  CHECK(labs.run(labs.read(1, 1)) == Words{253});
}

TEST_CASE("modbus bus: silence, damage and strangers are told apart, never repeated, and overcome") {
  BusLab labs;
  labs.fake.registers = {{1, 253}};
  bool bad = true;
  DeviceFault expected = DeviceFault::garbled;
  FakeModbus::Tamper spoil;
  SUBCASE("silence") {
    expected = DeviceFault::timed_out;
    spoil = [](const std::string&, Utterances) { return Utterances{}; };
  }
  SUBCASE("truncated") {
    expected = DeviceFault::timed_out;
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.resize(4);
      return usual;
    };
  }
  SUBCASE("wrong checksum") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes[3] ^= 1;
      return usual;
    };
  }
  SUBCASE("another instrument's address") {
    spoil = [](const std::string&, Utterances) { return Utterances{{with_crc(from_hex("02 03 02 00 FD"))}}; };
  }
  labs.fake.tamper = [&](const std::string& request, Utterances usual) {
    return std::exchange(bad, false) ? spoil(request, std::move(usual)) : usual;
  };
  CHECK(labs.fault(labs.read(1, 1)) == expected);
  CHECK(labs.fake.requests() == 1);
  CHECK(labs.run(labs.read(1, 1)) == Words{253});
}

TEST_CASE("modbus bus: a reply that comes too late is not taken for the answer to the next request") {
  SystemClock clock;
  FakeModbus fake{clock};
  fake.registers = {{1, 1000}, {2, 2000}};
  ModbusBus bus{clock, SerialSettings{fake.path(), 19200, Parity::none}, quick};
  bool first = true;
  fake.tamper = [&](const std::string&, Utterances usual) {
    if (std::exchange(first, false)) usual.front().after = 150ms;
    return usual;
  };
  std::optional<DeviceFault> fault;
  Words second, third;
  auto work = [&]() -> Task<void> {
    try {
      co_await bus.read_holding("heater", 1, 1, 1);
    } catch (const DeviceError& error) {
      fault = error.fault();
    }
    second = co_await bus.read_holding("heater", 1, 2, 1);
    third = co_await bus.read_holding("heater", 1, 1, 1);
  };
  clock.run([](Task<void> one, Task<void> other) -> Task<void> {
    co_await race(std::move(one), std::move(other));
  }(work(), fake.serve()));
  CHECK(fault == DeviceFault::timed_out);
  CHECK(second == Words{2000});
  CHECK(third == Words{1000});
}

TEST_CASE("modbus bus: a port that is not there is unreachable, at once while the next attempt is not due") {
  VirtualLab lab;
  ModbusBus bus{lab.clock, SerialSettings{"/dev/no_such_port", 9600, Parity::none}, quick};
  const auto read = [&] { return fault_of([&] { lab.run(bus.read_holding("heater", 1, 1, 1)); }); };
  CHECK(read() == DeviceFault::unreachable);
  CHECK(read() == DeviceFault::unreachable);
  CHECK(bus.endpoint() == "rtu:/dev/no_such_port");
}

TEST_CASE("modbus bus: an instrument that is plugged out and in again is found again") {
  VirtualLab lab;
  const std::string link = "/tmp/nocturne_test_bus_" + std::to_string(::getpid());
  auto plug_in = [&](FakeModbus& fake) {
    fake.registers = {{1, 253}};
    ::unlink(link.c_str());
    REQUIRE(::symlink(fake.path().c_str(), link.c_str()) == 0);
  };
  ModbusBus bus{lab.clock, SerialSettings{link, 19200, Parity::none}, quick};
  auto fake = std::make_unique<FakeModbus>(lab.clock);
  plug_in(*fake);
  CHECK(run_beside(lab, fake->serve(), bus.read_holding("heater", 1, 1, 1)) == Words{253});
  lab.run(lab.clock.sleep_for(1ms));
  fake.reset();
  CHECK(fault_of([&] { lab.run(bus.read_holding("heater", 1, 1, 1)); }) == DeviceFault::unreachable);
  fake = std::make_unique<FakeModbus>(lab.clock);
  plug_in(*fake);
  lab.run(lab.clock.sleep_for(1s));
  CHECK(run_beside(lab, fake->serve(), bus.read_holding("heater", 1, 1, 1)) == Words{253});
  ::unlink(link.c_str());
}

/// A Modbus TCP server that answers one register, as often as it is told, and then hangs up.
Task<void> answer_over_tcp(TcpListener& listener, int times) {
  for (;;) {
    const std::unique_ptr<ByteLink> link = co_await listener.accept();
    for (int i = 0; i < times; ++i) {
      std::string request;
      while (request.size() < 12) request += co_await link->read_some();
      CHECK(request.substr(2) == from_hex("00 00 00 06 01 03 00 01 00 01"));
      co_await link->write(request.substr(0, 4) + from_hex("00 05 01 03 02 00 FD"));
    }
  }
}

TEST_CASE("modbus bus: over TCP, a server that hangs up costs one request") {
  VirtualLab lab;
  TcpListener listener{lab.clock, "127.0.0.1", 0};
  ModbusBus bus{lab.clock, ModbusTcpSettings{"127.0.0.1", listener.port()}, quick};
  int good = 0, lost = 0;
  auto read_often = [&]() -> Task<void> {
    for (int i = 0; i < 6; ++i) {
      try {
        const Words words = co_await bus.read_holding("heater", 1, 1, 1);
        good += words == Words{253} ? 1 : 0;
      } catch (const DeviceError& error) {
        CHECK(error.fault() == DeviceFault::unreachable);
        ++lost;
      }
    }
  };
  run_beside(lab, answer_over_tcp(listener, 2), read_often());
  CHECK(good == 4);
  CHECK(lost == 2);
}

/// A terminal server with an instrument behind it that answers one register, so often, and then hangs up.
Task<void> answer_rtu_over_tcp(TcpListener& listener, int times) {
  for (;;) {
    const std::unique_ptr<ByteLink> link = co_await listener.accept();
    for (int i = 0; i < times; ++i) {
      std::string request;
      while (request.size() < 8) request += co_await link->read_some();
      CHECK(request == from_hex("01 03 00 01 00 01 D5 CA"));
      co_await link->write(from_hex("01 03 02"));
      co_await link->write(from_hex("00 FD 79 C5"));
    }
  }
}

TEST_CASE("modbus bus: RTU frames over TCP, with a terminal server that hangs up now and then") {
  VirtualLab lab;
  TcpListener listener{lab.clock, "127.0.0.1", 0};
  ModbusBus bus{lab.clock, RtuOverTcpSettings{"127.0.0.1", listener.port()}, quick};
  CHECK(bus.endpoint() == "rtu-tcp://127.0.0.1:" + std::to_string(listener.port()));
  int good = 0, lost = 0;
  auto read_often = [&]() -> Task<void> {
    for (int i = 0; i < 6; ++i) {
      try {
        const Words words = co_await bus.read_holding("heater", 1, 1, 1);
        good += words == Words{253} ? 1 : 0;
      } catch (const DeviceError& error) {
        CHECK(error.fault() == DeviceFault::unreachable);
        ++lost;
      }
    }
  };
  run_beside(lab, answer_rtu_over_tcp(listener, 2), read_often());
  CHECK(good == 4);
  CHECK(lost == 2);
}

TEST_CASE("modbus bus: over RTU in TCP, a late reply is thrown away and the connection kept") {
  VirtualLab lab;
  TcpListener listener{lab.clock, "127.0.0.1", 0};
  ModbusBus bus{lab.clock, RtuOverTcpSettings{"127.0.0.1", listener.port()}, quick};
  int connections = 0;
  auto serve = [&]() -> Task<void> {
    for (;;) {
      const std::unique_ptr<ByteLink> link = co_await listener.accept();
      ++connections;
      for (int i = 0;; ++i) {
        std::string request;
        while (request.size() < 8) request += co_await link->read_some();
        if (i == 0) co_await lab.clock.sleep_for(20ms);  // virtual: not before the bus gave up
        co_await link->write(with_crc(from_hex(i == 0 ? "01 03 02 00 01" : "01 03 02 00 FD")));
      }
    }
  };
  std::optional<DeviceFault> first;
  Words second;
  auto twice = [&]() -> Task<void> {
    try {
      co_await bus.read_holding("heater", 1, 1, 1);
    } catch (const DeviceError& error) {
      first = error.fault();
    }
    second = co_await bus.read_holding("heater", 1, 1, 1);
  };
  run_beside(lab, serve(), twice());
  CHECK(first == DeviceFault::timed_out);
  CHECK(second == Words{253});
  CHECK(connections == 1);
}

TEST_CASE("modbus bus: a port on which nobody listens is unreachable") {
  VirtualLab lab;
  int free_port = 0;
  {
    const TcpListener listener{lab.clock, "127.0.0.1", 0};
    free_port = listener.port();
  }
  ModbusBus bus{lab.clock, ModbusTcpSettings{"127.0.0.1", free_port}, quick};
  CHECK(fault_of([&] { lab.run(bus.read_holding("heater", 1, 1, 1)); }) == DeviceFault::unreachable);
}

}  // namespace
}  // namespace nocturne::test
