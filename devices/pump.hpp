#pragma once

#include <optional>
#include <string>

#include "devices/clock.hpp"
#include "models/units.hpp"

namespace nocturne {

struct PumpReading {
  bool moving = false;
  bool stalled = false;
  FlowRate flow;         ///< set rate; delivered only while moving and not drawing
  Volume delivered;      ///< pushed, by the pump's own counter since it was armed
  bool drawing = false;  ///< moves the other way, to fill its syringe
  Volume drawn{};        ///< by the same counter, in the last draw since it was armed
};

/// A pump's own counter of what it delivered, around its last arming.
struct CounterAtArming {
  Volume found;  ///< before arming changed anything: since it was armed before, or since it was switched on
  Volume from;   ///< afterwards
  std::optional<Volume> drawn{};  ///< found, too: in its last draw; none = its counter does not tell
};

/// A metering pump. Calls complete when the pump has acknowledged and the value was read back; faults are
/// thrown as DeviceError.
class Pump {
 public:
  virtual ~Pump() = default;
  virtual const std::string& name() const = 0;
  virtual FlowRate min_flow() const = 0;
  virtual FlowRate max_flow() const = 0;
  /// Brings a just connected pump into a known, stopped state, checks that it is the right one with the right
  /// syringe, and arms and verifies its own watchdog. Returns its identity ("NE1000V3.928").
  virtual Task<std::string> arm() = 0;
  /// After arm(). A draw may begin the count anew: then `from` has moved.
  virtual CounterAtArming counter() const = 0;
  /// Starts or changes the flow; zero stops. Returns the rate as the pump holds it, rounded to its
  /// resolution.
  virtual Task<FlowRate> set_flow(FlowRate flow) = 0;
  /// Fills the syringe: stops, draws `volume`, less than the pump's resolution rounded off, and stops. The
  /// pump itself ends the draw there, whether or not anybody still speaks to it. Completes when it says that
  /// it stands and has counted so much; returns what it counted. A draw that stop() overtakes throws
  /// DeviceError{refused}. Whatever came of it, the next set_flow() pushes.
  virtual Task<Volume> draw(Volume volume, FlowRate flow) = 0;
  virtual Task<PumpReading> read() = 0;
  /// Safe at any time, from any state, more than once. Completes when a later poll says that nothing moves.
  virtual Task<void> stop() = 0;
};

}  // namespace nocturne
