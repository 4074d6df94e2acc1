#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "controller/window/broadcast.hpp"
#include "controller/window/http_connection.hpp"
#include "controller/window/reception.hpp"
#include "controller/window/window_limits.hpp"
#include "devices/concurrency.hpp"
#include "devices/worker.hpp"

namespace nocturne {

/// Where to listen.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< a name or an address
  int port = 8350;                 ///< 0 = a free one
};

/// "127.0.0.1:8350", "[::1]:8350", "lab-pc:8350". Throws std::invalid_argument.
ListenAddress parse_listen_address(const std::string& text);

/// The window's door: accepts connections, reads requests, and sends what the reception decides. It has a
/// loop of its own, and shares nothing with a campaign.
class HttpServer {
 public:
  /// Listens at once; connections wait until run(). Throws std::invalid_argument if the address cannot be
  /// had.
  HttpServer(const ListenAddress& address, const WindowLimits& limits, HttpFields always);

  asio::ip::address address() const { return acceptor_.local_endpoint().address(); }
  int port() const { return acceptor_.local_endpoint().port(); }
  Clock& clock() { return clock_; }

  /// Serves until `until` ends; then viewers get the last news, and every connection is closed. `tell` gets a
  /// line when news cannot be had, and viewers an event that says why; and a line when they can again.
  void run(Reception& reception, Task<void> until, const std::function<void(const std::string&)>& tell);

  /// How many of each there are, or were.
  struct Counts {
    std::size_t connections = 0, viewers = 0;
    std::uint64_t accepted = 0, requests = 0, turned_away = 0, dropped_viewers = 0;
  };
  const Counts& counts() const { return counts_; }  ///< on the server's thread

 private:
  using Socket = asio::ip::tcp::socket;
  using SlowQuestion = std::pair<std::string, std::map<std::string, std::string>>;
  /// Done once for all who ask the same.
  struct Computation {
    std::optional<HttpReply> reply;
    std::size_t askers = 0;
  };
  Task<void> serve(Reception& reception, Task<void> until, std::function<void(const std::string&)> tell);
  Task<void> accept(Reception& reception, Background& connections);
  Task<void> spread_news(Reception& reception, std::function<void(const std::string&)> tell);
  void add_news(Reception& reception, const std::function<void(const std::string&)>& tell);
  Task<void> attend(Reception& reception, Socket socket, std::string from);
  Task<void> converse(Reception& reception, HttpConnection& connection, std::string from);
  Task<bool> attend_once(Reception& reception, HttpConnection& connection, std::string from);
  Task<HttpReply> answer_slowly(Reception& reception, Question question);
  Task<HttpReply> compute(Reception& reception, Question question);
  /// `request` may be null: what came was none.
  Task<void> send(HttpConnection& connection, HttpReply reply, const HttpRequest* request);
  Task<void> stream_to(HttpConnection& connection, const HttpRequest& request);
  void turn_away(Socket& socket) const;
  Task<void> feed(HttpConnection& connection, Broadcast::Place& place);
  Task<void> watch_over(const Broadcast::Place& place);
  bool admits(const std::string& from) const;

  const WindowLimits limits_;
  const HttpFields always_;
  Counts counts_;
  std::map<std::string, std::size_t> connections_of_;  ///< by address
  std::size_t reply_bytes_ = 0;
  std::map<SlowQuestion, Computation> computations_;  ///< waiting or under way
  Broadcast broadcast_;
  std::string last_trouble_;  ///< with the news; empty = none
  std::atomic<bool> closing_ = false;
  SystemClock clock_;  // dies before what its coroutines touch
  Signal news_came_{clock_.io()}, computed_{clock_.io()}, connection_ended_{clock_.io()};
  asio::ip::tcp::acceptor acceptor_{clock_.io()};
  std::optional<Worker> worker_;
};

}  // namespace nocturne
