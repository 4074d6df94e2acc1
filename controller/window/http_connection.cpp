#include "controller/window/http_connection.hpp"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "devices/concurrency.hpp"

namespace nocturne {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;
using Message = http::response<http::span_body<const char>>;

constexpr Duration kHearOut = std::chrono::seconds{2};
constexpr std::size_t kHeardBytes = 256 * 1024;

/// What a broken request is called; nullopt = the connection broke, and nobody is there to be told.
std::optional<HttpProblem> problem_of(const boost::system::error_code& error, const WindowLimits& limits) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return HttpProblem{431, fmt::format("a header has at most {} bytes", limits.header_bytes)};
  if (error == http::error::body_limit)
    return HttpProblem{413, fmt::format("a body has at most {} bytes", limits.body_bytes)};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  static const boost::system::error_code any = http::error::bad_method;
  if (error.category() != any.category()) return std::nullopt;
  return HttpProblem{400, "this is no HTTP request (" + error.message() + ")"};
}

HttpRequest request_of(Parser::value_type&& message) {
  HttpRequest request;
  request.method = std::string{message.method_string()};
  request.target = std::string{message.target()};
  for (const auto& field : message)
    request.fields.emplace_back(std::string{field.name_string()}, std::string{field.value()});
  request.body = std::move(message.body());
  return request;
}

Message head_of(int status, const std::string& media_type, const HttpFields& always) {
  Message message;
  message.version(11);
  message.result(static_cast<unsigned>(status));
  for (const auto& [name, value] : always) message.set(name, value);
  if (!media_type.empty()) message.set(http::field::content_type, media_type);
  return message;
}

}  // namespace

HttpConnection::HttpConnection(Clock& clock, asio::ip::tcp::socket socket, const WindowLimits& limits,
                               const HttpFields& always)
    : clock_{clock}, socket_{std::move(socket)}, limits_{limits}, always_{always} {
  boost::system::error_code ignored;  // without it only the delay grows
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

Task<std::optional<HttpRequest>> HttpConnection::read() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  parser.body_limit(limits_.body_bytes);
  auto buffer = asio::dynamic_buffer(received_, limits_.header_bytes + limits_.body_bytes);
  std::optional<HttpProblem> problem;
  bool has_begun = !received_.empty();
  try {
    if (!has_begun)
      co_await with_timeout(clock_, limits_.idle,
                            socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::use_awaitable));
    has_begun = true;
    co_await with_timeout(clock_, limits_.request,
                          http::async_read(socket_, buffer, parser, asio::use_awaitable));
  } catch (const TimedOut&) {
    if (has_begun) problem.emplace(408, "the request did not arrive in time");
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    problem = problem_of(error.code(), limits_);
  }
  goes_on_ = parser.is_done() && parser.keep_alive();
  if (problem) throw *problem;
  std::optional<HttpRequest> request;
  if (parser.is_done()) request = request_of(parser.release());
  co_return request;
}

Task<void> HttpConnection::write(HttpReply reply, bool without_content) {
  Message message = head_of(reply.status, reply.media_type, always_);
  for (const auto& [name, value] : reply.fields) message.set(name, value);
  const std::string_view content = reply.content();
  if (reply.status != 204 && reply.status != 304) message.content_length(content.size());
  message.keep_alive(goes_on_);
  if (!without_content) message.body() = {content.data(), content.size()};
  http::response_serializer<Message::body_type> serializer{message};
  if (without_content || content.empty()) {
    serializer.split(true);
    co_await with_timeout(clock_, limits_.reply,
                          http::async_write_header(socket_, serializer, asio::use_awaitable));
  } else {
    co_await with_timeout(clock_, limits_.reply, http::async_write(socket_, serializer, asio::use_awaitable));
  }
}

Task<void> HttpConnection::begin_stream(int held_bytes) {
  boost::system::error_code ignored;  // then the system holds more
  socket_.set_option(asio::socket_base::send_buffer_size{held_bytes}, ignored);
  Message message = head_of(200, "text/event-stream; charset=utf-8", always_);
  message.set(http::field::cache_control, "no-store");
  message.keep_alive(false);  // the end of the connection is the end of the stream
  http::response_serializer<Message::body_type> serializer{message};
  serializer.split(true);
  co_await with_timeout(clock_, limits_.reply,
                        http::async_write_header(socket_, serializer, asio::use_awaitable));
}

Task<void> HttpConnection::write_piece(std::string piece) {
  co_await with_timeout(clock_, limits_.reply,
                        asio::async_write(socket_, asio::buffer(piece), asio::use_awaitable));
}

Task<void> HttpConnection::wait_for_end() {
  co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::use_awaitable);
}

Task<void> HttpConnection::close() {
  boost::system::error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  auto hear_out = [&]() -> Task<void> {
    std::string heard(4096, '\0');
    for (std::size_t bytes = 0; !error && bytes < kHeardBytes;)
      bytes += co_await socket_.async_read_some(asio::buffer(heard),
                                                asio::redirect_error(asio::use_awaitable, error));
  };
  try {
    co_await with_timeout(clock_, kHearOut, hear_out());
  } catch (const TimedOut&) {  // long enough
  }
  socket_.close(error);
}

}  // namespace nocturne
