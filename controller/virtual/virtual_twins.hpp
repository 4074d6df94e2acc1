#pragma once

#include "controller/bench/driver_settings.hpp"
#include "controller/virtual/virtual_instruments.hpp"
#include "devices/virtual/virtual_heater_faults.hpp"

// The makers behind the table of virtual_instruments.cpp, and what they share.
namespace nocturne {

VirtualLine make_new_era_twins(const VirtualOrder& order);
VirtualLine make_harvard_twins(const VirtualOrder& order);
VirtualLine make_chemyx_twin(const VirtualOrder& order);
/// Eurotherm, Watlow and Moxa: any of them, on one line.
VirtualLine make_modbus_twins(const VirtualOrder& order);
VirtualLine make_julabo_twin(const VirtualOrder& order);

FileError misfit(const VirtualOrder& order, const InstrumentDescription& instrument, const std::string& what);
/// The instrument of a line that cannot be shared. Throws FileError if there are two.
const InstrumentDescription& only_one(const VirtualOrder& order);
/// The settings of an instrument in the bench file, within the bounds of its driver. The driver refuses those
/// that nobody knows.
DriverSettings settings_of(const VirtualOrder& order, const InstrumentDescription& instrument);
/// The heat of `unit` reaches the plant if the instrument is the bench's heater.
template <class Unit>
void heat_with(const VirtualOrder& order, const InstrumentDescription& instrument, Unit& unit) {
  if (instrument.name == order.bench.heater)
    order.world.attach_heater(
        [&unit](double time_s, double celsius) { return unit.power(time_s, celsius); },
        [&unit] { return arriving_power(unit.faults(), unit.loop().output_percent() / 100.0); });
}

}  // namespace nocturne
