#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/virtual/virtual_instruments.hpp"
#include "devices/concurrency.hpp"
#include "devices/pseudo_terminal.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What stands behind the virtual lines of a bench: one plant and an instrument for every one described
/// there.
class VirtualSide {
 public:
  /// Throws FileError for an instrument that has no virtual twin or does not fit the plant.
  VirtualSide(Clock& clock, const BenchDescription& bench, PlantParameters plant, std::uint64_t seed,
              const BenchHistory& history = {});
  ~VirtualSide();

  /// Plugs into a line of bytes at the computer's end.
  std::unique_ptr<ByteLink> connect(const LineDescription& line);
  /// Plugs in as a serial port; returns its path.
  std::string open_terminal(const LineDescription& line);

  /// Where each virtual line is offered to other programs.
  struct Offer {
    std::string line;
    std::string endpoint;  ///< "tcp://127.0.0.1:5601" or a pseudo-terminal's path
  };
  /// Offers every virtual line on TCP or a pseudo-terminal, for as long as the clock runs. Throws
  /// DeviceError.
  std::vector<Offer> offer();

  VirtualWorld& world() { return world_; }
  bool has(const std::string& instrument) const;
  /// What can go wrong with an instrument, by the bench's name of it. Throws std::invalid_argument if none
  /// has that name.
  FaultBoard& faults(const std::string& instrument);

 private:
  /// The instrument that answers on a line.
  VirtualInstrument& behind(const LineDescription& line);
  Task<void> serve_link(VirtualInstrument& instrument, ByteLink& link);
  Task<void> serve_clients(const LineDescription& line, std::shared_ptr<class TcpListener> listener);
  Task<void> serve_client(const LineDescription& line, ByteLink& link);

  Clock& clock_;
  const BenchDescription& bench_;
  VirtualWorld world_;
  std::map<std::string, VirtualLine> lines_;
  std::list<std::unique_ptr<ByteLink>> ends_;  // the instruments' ends of all links
  Background serving_;
};

}  // namespace nocturne
