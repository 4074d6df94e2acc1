#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "controller/window/http_message.hpp"
#include "controller/window/window_limits.hpp"
#include "devices/clock.hpp"

namespace nocturne {

/// HTTP/1.1 on one socket. Everything it waits for has a limit; a connection that breaks throws
/// boost::system::system_error.
class HttpConnection {
 public:
  /// `always` stands in every reply. What is passed by reference must outlive the connection.
  HttpConnection(Clock& clock, asio::ip::tcp::socket socket, const WindowLimits& limits,
                 const HttpFields& always);

  /// The next request; nullopt when there comes none. Throws HttpProblem for what cannot be understood, is
  /// too large or too slow: nothing more can be read then.
  Task<std::optional<HttpRequest>> read();
  /// Whether the other end wants to go on after the reply.
  bool goes_on() const { return goes_on_; }
  void end_after_reply() { goes_on_ = false; }

  /// `without_content` tells the length only (HEAD). Throws TimedOut if the other end does not read.
  Task<void> write(HttpReply reply, bool without_content);
  /// The head of a reply that has no end; what follows goes to write_piece(). The system may hold back about
  /// `held_bytes` of it.
  Task<void> begin_stream(int held_bytes);
  Task<void> write_piece(std::string piece);
  /// When the other end has closed, or sent what nobody asked for.
  Task<void> wait_for_end();

  /// After the last reply: hears the other end out for a moment, or it might lose the reply to a reset.
  Task<void> close();

 private:
  Clock& clock_;
  asio::ip::tcp::socket socket_;
  const WindowLimits& limits_;
  const HttpFields& always_;
  std::string received_;  ///< and not understood yet
  bool goes_on_ = true;
};

}  // namespace nocturne
