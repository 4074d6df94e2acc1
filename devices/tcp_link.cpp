#include "devices/tcp_link.hpp"

#include <boost/asio/connect.hpp>

#include "devices/concurrency.hpp"
#include "devices/stream_link.hpp"

namespace nocturne {
namespace {

using asio::ip::tcp;

std::string endpoint_of(const std::string& host, int port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "tcp://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::unique_ptr<ByteLink> make_link(std::string endpoint, tcp::socket socket) {
  boost::system::error_code ignored;  // without it only the delay grows
  socket.set_option(tcp::no_delay{true}, ignored);
  return std::make_unique<detail::StreamLink<tcp::socket>>(std::move(endpoint), std::move(socket));
}

Task<void> connect(tcp::socket& socket, std::string host, int port) {
  tcp::resolver resolver{socket.get_executor()};
  const auto addresses = co_await resolver.async_resolve(host, std::to_string(port), asio::use_awaitable);
  co_await asio::async_connect(socket, addresses, asio::use_awaitable);
}

}  // namespace

Task<std::unique_ptr<ByteLink>> connect_tcp(Clock& clock, std::string host, int port, Duration deadline) {
  const std::string endpoint = endpoint_of(host, port);
  tcp::socket socket{clock.io()};
  try {
    co_await with_timeout(clock, deadline, connect(socket, host, port));
  } catch (const TimedOut&) {
    throw DeviceError{DeviceFault::unreachable, endpoint, "did not accept a connection in time"};
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    throw DeviceError{DeviceFault::unreachable, endpoint,
                      "cannot be connected (" + error.code().message() + ")"};
  }
  co_return make_link(endpoint, std::move(socket));
}

TcpListener::TcpListener(Clock& clock, const std::string& address, int port) : acceptor_{clock.io()} {
  try {
    const tcp::endpoint local{asio::ip::make_address(address), static_cast<unsigned short>(port)};
    acceptor_.open(local.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    acceptor_.bind(local);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw DeviceError{DeviceFault::unreachable, endpoint_of(address, port),
                      "cannot be listened on (" + error.code().message() + ")"};
  }
}

int TcpListener::port() const { return acceptor_.local_endpoint().port(); }

std::string TcpListener::endpoint() const {
  return endpoint_of(acceptor_.local_endpoint().address().to_string(), port());
}

Task<std::unique_ptr<ByteLink>> TcpListener::accept() {
  tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
  boost::system::error_code gone;
  const tcp::endpoint client = socket.remote_endpoint(gone);
  co_return make_link(endpoint_of(client.address().to_string(), client.port()), std::move(socket));
}

}  // namespace nocturne
