#include "devices/virtual/virtual_pump_chain.hpp"

namespace nocturne {

VirtualHarvard& VirtualPumpChain::add(VirtualHarvardOptions options, FlowListener listener) {
  units_.push_back(std::make_unique<VirtualHarvard>(clock_, std::move(options), std::move(listener)));
  return *units_.back();
}

void VirtualPumpChain::receive(std::string_view bytes) {
  for (const char byte : bytes)
    if (const auto request = receiver_.push(byte)) obey(*request);
}

void VirtualPumpChain::obey(const virtual_pump_chain::Request& request) {
  std::vector<VirtualHarvard*> addressed;  // first, because a request may change an address
  for (const auto& unit : units_)
    if (request.address ? unit->address() == *request.address : unit == units_.front())
      addressed.push_back(unit.get());
  for (VirtualHarvard* unit : addressed) unit->obey(request);
}

Task<void> VirtualPumpChain::serve(ByteLink& link) {
  const auto outbox = std::make_shared<Outbox>(clock_);
  for (const auto& unit : units_) unit->connect(outbox);
  receiver_ = {};
  co_await race(listen(link), outbox->write_to(link));
}

Task<void> VirtualPumpChain::listen(ByteLink& link) {
  for (;;) {
    const std::string bytes = co_await link.read_some();
    receive(bytes);
  }
}

}  // namespace nocturne
