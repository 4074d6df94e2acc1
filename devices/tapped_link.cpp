#include "devices/tapped_link.hpp"

#include <utility>

#include "devices/error.hpp"

namespace nocturne {

TappedLink::TappedLink(std::unique_ptr<ByteLink> link, Listener listener)
    : link_{std::move(link)}, listener_{std::move(listener)} {
  tell(WireEvent::Kind::opened, link_->endpoint());
}

TappedLink::~TappedLink() {
  if (!lost_) tell(WireEvent::Kind::closed, {});
}

void TappedLink::lose(const std::string& why) {
  if (!std::exchange(lost_, true)) tell(WireEvent::Kind::lost, why);
}

Task<std::string> TappedLink::read_some() {
  try {
    std::string bytes = co_await link_->read_some();
    tell(WireEvent::Kind::received, bytes);
    co_return bytes;
  } catch (const DeviceError& error) {
    lose(error.what());
    throw;
  }
}

Task<void> TappedLink::write(std::string bytes) {
  tell(WireEvent::Kind::sent, bytes);
  try {
    co_await link_->write(std::move(bytes));
  } catch (const DeviceError& error) {
    lose(error.what());
    throw;
  }
}

std::string TappedLink::discard_input() {
  std::string bytes = link_->discard_input();
  if (!bytes.empty()) tell(WireEvent::Kind::discarded, bytes);
  return bytes;
}

}  // namespace nocturne
