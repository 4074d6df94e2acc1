#include "controller/virtual/fault_player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

/// A fault that begins or ends.
struct Turn {
  Instant when;
  std::string instrument, fault;
  bool on;
};

}  // namespace

void check(const FaultScenario& scenario, VirtualSide* side) {
  if (!side) throw FileError{scenario.file + ": the bench has no virtual instruments"};
  for (const FaultEvent& event : scenario.events) {
    try {
      side->faults(event.instrument).require(event.fault);
    } catch (const std::invalid_argument& error) {
      throw FileError{fmt::format("{}:{}: {}", scenario.file, event.file_line, error.what())};
    }
  }
}

Task<void> play(Clock& clock, VirtualSide& side, FaultScenario scenario) {
  std::vector<Turn> turns;
  const Instant start = clock.now();
  for (const FaultEvent& event : scenario.events) {
    const Instant at = start + seconds(event.at.count());
    turns.push_back({at, event.instrument, event.fault, true});
    if (event.lasts)
      turns.push_back({at + seconds(event.lasts->count()), event.instrument, event.fault, false});
  }
  std::ranges::stable_sort(turns, {}, &Turn::when);
  for (const Turn& turn : turns) {
    co_await clock.sleep_until(turn.when);
    side.faults(turn.instrument).set(turn.fault, turn.on);
  }
}

}  // namespace nocturne
