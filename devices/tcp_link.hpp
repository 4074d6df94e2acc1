#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "devices/byte_link.hpp"

namespace nocturne {

/// Connects to `host` (name or address). Throws DeviceError{unreachable} if that fails or takes longer than
/// `deadline`.
Task<std::unique_ptr<ByteLink>> connect_tcp(Clock& clock, std::string host, int port, Duration deadline);

/// Waits for clients, one link each: how virtual instruments are offered.
class TcpListener {
 public:
  /// Listens at once; port 0 takes a free one. Throws DeviceError{unreachable} if the address cannot be had.
  TcpListener(Clock& clock, const std::string& address, int port);
  int port() const;
  /// "tcp://127.0.0.1:5601"
  std::string endpoint() const;
  Task<std::unique_ptr<ByteLink>> accept();

 private:
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace nocturne
