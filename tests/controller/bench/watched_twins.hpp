#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "devices/virtual/virtual_instrument.hpp"
#include "devices/virtual/virtual_modbus_unit.hpp"

namespace nocturne::test {

/// A virtual instrument at rest, and whether it has moved, heated or shone since.
struct Twin {
  std::unique_ptr<VirtualInstrument> instrument;
  VirtualModbusUnit* modbus = nullptr;  ///< if it is a Modbus unit: the same
  std::unique_ptr<bool> moved = std::make_unique<bool>(false);
  std::function<bool()> heats = {};  ///< empty: it cannot

  bool stirred() const { return *moved || (heats && heats()); }
};

/// `reply_delay` is how long the instrument thinks, where it can be told.
using TwinMaker = std::function<Twin(Clock&, Duration reply_delay)>;

/// By the driver that speaks to it; each with the address of the bench that asks for it.
const std::map<std::string, TwinMaker>& usual_twins();
/// Another one of each kind at the same address, which does not tell the same of itself.
const std::map<std::string, TwinMaker>& sister_twins();
/// Firmware that speaks another dialect or is set to another one, by "driver: what is different".
const std::map<std::string, TwinMaker>& dialect_twins();

}  // namespace nocturne::test
