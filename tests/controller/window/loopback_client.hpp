#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/window/http_message.hpp"

namespace nocturne::test {

/// What a client got, taken apart.
struct Got {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< names in small letters
  std::string body;

  bool has(const std::string& name) const { return fields.contains(name); }
  std::string field(const std::string& name) const { return has(name) ? fields.at(name) : ""; }
};

/// A blocking connection to this machine that says exactly what it is told to.
class LoopbackClient {
 public:
  /// `from` is one of the addresses 127.x.x.x; `receive_bytes` is what the system takes in for it.
  explicit LoopbackClient(int port, const char* from = "127.0.0.1", int receive_bytes = 0)
      : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    if (receive_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    const int many_clients = 1;
    ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &many_clients, sizeof many_clients);
    sockaddr_in here = address(from, 0), there = address("127.0.0.1", port);
    connected_ = ::bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0 &&
                 ::connect(socket_, reinterpret_cast<sockaddr*>(&there), sizeof there) == 0;
  }
  ~LoopbackClient() { ::close(socket_); }
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  bool connected() const { return connected_; }
  /// Whether all of it went out.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void stop_sending() { ::shutdown(socket_, SHUT_WR); }

  /// Takes in what comes next; false at the end of the connection, or after a long silence.
  bool receive() {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, kLongSilence_ms) != 1) return false;
    char bytes[65536];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }
  /// Everything up to the end of the connection.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  /// Everything up to and with these words; empty if they never come.
  std::string until(std::string_view words) {
    std::size_t at = 0;
    while ((at = received_.find(words)) == std::string::npos)
      if (!receive()) return {};
    std::string text = received_.substr(0, at + words.size());
    received_.erase(0, text.size());
    return text;
  }
  /// The next reply; status 0 if there comes none. `has_content` is false after HEAD.
  Got reply(bool has_content = true) {
    const std::string head = until("\r\n\r\n");
    Got got;
    if (!head.starts_with("HTTP/1.1 ")) return got;
    got.status = std::atoi(head.c_str() + 9);
    for (std::size_t begin = head.find("\r\n") + 2; begin + 2 < head.size();) {
      const std::size_t end = head.find("\r\n", begin), colon = head.find(": ", begin);
      got.fields[in_lower_case(head.substr(begin, colon - begin))] = head.substr(colon + 2, end - colon - 2);
      begin = end + 2;
    }
    const auto length = got.fields.find("content-length");
    if (!has_content || length == got.fields.end()) return got;
    const std::size_t size = std::stoul(length->second);
    while (received_.size() < size && receive()) {
    }
    got.body = received_.substr(0, size);
    received_.erase(0, size);
    return got;
  }

 private:
  static constexpr int kLongSilence_ms = 60'000;
  static sockaddr_in address(const char* host, int port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, host, &result.sin_addr);
    return result;
  }

  const int socket_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace nocturne::test
