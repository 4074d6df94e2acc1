#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/analog_input.hpp"
#include "devices/balance.hpp"
#include "devices/heater.hpp"
#include "devices/pump.hpp"
#include "devices/spectrometer.hpp"
#include "devices/valve.hpp"
#include "models/signal_limit.hpp"

namespace nocturne {

/// A measured quantity and where it may not be.
struct Interlock {
  AnalogInput* input = nullptr;  ///< null = the temperature of the heated zone, in °C
  SignalLimit limit;             ///< in the input's unit
};

/// A valve that leads the syringe of a feed to the reactor or to the bottle that it is filled from.
struct Tap {
  Valve& valve;
  int to_reactor, to_bottle;  ///< positions
  FlowRate flow;              ///< of filling
  Volume bottle;              ///< that could be drawn from it at first
};

/// The apparatus as a procedure sees it. Who stands behind each interface was decided where it was built.
struct Bench {
  Clock& clock;
  std::map<std::string, Pump*> feeds;  ///< by stock name, the diluent included
  Heater& reactor;
  Spectrometer& flow_cell;
  AnalogInput* pressure = nullptr;    ///< before the reactor, in bar; null = not measured
  Balance* balance = nullptr;         ///< under the waste; null = none
  Valve* collector = nullptr;         ///< behind the cell; null = none
  std::vector<Interlock> interlocks;  ///< that of the pressure first, if it is measured
  std::map<std::string, Tap> taps;    ///< by stock; of the feeds that are filled again
};

/// Turns every tap to the reactor, one after the other; each says itself that it stands there. Nothing may
/// flow before. Throws DeviceError.
Task<void> lead_to_reactor(Bench& bench);

/// Stops every feed but that of the stock `flowing`, cuts the heating and switches the lights off, whatever
/// fails on the way; returns what failed. Every instrument is tried, all at once, each within its own
/// deadlines.
Task<std::vector<std::string>> make_safe(Bench& bench, std::string flowing = "");
/// The same, but leaves the heat as it is.
Task<std::vector<std::string>> hold(Bench& bench);

}  // namespace nocturne
