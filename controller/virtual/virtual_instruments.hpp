#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/virtual/virtual_world.hpp"
#include "devices/virtual/fault_board.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// How an earlier process left a virtual bench.
struct BenchHistory {
  std::map<std::string, Volume> contents;  ///< of syringes, by stock; full if not named
  std::set<std::string> primed;            ///< stocks whose tubes are not dry any more
};

/// What the virtual side of one line is made from.
struct VirtualOrder {
  Clock& clock;
  VirtualWorld& world;
  const BenchDescription& bench;
  const LineDescription& line;
  const BenchHistory& history;
  std::vector<const InstrumentDescription*> instruments{};  ///< on this line, at least one
};

/// All instruments of one line, as the line meets them.
struct VirtualLine {
  std::vector<std::unique_ptr<VirtualInstrument>> units;  ///< what stands on a shared line
  std::unique_ptr<VirtualInstrument> instrument;
  std::map<std::string, FaultBoard> faults;  ///< by the bench's name of the instrument
  /// Serves a partner on TCP where that is another framing; empty = the same.
  std::function<Task<void>(ByteLink&)> over_tcp = {};
};

/// The one place that names virtual instruments: to add one, add its driver's line to the table in the
/// source. Throws FileError at the instrument that has no virtual twin, does not fit the plant, or cannot
/// share the line.
VirtualLine make_virtual_line(const VirtualOrder& order);

}  // namespace nocturne
