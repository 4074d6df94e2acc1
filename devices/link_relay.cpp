#include "devices/link_relay.hpp"

#include <utility>

#include "devices/error.hpp"

namespace nocturne {
namespace {

Task<void> pass_on(ByteLink& from, ByteLink& to) {
  for (;;) {
    std::string bytes = co_await from.read_some();
    co_await to.write(std::move(bytes));
  }
}

}  // namespace

LinkRelay::LinkRelay(Clock& clock, Line::Opener opener)
    : clock_{clock}, opener_{std::move(opener)}, listener_{clock, "127.0.0.1", 0}, serving_{clock} {
  serving_.start(serve(), [](const std::exception_ptr&) {});  // who waits for a reply finds out
}

LinkRelay::~LinkRelay() {
  serving_.stop();
  clock_.io().restart();
  clock_.io().poll();  // what serves must end before the listener does
}

Task<void> LinkRelay::serve() {
  for (;;) {
    const std::unique_ptr<ByteLink> client = co_await listener_.accept();
    try {
      co_await serve_client(*client);
    } catch (const DeviceError&) {
      // This client or its link is gone; the next one is welcome.
    }
  }
}

Task<void> LinkRelay::serve_client(ByteLink& client) {
  const std::unique_ptr<ByteLink> link = co_await opener_();
  co_await race(pass_on(client, *link), pass_on(*link, client));
}

}  // namespace nocturne
