#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "devices/new_era_protocol.hpp"
#include "fuzz/read_pump_replies.hpp"

namespace nocturne::test {
namespace {

/// What pumps of every dialect say.
std::vector<std::string> replies() {
  return {new_era::packet("00SNE1000V3.928"),
          new_era::packet("00IRAT"),
          new_era::packet("00A?T"),
          new_era::packet("00I1.200W0.000ML"),
          "\x02"
          "00S12.34MM\x03",
          "\n1.69023 ul\r\n>\x11",
          "\n02:25.0404 nl/min to 26.0035 ml/min\r\n02:\x11",
          "\n00:14.4300 mm\r\n00:\x11",
          "\nT*\n16666667 60000 1000000000 I...iT\r\nT*\x11",
          "\nArgument error: 2\r\n   Target volume out of range\r\n:\x11",
          "\nPHD ULTRA 3.0.5\r\n:",
          "set rate 0.65\rrate = 0.650000\r\n>",
          "125.9622 0.0002 106.0288 0.0141\r\n>",
          "Pump stop!\r\n>4\r\n"};
}

/// One or several replies with some bytes changed, cut out, doubled or put in.
class LineDamage {
 public:
  std::string next() {
    std::string text;
    for (std::size_t i = 0, times = 1 + below(4); i < times; ++i) text += replies_[below(replies_.size())];
    for (std::size_t i = 0, times = below(4); i < times && !text.empty(); ++i) damage(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void damage(std::string& text) {
    constexpr char telling[] = "\x02\x03\x11\r\n\0:><*T=.-+eE 09\x7F\x80\xFF";
    const std::size_t at = below(text.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(20, text.size() - at));
    switch (below(5)) {
      case 0:
        text[at] = telling[below(sizeof telling - 1)];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(below(text.size()), length));
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(random_() & 0xFF));
        break;
      default:
        text.insert(at, length * 300, text[at]);
    }
  }

  const std::vector<std::string> replies_ = replies();
  std::mt19937_64 random_{21};
};

}  // namespace

TEST_CASE("pump replies: every whole one is a reply in its dialect") {
  for (const std::string& text : replies()) {
    CAPTURE(text);
    CHECK(read_pump_replies("\x01" + text) >= 1);
  }
}

TEST_CASE(
    "pump replies: thirty thousand damaged conversations are read or refused, and nothing grows without "
    "end") {
  LineDamage damage;
  std::size_t found = 0;
  for (int i = 0; i < 30000; ++i) {
    const std::string text = damage.next();
    CAPTURE(text);
    std::size_t here = 0;
    REQUIRE_NOTHROW(here = read_pump_replies(text));
    found += here;
  }
  CHECK(found > 30000);
}

}  // namespace nocturne::test
