#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "devices/ocean_protocol.hpp"
#include "fuzz/read_replies.hpp"

namespace nocturne::test {
namespace {

std::string ocean_reply(std::size_t size, bool md5) {
  ocean::Message message;
  message.flags = ocean::is_reply;
  message.type = 0x101000;
  message.data = std::string(size, '\x5A');
  message.md5 = md5;
  return ocean::encode(message);
}

/// Sound replies of every parser, each behind its byte of choice.
std::vector<std::string> sound_replies() {
  const std::string ocean = "\xFC", vici = "\x09", version = "\x0A", sics = "\x0B";
  return {ocean + ocean_reply(8, false),
          ocean + ocean_reply(2048, false),
          ocean + ocean_reply(4208, true),
          vici + "CP03\r\nCP10\r",
          vici + "CPA\n",
          version + "CEMT-10 3.2\r",
          sics + "S S     12.3456 g\r\n",
          sics + "S D  -0.001 kg\r\nES\r\n",
          sics + "I4 A \"B12\"\r\nS I\r\n"};
}

}  // namespace

TEST_CASE("replies: every sound one is read, in whatever pieces it arrives") {
  for (const std::string& reply : sound_replies()) CHECK(read_replies(reply));
}

TEST_CASE("replies: fifty thousand damaged ones are taken or dropped, and never waited for without end") {
  const std::vector<std::string> whole = sound_replies();
  std::mt19937_64 random{20};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  int sound = 0, dropped = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = whole[below(whole.size())];
    const std::size_t times = 1 + below(4);
    for (std::size_t k = 0; k < times; ++k) {
      const std::size_t at = below(bytes.size()),
                        length = 1 + below(std::min<std::size_t>(40, bytes.size() - at));
      switch (below(5)) {
        case 0:
          bytes[at] = static_cast<char>(random() & 0xFF);
          break;
        case 1:
          if (length < bytes.size()) bytes.erase(at, length);
          break;
        case 2:
          bytes.insert(at, bytes.substr(below(bytes.size()), length));
          break;
        case 3:
          bytes += whole[below(whole.size())].substr(1);
          break;
        default:
          bytes.resize(std::max<std::size_t>(at, 1));
      }
    }
    bool found = false;
    REQUIRE_NOTHROW(found = read_replies(bytes));
    ++(found ? sound : dropped);
  }
  CHECK(sound > 5000);
  CHECK(dropped > 5000);
}

}  // namespace nocturne::test
