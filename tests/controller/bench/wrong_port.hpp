#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/lines.hpp"
#include "devices/concurrency.hpp"
#include "devices/memory_link.hpp"
#include "devices/tapped_link.hpp"
#include "devices/virtual/virtual_modbus_line.hpp"
#include "tests/controller/bench/asked_instruments.hpp"
#include "tests/controller/bench/watched_twins.hpp"

namespace nocturne::test {

/// Somebody who is none of the twins.
using Stranger = std::function<Task<void>(Clock&, ByteLink&)>;

inline Task<void> echo(ByteLink& link) {
  for (;;) {
    std::string bytes = co_await link.read_some();
    co_await link.write(std::move(bytes));
  }
}

/// Says the same five times a second, and at once when it hears something.
inline Task<void> chatter(Clock& clock, ByteLink& link, std::string text) {
  auto answer = [&]() -> Task<void> {
    for (;;) {
      co_await link.read_some();
      co_await link.write(text);
    }
  };
  auto talk = [&]() -> Task<void> {
    for (;;) {
      co_await clock.sleep_for(std::chrono::milliseconds{200});
      co_await link.write(text);
    }
  };
  co_await race(answer(), talk());
}

/// A bench in virtual time at whose port stands whatever a test puts there.
class Port final : public LineOpener {
 public:
  /// What one plugs into; it may throw DeviceError. Called for every opening.
  using Socket = std::function<std::unique_ptr<ByteLink>(Port&)>;

  explicit Port(const Asked& of) : asked{of} {}
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() override {
    serving_.stop();
    clock.io().restart();
    clock.io().poll();  // what serves must end before the twins do
  }

  void put(const TwinMaker& make) {
    twins.push_back(make(clock, asked.modbus ? Duration{} : std::chrono::milliseconds{5}));
  }

  /// The host's end of a cable to one of the twins. Bytes take no time on it: Modbus is waited for while
  /// virtual time stands still.
  std::unique_ptr<ByteLink> cable_to(const Twin& twin) {
    const bool over_tcp = asked.baud == 0 && twin.modbus;
    return cable(over_tcp ? serve_units({twin.modbus}, virtual_modbus::Framing::tcp)
                          : serve(*twin.instrument));
  }
  /// The same to all twins, Modbus units with one address on one line.
  std::unique_ptr<ByteLink> cable_to_units() {
    std::vector<VirtualModbusUnit*> units;
    for (const Twin& twin : twins) units.push_back(twin.modbus);
    const auto framing = asked.baud == 0 ? virtual_modbus::Framing::tcp : virtual_modbus::Framing::rtu;
    return cable(serve_units(std::move(units), framing));
  }
  std::unique_ptr<ByteLink> cable_to(const Stranger& stranger) {
    return cable([this, stranger](ByteLink& link) { return stranger(clock, link); });
  }
  std::unique_ptr<ByteLink> cable_to_nobody() {
    MemoryLinkPair pair = make_memory_link(clock, "port", 0);
    ends_.push_back(std::move(pair.instrument));
    return std::move(pair.host);
  }

  Task<std::unique_ptr<ByteLink>> open(std::string, Line::Opener) override {
    std::unique_ptr<ByteLink> link = socket(*this);
    TappedLink::Listener listener = [this](const WireEvent& event) {
      if (event.kind == WireEvent::Kind::received) heard += event.text;
      if (event.kind == WireEvent::Kind::sent) ++requests;
      if (event.kind == WireEvent::Kind::sent && is_modbus_write(event.text)) ++writes;
    };
    co_return std::make_unique<TappedLink>(std::move(link), std::move(listener));
  }

  const Asked asked;
  VirtualClock clock;
  std::vector<Twin> twins;
  Socket socket;
  std::string heard;
  int requests = 0;
  int writes = 0;  ///< of Modbus registers

 private:
  bool is_modbus_write(const std::string& request) const {
    const std::size_t function_at = asked.baud > 0 ? 1 : 7;
    return asked.modbus && request.size() > function_at &&
           (request[function_at] == 6 || request[function_at] == 16);
  }
  using Server = std::function<Task<void>(ByteLink&)>;

  Server serve(VirtualInstrument& instrument) {
    return [&instrument](ByteLink& link) { return instrument.serve(link); };
  }
  Server serve_units(std::vector<VirtualModbusUnit*> units, virtual_modbus::Framing framing) {
    return [this, units = std::move(units), framing](ByteLink& link) {
      return serve_modbus(clock, link, framing, units);
    };
  }
  static Task<void> serve_on(Server server, std::list<std::unique_ptr<ByteLink>>& ends,
                             std::list<std::unique_ptr<ByteLink>>::iterator end) {
    co_await server(**end);
    ends.erase(end);  // it hung up
  }
  std::unique_ptr<ByteLink> cable(Server server) {
    MemoryLinkPair pair = make_memory_link(clock, "port", 0);
    const auto end = ends_.insert(ends_.end(), std::move(pair.instrument));
    serving_.start(serve_on(std::move(server), ends_, end), [](const std::exception_ptr&) {});
    return std::move(pair.host);
  }

  std::list<std::unique_ptr<ByteLink>> ends_;
  Background serving_{clock};
};

}  // namespace nocturne::test
