#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "devices/virtual/modbus_wire.hpp"
#include "fuzz/talk_modbus.hpp"

namespace nocturne::test {

namespace {

std::string word(unsigned value) {
  return {static_cast<char>(value >> 8 & 0xFFu), static_cast<char>(value & 0xFFu)};
}

/// Requests near what the units have, in frames that are mostly right.
class Requests {
 public:
  std::string next() {
    std::string stream(1, static_cast<char>(below(256)));  // how the stream is cut
    const bool rtu = below(2) == 0;
    const unsigned times = 1 + below(4);
    for (unsigned i = 0; i < times; ++i) stream += rtu ? rtu_frame(pdu()) : tcp_frame(pdu());
    const unsigned damages = below(3);
    for (unsigned i = 0; i < damages; ++i) stream[below(stream.size())] = static_cast<char>(below(256));
    return stream;
  }
  std::string bare() { return "\x01" + pdu(); }

 private:
  unsigned below(std::size_t n) { return static_cast<unsigned>(random_() % n); }

  unsigned address() {
    static const std::vector<unsigned> known{0,    1,    24,   26,     30,     40,    60,   111,  131,
                                             200,  273,  360,  531,    684,    724,   1480, 1880, 2160,
                                             2360, 2490, 2494, 2640,   2664,   4145,  5020, 5040, 2186,
                                             2666, 386,  382,  0x8004, 0x80DE, 0xFFFE};
    return known[below(known.size())] + (below(4) == 0 ? below(8) : 0);
  }
  std::string value() {
    static const std::vector<unsigned> telling{0,  1,   10,  14,     15,     30,     54,     59,
                                               62, 100, 106, 0x42F6, 0x7F80, 0x7FC0, 0xFFFF, 0xC47A};
    return word(below(3) == 0 ? below(0x10000) : telling[below(telling.size())]);
  }
  std::string pdu() {
    static constexpr char functions[] = {1, 3, 4, 5, 6, 16, 16, 16, 2, 43};
    const char function = functions[below(sizeof functions)];
    std::string pdu = function + word(address());
    if (function != 16) return pdu + (function >= 5 ? value() : word(below(140)));
    const unsigned count = 1 + below(below(8) == 0 ? 123 : 6);
    pdu += word(count) + static_cast<char>(2 * count);
    for (unsigned i = 0; i < count; ++i) pdu += value();
    return pdu;
  }
  std::string rtu_frame(const std::string& pdu) {
    const std::string body = static_cast<char>(1 + below(4)) + pdu;
    const unsigned check = virtual_modbus::crc(body);
    return body + static_cast<char>(check & 0xFFu) + static_cast<char>(check >> 8);
  }
  std::string tcp_frame(const std::string& pdu) {
    return word(below(0x10000)) + word(0) + word(static_cast<unsigned>(pdu.size()) + 1) + "\x01" + pdu;
  }

  std::mt19937_64 random_{6};
};

}  // namespace

TEST_CASE("virtual modbus: thousands of damaged streams get whole answers or silence, and nothing else") {
  Requests requests;
  int found = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string bytes = i % 2 == 0 ? requests.next() : requests.bare();
    CAPTURE(bytes);
    REQUIRE_NOTHROW(found += talk_modbus(bytes));
  }
  CHECK(found > 1000);
}

TEST_CASE("virtual modbus: noise is no request and does not pile up") {
  std::mt19937_64 random{7};
  for (int i = 0; i < 20; ++i) {
    std::string bytes(20000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xFFu);
    REQUIRE_NOTHROW(talk_modbus(bytes));
  }
}

}  // namespace nocturne::test
