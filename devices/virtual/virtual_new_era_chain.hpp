#pragma once

#include <memory>
#include <vector>

#include "devices/virtual/virtual_instrument.hpp"
#include "devices/virtual/virtual_new_era.hpp"

namespace nocturne {

/// New Era pumps on one RS-232 chain: all hear every byte, each answers to its own address.
class VirtualNewEraChain final : public VirtualInstrument {
 public:
  VirtualNewEraChain(Clock& clock, std::string name) : clock_{clock}, name_{std::move(name)} {}

  /// The reference stays valid.
  VirtualNewEra& add(VirtualNewEraOptions options, FlowListener listener);
  std::size_t size() const { return units_.size(); }
  /// In the order of adding.
  VirtualNewEra& unit(std::size_t index) { return *units_.at(index); }

  const std::string& name() const override { return name_; }
  Task<void> serve(ByteLink& link) override;

 private:
  Task<void> listen(ByteLink& link);
  Clock& clock_;
  const std::string name_;
  std::vector<std::unique_ptr<VirtualNewEra>> units_;
};

}  // namespace nocturne
