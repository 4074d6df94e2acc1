#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/bench/drivers.hpp"
#include "controller/lines.hpp"
#include "controller/virtual/virtual_side.hpp"
#include "devices/bench.hpp"
#include "models/spectra/interpret.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/flow_plan.hpp"

namespace nocturne {

/// A bench with everything that stands behind it, built by the tables of drivers.hpp.
class BuiltBench {
 public:
  /// `plant` is needed if any line is virtual. Throws FileError for an unknown driver, a setting it does not
  /// know, an interlock that no reading of its input can ever set off. Nothing is opened or sent. All that is
  /// referred to must outlive the bench. With an `opener` and no plant nothing stands behind virtual lines:
  /// the opener answers. A virtual bench is as `history` says it was left.
  BuiltBench(Clock& clock, const BenchDescription& description, std::optional<PlantParameters> plant,
             std::uint64_t seed, LineOpener* opener = nullptr, const BenchHistory& history = {});

  Bench& bench() { return *bench_; }
  /// Flow limits of each feed's pump with its syringe.
  std::map<std::string, FeedLimits> feed_limits() const;
  std::string endpoint(const InstrumentDescription& instrument) const { return lines_.endpoint(instrument); }
  /// Whether any instrument is spoken to in Modbus: by a library that waits in real time.
  bool any_modbus() const { return lines_.any_modbus(); }
  /// Null without virtual lines.
  VirtualSide* virtual_side() { return virtual_side_.get(); }

 private:
  Order order_for(Clock& clock, const std::string& name);
  /// The analog input with this name, made when it is first asked for.
  AnalogInput& input(Clock& clock, const std::string& name, const char* role);
  std::vector<Interlock> make_interlocks(Clock& clock);
  std::map<std::string, Tap> make_taps(Clock& clock);
  Tap make_tap(Clock& clock, const RefillDescription& refill, const Pump& pump);

  const BenchDescription& description_;
  std::unique_ptr<VirtualSide> virtual_side_;
  Lines lines_;
  std::vector<std::unique_ptr<Pump>> pumps_;
  std::unique_ptr<Heater> heater_;
  std::unique_ptr<Spectrometer> spectrometer_;
  std::map<std::string, std::unique_ptr<AnalogInput>> inputs_;  ///< by the bench's names of them
  std::unique_ptr<Balance> balance_;
  std::unique_ptr<Valve> collector_;
  std::vector<std::unique_ptr<Valve>> tap_valves_;
  std::unique_ptr<Bench> bench_;
};

/// Whether every line of the bench is virtual: then time may be virtual, too.
bool is_wholly_virtual(const BenchDescription& bench);

/// How spectra from the bench's cell are read: its path, and its reference of quantum yields.
InterpretationSettings interpretation_settings(const BenchDescription& bench);

/// The clock that fits the bench: virtual time if nothing real depends on it.
std::unique_ptr<Clock> clock_for(const BenchDescription& bench);

}  // namespace nocturne
