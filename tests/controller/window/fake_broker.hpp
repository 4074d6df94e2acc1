#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nocturne::test {

/// An MQTT 3.1.1 broker for one client after the other, written from the standard: it accepts whoever comes
/// and keeps what is published.
class FakeBroker {
 public:
  struct Message {
    std::string topic, content;
    bool kept_by_broker = false;
  };

  /// Port 0 takes a free one.
  explicit FakeBroker(int port = 0) : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const int again = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0)
      throw std::runtime_error{"no port for a broker"};
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~FakeBroker() {
    ::shutdown(listener_, SHUT_RDWR);
    {
      const std::lock_guard lock{mutex_};
      if (client_ >= 0) ::shutdown(client_, SHUT_RDWR);
    }
    thread_.join();
    ::close(listener_);
  }
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;

  int port() const { return port_; }
  /// Whether so many messages have come, or come within a minute.
  bool has(std::size_t count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::minutes{1}, [&] { return messages_.size() >= count; });
  }
  bool has_client() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::minutes{1}, [&] { return greeted_; });
  }
  std::vector<Message> messages() {
    const std::lock_guard lock{mutex_};
    return messages_;
  }

 private:
  void serve() {
    for (int client = 0; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      {
        const std::lock_guard lock{mutex_};
        client_ = client;
      }
      while (take_packet(client)) {
      }
      const std::lock_guard lock{mutex_};
      client_ = -1;
      ::close(client);
    }
  }

  bool take_packet(int client) {
    const std::string head = bytes(client, 1);
    if (head.empty()) return false;
    std::size_t length = 0, shift = 0;
    for (std::string part = "\x80"; static_cast<unsigned char>(part[0]) >= 0x80; shift += 7) {
      part = bytes(client, 1);
      if (part.empty()) return false;
      length |= static_cast<std::size_t>(part[0] & 0x7f) << shift;
    }
    const std::string rest = bytes(client, length);
    if (rest.size() < length) return false;
    switch (static_cast<unsigned char>(head[0]) >> 4) {
      case 1:
        return greet(client);
      case 3:
        return keep(rest, (head[0] & 1) != 0);
      case 12:
        return send(client, std::string{"\xd0\x00", 2});
      default:
        return false;
    }
  }
  bool greet(int client) {
    const bool sent = send(client, std::string{"\x20\x02\x00\x00", 4});
    const std::lock_guard lock{mutex_};
    greeted_ = true;
    changed_.notify_all();
    return sent;
  }
  bool keep(const std::string& packet, bool retained) {
    const std::size_t size =
        256 * static_cast<unsigned char>(packet[0]) + static_cast<unsigned char>(packet[1]);
    const std::lock_guard lock{mutex_};
    messages_.push_back({packet.substr(2, size), packet.substr(2 + size), retained});
    changed_.notify_all();
    return true;
  }
  static bool send(int client, const std::string& text) {
    return ::send(client, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  static std::string bytes(int client, std::size_t count) {
    std::string text(count, '\0');
    return ::recv(client, text.data(), count, MSG_WAITALL) == static_cast<ssize_t>(count) ? text : "";
  }

  const int listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int client_ = -1;
  bool greeted_ = false;
  std::vector<Message> messages_;
  std::thread thread_;
};

}  // namespace nocturne::test
