#pragma once

#include <memory>
#include <vector>

#include "devices/virtual/virtual_harvard.hpp"
#include "devices/virtual/virtual_instrument.hpp"

namespace nocturne {

/// Pumps of the Harvard and KD Scientific family on one line. The first is the master on the computer's port:
/// it also answers requests without an address. The others hang on it and answer to theirs.
class VirtualPumpChain final : public VirtualInstrument {
 public:
  VirtualPumpChain(Clock& clock, std::string name) : clock_{clock}, name_{std::move(name)} {}

  /// The reference stays valid.
  VirtualHarvard& add(VirtualHarvardOptions options, FlowListener listener);
  std::size_t size() const { return units_.size(); }
  /// In the order of adding.
  VirtualHarvard& unit(std::size_t index) { return *units_.at(index); }
  /// Bytes arrived on the line.
  void receive(std::string_view bytes);

  const std::string& name() const override { return name_; }
  Task<void> serve(ByteLink& link) override;

 private:
  Task<void> listen(ByteLink& link);
  void obey(const virtual_pump_chain::Request& request);
  Clock& clock_;
  const std::string name_;
  virtual_pump_chain::Receiver receiver_;
  std::vector<std::unique_ptr<VirtualHarvard>> units_;
};

}  // namespace nocturne
