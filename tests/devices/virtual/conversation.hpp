#pragma once

#include <string>

#include "devices/concurrency.hpp"
#include "devices/memory_link.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "support/hex.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {

/// A virtual instrument on a line in memory, and a partner who speaks raw bytes to it in virtual time.
struct Conversation : VirtualLab {
  MemoryLinkPair line = make_memory_link(clock, "test", 0);
  Background serving{clock};
  bool ended = false;  ///< the instrument gave the connection up

  void serve(VirtualInstrument& instrument) {
    serving.start(serve_once(instrument),
                  [](std::exception_ptr failure) { std::rethrow_exception(failure); });
  }
  Task<void> serve_once(VirtualInstrument& instrument) {
    co_await instrument.serve(*line.instrument);
    ended = true;
  }

  /// Everything that arrives within `wait`.
  std::string heard(Duration wait) {
    std::string bytes;
    auto listen = [&]() -> Task<void> {
      for (;;) bytes += co_await line.host->read_some();
    };
    auto both = [&]() -> Task<void> { co_await race(listen(), clock.sleep_for(wait)); };
    run(both());
    return bytes;
  }
  std::string ask(const std::string& bytes, Duration wait = std::chrono::milliseconds{50}) {
    run(line.host->write(bytes));
    return heard(wait);
  }
  void pass(Duration time) { run(clock.sleep_for(time)); }
};

}  // namespace nocturne::test
