#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/lines.hpp"
#include "devices/analog_input.hpp"
#include "devices/balance.hpp"
#include "devices/heater.hpp"
#include "devices/pump.hpp"
#include "devices/spectrometer.hpp"
#include "devices/valve.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What a driver is made from. All of it outlives the driver.
struct Order {
  Clock& clock;
  Lines& lines;
  const BenchDescription& bench;
  const InstrumentDescription& instrument;
};

/// Makes a driver from its settings in the bench file. Throws FileError.
template <class Device>
using Maker = std::unique_ptr<Device> (*)(const Order&);

// Every driver by the name that bench files use. To add one, add its line to the table at the end of the
// source of its kind: pump_drivers.cpp, heater_drivers.cpp, ...
extern const std::map<std::string, Maker<Pump>> kPumps;
extern const std::map<std::string, Maker<Heater>> kHeaters;
extern const std::map<std::string, Maker<Spectrometer>> kSpectrometers;
extern const std::map<std::string, Maker<AnalogInput>> kAnalogInputs;
extern const std::map<std::string, Maker<Valve>> kValves;
extern const std::map<std::string, Maker<Balance>> kBalances;

}  // namespace nocturne
