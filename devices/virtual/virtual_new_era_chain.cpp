#include "devices/virtual/virtual_new_era_chain.hpp"

namespace nocturne {

VirtualNewEra& VirtualNewEraChain::add(VirtualNewEraOptions options, FlowListener listener) {
  units_.push_back(std::make_unique<VirtualNewEra>(clock_, std::move(options), std::move(listener)));
  return *units_.back();
}

Task<void> VirtualNewEraChain::serve(ByteLink& link) {
  const auto outbox = std::make_shared<Outbox>(clock_);
  for (const auto& unit : units_) unit->connect(outbox);
  co_await race(listen(link), outbox->write_to(link));
}

Task<void> VirtualNewEraChain::listen(ByteLink& link) {
  for (;;) {
    const std::string bytes = co_await link.read_some();
    for (const auto& unit : units_) unit->receive(bytes);
  }
}

}  // namespace nocturne
