#pragma once

#include <string>
#include <vector>

#include "devices/virtual/modbus_wire.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "devices/virtual/virtual_modbus_unit.hpp"

namespace nocturne {

/// Answers one partner for `units`, which outlive the call. RTU: address 0 reaches all and nobody answers;
/// two units of one address answer over each other. TCP: addresses 0 and FFh mean the only unit there is. A
/// unit whose reply is late holds up its own replies, not those of others. Throws when the link breaks,
/// returns when a unit gives the connection up or when what came over TCP is no Modbus.
Task<void> serve_modbus(Clock& clock, ByteLink& link, virtual_modbus::Framing framing,
                        std::vector<VirtualModbusUnit*> units);

/// An RS-485 line with several Modbus units, or a gateway in front of it (TCP framing). RTU framing over a
/// TCP stream is what terminal servers speak.
class VirtualModbusLine final : public VirtualInstrument {
 public:
  VirtualModbusLine(Clock& clock, std::string name, virtual_modbus::Framing framing)
      : clock_{clock}, name_{std::move(name)}, framing_{framing} {}

  /// `unit` outlives the line. For partners that connect from now on.
  void add(VirtualModbusUnit& unit) { units_.push_back(&unit); }

  const std::string& name() const override { return name_; }
  Task<void> serve(ByteLink& link) override { return serve_as(link, framing_); }
  Task<void> serve_as(ByteLink& link, virtual_modbus::Framing framing) {
    return serve_modbus(clock_, link, framing, units_);
  }

 private:
  Clock& clock_;
  const std::string name_;
  const virtual_modbus::Framing framing_;
  std::vector<VirtualModbusUnit*> units_;
};

}  // namespace nocturne
