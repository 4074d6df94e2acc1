#pragma once

#include "devices/concurrency.hpp"
#include "devices/line.hpp"
#include "devices/tcp_link.hpp"

namespace nocturne {

/// A TCP port of our own for a partner that insists on opening its port itself, as libmodbus does. Behind it
/// a link is opened for each client, one at a time, and every byte passed on as it arrives. A client leaves
/// when its link breaks or cannot be opened; the link is closed when its client leaves.
class LinkRelay {
 public:
  /// Throws DeviceError{unreachable} if no port can be had. `clock` must outlive the relay.
  LinkRelay(Clock& clock, Line::Opener opener);
  ~LinkRelay();

  /// On 127.0.0.1.
  int port() const { return listener_.port(); }

 private:
  Task<void> serve();
  Task<void> serve_client(ByteLink& client);

  Clock& clock_;
  const Line::Opener opener_;
  TcpListener listener_;
  Background serving_;
};

}  // namespace nocturne
