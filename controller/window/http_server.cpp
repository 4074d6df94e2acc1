#include "controller/window/http_server.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <charconv>

#include "controller/window/problem.hpp"

namespace nocturne {
namespace {

using asio::ip::tcp;

constexpr Duration kWithoutDescriptors = std::chrono::milliseconds{100};
constexpr Duration kLastWords = std::chrono::milliseconds{200};  // for viewers to learn how it ended
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr const char* kProblemType = "application/problem+json";
constexpr int kStreamBufferBytes = 256 * 1024;  // what the system holds back for a viewer

/// Adds to a count as long as it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count, std::size_t by = 1) : count_{count}, by_{by} { count_ += by_; }
  ~Counted() { count_ -= by_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
  const std::size_t by_;
};

/// One of the connections of an address.
class Seat {
 public:
  Seat(std::map<std::string, std::size_t>& taken, std::string from) : taken_{taken}, from_{std::move(from)} {
    ++taken_[from_];
  }
  ~Seat() {
    if (--taken_[from_] == 0) taken_.erase(from_);
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  std::map<std::string, std::size_t>& taken_;
  const std::string from_;
};

/// One of those who ask for a computation, which is forgotten when the last of them leaves.
template <class Computations>
class Asker {
 public:
  Asker(Computations& computations, typename Computations::key_type key)
      : computations_{computations}, key_{std::move(key)} {
    ++computations_[key_].askers;
  }
  ~Asker() {
    if (--computations_[key_].askers == 0) computations_.erase(key_);
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

 private:
  Computations& computations_;
  const typename Computations::key_type key_;
};

HttpReply busy(const std::string& why) { return reply_of(HttpProblem{503, why, {{"Retry-After", "5"}}}); }

/// "192.168.1.7", also where the socket speaks IPv6; empty = it is gone already.
std::string address_of(const tcp::socket& socket) {
  boost::system::error_code gone;
  asio::ip::address address = socket.remote_endpoint(gone).address();
  if (gone) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.to_string();
}

/// What has arrived of a request, without waiting.
HttpRequest glance_at(tcp::socket& socket) {
  std::array<char, 4096> bytes{};
  boost::system::error_code ignored;
  const std::size_t size = socket.receive(asio::buffer(bytes), asio::socket_base::message_peek, ignored);
  HttpRequest seen;
  seen.fields = {{"Accept", std::string{bytes.data(), size}}};
  return seen;
}

std::string event_text(const News& news) {
  std::string text = "event: " + news.name + "\n";
  for (std::size_t begin = 0; begin <= news.json.size();) {
    const std::size_t end = std::min(news.json.find('\n', begin), news.json.size());
    text += "data: " + news.json.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text + "\n";
}

}  // namespace

ListenAddress parse_listen_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  ListenAddress address;
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    if (address.host.starts_with('[') && address.host.ends_with(']'))
      address.host = address.host.substr(1, address.host.size() - 2);
    else if (address.host.find(':') != std::string::npos)
      address.host.clear();
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    const bool is_port = error == std::errc{} && rest == end && address.port >= 0 && address.port <= 65535;
    if (is_port && !address.host.empty()) return address;
  }
  throw std::invalid_argument{"'" + text + "' is no address to listen on (HOST:PORT, such as " +
                              "127.0.0.1:8350 or [::1]:8350)"};
}

HttpServer::HttpServer(const ListenAddress& address, const WindowLimits& limits, HttpFields always)
    : limits_{limits}, always_{std::move(always)}, broadcast_{limits.kept_news_bytes} {
  try {
    tcp::resolver resolver{clock_.io()};
    const tcp::endpoint local =
        *resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive).begin();
    acceptor_.open(local.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    acceptor_.bind(local);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw std::invalid_argument{
        fmt::format("{}:{}: cannot be listened on ({}; another HOST:PORT may be free)", address.host,
                    address.port, error.code().message())};
  }
}

void HttpServer::run(Reception& reception, Task<void> until,
                     const std::function<void(const std::string&)>& tell) {
  clock_.run(serve(reception, std::move(until), tell));
}

Task<void> HttpServer::serve(Reception& reception, Task<void> until,
                             std::function<void(const std::string&)> tell) {
  worker_.emplace(clock_);
  Background connections{clock_};
  std::exception_ptr failure;
  try {
    co_await race(std::move(until), accept(reception, connections), spread_news(reception, tell));
  } catch (...) {
    failure = std::current_exception();
  }
  closing_ = true;
  acceptor_.close();
  add_news(reception, tell);
  news_came_.notify_all();
  if (counts_.viewers > 0) co_await clock_.sleep_for(kLastWords);
  connections.stop();
  while (counts_.connections > 0) co_await connection_ended_.wait();
  if (failure) std::rethrow_exception(failure);
}

bool HttpServer::admits(const std::string& from) const {
  const auto taken = connections_of_.find(from);
  return counts_.connections < limits_.connections &&
         (taken == connections_of_.end() || taken->second < limits_.connections_of_one_address);
}

Task<void> HttpServer::accept(Reception& reception, Background& connections) {
  for (;;) {
    boost::system::error_code error;
    tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) {  // no descriptor is free, or it was gone before it was accepted
      co_await clock_.sleep_for(kWithoutDescriptors);
      continue;
    }
    ++counts_.accepted;
    std::string from = address_of(socket);
    if (from.empty()) continue;
    if (!admits(from)) {
      ++counts_.turned_away;
      turn_away(socket);
      continue;
    }
    connections.start(attend(reception, std::move(socket), std::move(from)),
                      [](const std::exception_ptr&) {});
  }
}

Task<void> HttpServer::spread_news(Reception& reception, std::function<void(const std::string&)> tell) {
  Instant last_beat = clock_.now();
  for (;;) {
    co_await clock_.sleep_for(limits_.news_every);
    const Broadcast::Place before = broadcast_.end();
    if (clock_.now() - last_beat >= limits_.heartbeat) {
      broadcast_.add(": still here\n\n");
      last_beat = clock_.now();
    }
    add_news(reception, tell);
    if (broadcast_.end() > before) news_came_.notify_all();
  }
}

void HttpServer::add_news(Reception& reception, const std::function<void(const std::string&)>& tell) {
  std::string trouble;
  try {
    for (const News& one : reception.news()) broadcast_.add(event_text(one));
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (trouble == last_trouble_) return;
  last_trouble_ = trouble;
  if (trouble.empty()) return tell("the window has news again");
  tell("no news for the window: " + trouble);
  broadcast_.add(event_text({"unreadable", answer_of(unreadable(trouble)).body}));
}

Task<void> HttpServer::attend(Reception& reception, Socket socket, std::string from) {
  try {
    const Counted connected{counts_.connections};
    const Seat seat{connections_of_, from};
    HttpConnection connection{clock_, std::move(socket), limits_, always_};
    co_await converse(reception, connection, from);
  } catch (const std::exception&) {  // it broke, or this closes: nobody is there to be told
  }
  connection_ended_.notify_all();
}

Task<void> HttpServer::converse(Reception& reception, HttpConnection& connection, std::string from) {
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await attend_once(reception, connection, from);
  }
}

Task<bool> HttpServer::attend_once(Reception& reception, HttpConnection& connection, std::string from) {
  std::optional<HttpRequest> request;
  HttpReply reply;
  try {
    request = co_await connection.read();
    if (!request) co_return false;
  } catch (const HttpProblem& problem) {
    reply = reply_of(problem);
  }
  if (request) {
    ++counts_.requests;
    request->from = std::move(from);
    Reception::Decision decision = reception.receive(*request, clock_.now());
    if (std::holds_alternative<Reception::Viewing>(decision)) {
      co_await stream_to(connection, *request);
      co_return false;
    }
    if (Question* const question = std::get_if<Question>(&decision)) {
      reply = co_await answer_slowly(reception, std::move(*question));
    } else {
      reply = std::get<HttpReply>(std::move(decision));
    }
  }
  co_await send(connection, std::move(reply), request ? &*request : nullptr);
  if (!connection.goes_on()) co_await connection.close();
  co_return connection.goes_on();
}

Task<HttpReply> HttpServer::answer_slowly(Reception& reception, Question question) {
  const SlowQuestion key{question.path, question.parameters};
  const bool is_new = !computations_.contains(key);
  if (is_new && computations_.size() >= limits_.slow_questions)
    co_return busy("too many questions that need computing wait already (ask again in a moment)");
  Computation& computation = computations_[key];
  const Asker asker{computations_, key};
  if (is_new) {
    computation.reply = co_await compute(reception, std::move(question));
    computed_.notify_all();
  }
  while (!computation.reply) co_await computed_.wait();
  co_return *computation.reply;
}

Task<HttpReply> HttpServer::compute(Reception& reception, Question question) {
  auto job = [&] { return closing_ ? busy("the window closes") : reception.answer(question); };
  HttpReply reply = co_await worker_->run(job);
  co_return reply;
}

/// Without waiting: there may be thousands.
void HttpServer::turn_away(Socket& socket) const {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  HttpReply reply = busy("too many connections are open");
  if (wants_page(glance_at(socket))) reply = as_page(std::move(reply));
  HttpFields fields = always_;
  fields.insert(fields.end(), reply.fields.begin(), reply.fields.end());
  std::string text = fmt::format("HTTP/1.1 503 Busy\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                                 reply.media_type, reply.body.size());
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  text += "Connection: close\r\n\r\n" + reply.body;
  socket.write_some(asio::buffer(text), ignored);
}

Task<void> HttpServer::send(HttpConnection& connection, HttpReply reply, const HttpRequest* request) {
  if (reply_bytes_ + reply.body.size() > limits_.reply_bytes)
    reply = busy("too much is on its way to others");
  if (request && reply.media_type == kProblemType && wants_page(*request)) reply = as_page(std::move(reply));
  const Counted on_the_way{reply_bytes_, reply.body.size()};
  const bool without_content = request && request->method == "HEAD";
  co_await connection.write(std::move(reply), without_content);
}

Task<void> HttpServer::stream_to(HttpConnection& connection, const HttpRequest& request) {
  connection.end_after_reply();
  if (counts_.viewers >= limits_.viewers) {
    HttpReply full = busy("too many look on already");
    co_await send(connection, std::move(full), &request);
    co_await connection.close();
    co_return;
  }
  const Counted viewing{counts_.viewers};
  Broadcast::Place place = broadcast_.end();
  try {
    co_await connection.begin_stream(kStreamBufferBytes);
    co_await race(feed(connection, place), watch_over(place), connection.wait_for_end());
  } catch (const TimedOut&) {
    ++counts_.dropped_viewers;
  }
}

/// Throws TimedOut if the viewer does not read what it gets.
Task<void> HttpServer::feed(HttpConnection& connection, Broadcast::Place& place) {
  for (;;) {
    while (place == broadcast_.end()) co_await news_came_.wait();
    std::optional<std::string> piece = broadcast_.take(place, kPieceBytes);
    if (!piece) throw TimedOut{};
    co_await connection.write_piece(*std::move(piece));
  }
}

/// Throws TimedOut if the viewer has fallen too far behind.
Task<void> HttpServer::watch_over(const Broadcast::Place& place) {
  while (broadcast_.keeps(place)) co_await news_came_.wait();
  throw TimedOut{};
}

}  // namespace nocturne
