#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/modbus_bus.hpp"
#include "devices/partner.hpp"
#include "devices/pseudo_terminal.hpp"
#include "devices/serial_link.hpp"
#include "devices/tcp_link.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// Real bytes through the operating system: real time.
template <class T>
T run(SystemClock& clock, Task<T> task) {
  std::optional<T> result;
  auto keep = [&]() -> Task<void> { result = co_await with_timeout(clock, 10s, std::move(task)); };
  clock.run(keep());
  return *std::move(result);
}

Task<std::string> read_exactly(ByteLink& link, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) bytes += co_await link.read_some();
  co_return bytes;
}

Task<std::string> echo_through(ByteLink& near, ByteLink& far, std::string bytes) {
  std::vector<Task<void>> works;
  std::string back;
  auto there = [&]() -> Task<void> { co_await near.write(bytes); };
  auto echo = [&]() -> Task<void> {
    std::string heard = co_await read_exactly(far, bytes.size());
    co_await far.write(std::move(heard));
  };
  auto home = [&]() -> Task<void> { back = co_await read_exactly(near, bytes.size()); };
  works.push_back(there());
  works.push_back(echo());
  works.push_back(home());
  co_await all(std::move(works));
  co_return back;
}

std::string every_byte(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 251);
  return bytes;
}

struct TcpPair {
  explicit TcpPair(Clock& clock) : listener{clock, "127.0.0.1", 0} {}
  Task<void> connect(Clock& clock) {
    auto client = [&]() -> Task<void> {
      near = co_await connect_tcp(clock, "127.0.0.1", listener.port(), 5s);
    };
    auto server = [&]() -> Task<void> { far = co_await listener.accept(); };
    std::vector<Task<void>> works;
    works.push_back(client());
    works.push_back(server());
    co_await all(std::move(works));
  }
  TcpListener listener;
  std::unique_ptr<ByteLink> near, far;
};

TEST_CASE("tcp link: carries every byte both ways, also more than one segment of them") {
  SystemClock clock;
  TcpPair pair{clock};
  clock.run(pair.connect(clock));
  CHECK(pair.near->endpoint() == pair.listener.endpoint());
  CHECK(run(clock, echo_through(*pair.near, *pair.far, every_byte(200'000))) == every_byte(200'000));
}

TEST_CASE("tcp link: discards what has arrived") {
  SystemClock clock;
  TcpPair pair{clock};
  clock.run(pair.connect(clock));
  auto work = [&]() -> Task<std::string> {
    co_await pair.far->write("old");
    co_await clock.sleep_for(50ms);
    pair.near->discard_input();
    co_await pair.far->write("new");
    co_return co_await pair.near->read_some();
  };
  CHECK(run(clock, work()) == "new");
}

TEST_CASE("tcp link: a partner that hangs up makes the line unreachable") {
  SystemClock clock;
  TcpPair pair{clock};
  clock.run(pair.connect(clock));
  pair.far.reset();
  CHECK(fault_of([&] { run(clock, pair.near->read_some()); }) == DeviceFault::unreachable);
}

TEST_CASE("tcp link: a port on which nobody listens is unreachable") {
  SystemClock clock;
  int free_port = 0;
  {
    TcpListener listener{clock, "127.0.0.1", 0};
    free_port = listener.port();
  }
  CHECK(fault_of([&] { run(clock, connect_tcp(clock, "127.0.0.1", free_port, 5s)); }) ==
        DeviceFault::unreachable);
}

TEST_CASE("tcp listener: an address that is in use is refused by name") {
  SystemClock clock;
  const TcpListener first{clock, "127.0.0.1", 0};
  CHECK(fault_of([&] { TcpListener second{clock, "127.0.0.1", first.port()}; }) == DeviceFault::unreachable);
}

TEST_CASE("pseudo-terminal: a serial port opened on its path carries every byte unchanged both ways") {
  SystemClock clock;
  PseudoTerminal terminal{clock};
  const auto port = open_serial(clock, {terminal.path(), 19200, Parity::none});
  CHECK(port->endpoint() == terminal.endpoint());
  CHECK(run(clock, echo_through(*port, terminal, every_byte(3000))) == every_byte(3000));
}

TEST_CASE("pseudo-terminal: clients may leave and come back") {
  SystemClock clock;
  PseudoTerminal terminal{clock};
  for (int visit = 0; visit < 3; ++visit) {
    const auto port = open_serial(clock, {terminal.path(), 9600, Parity::even});
    CHECK(run(clock, echo_through(*port, terminal, "hello")) == "hello");
  }
}

TEST_CASE("serial link: discards what has arrived") {
  SystemClock clock;
  PseudoTerminal terminal{clock};
  const auto port = open_serial(clock, {terminal.path(), 19200, Parity::none});
  auto work = [&]() -> Task<std::string> {
    co_await terminal.write("old");
    co_await clock.sleep_for(50ms);
    port->discard_input();
    co_await terminal.write("new");
    co_return co_await port->read_some();
  };
  CHECK(run(clock, work()) == "new");
}

TEST_CASE("serial link: a port that is not there is unreachable, and one that goes away becomes so") {
  SystemClock clock;
  CHECK(fault_of([&] {
          open_serial(clock, {"/dev/no_such_port", 19200, Parity::none});
        }) == DeviceFault::unreachable);
  auto terminal = std::make_unique<PseudoTerminal>(clock);
  const auto port = open_serial(clock, {terminal->path(), 19200, Parity::none});
  terminal.reset();
  CHECK(fault_of([&] { run(clock, port->read_some()); }) == DeviceFault::unreachable);
}

TEST_CASE("a read on a real line can be cancelled and asked for again without losing a byte") {
  SystemClock clock;
  PseudoTerminal terminal{clock};
  const auto port = open_serial(clock, {terminal.path(), 19200, Parity::none});
  auto work = [&]() -> Task<std::string> {
    for (int i = 0; i < 3; ++i) {
      try {
        co_await with_timeout(clock, 5ms, port->read_some());
        CHECK(false);
      } catch (const TimedOut&) {
      }
    }
    co_await terminal.write("here");
    co_return co_await port->read_some();
  };
  CHECK(run(clock, work()) == "here");
}

}  // namespace
TEST_CASE("serial link: a port that is in use is refused, and free again once it is closed") {
  SystemClock clock;
  PseudoTerminal terminal{clock};
  const SerialSettings settings{terminal.path(), 9600, Parity::none};
  std::unique_ptr<ByteLink> first = open_serial(clock, settings);
  CHECK_THROWS_WITH_AS(open_serial(clock, settings), doctest::Contains("busy"), DeviceError);
  ModbusBus bus{clock, settings};
  auto read = [&]() -> Task<void> { static_cast<void>(co_await bus.read_holding("oven", 1, 0, 1)); };
  CHECK_THROWS_WITH_AS(clock.run(read()), doctest::Contains("busy"), DeviceError);
  first.reset();
  CHECK_NOTHROW(open_serial(clock, settings));
}

}  // namespace nocturne::test
