#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "devices/virtual/obp_wire.hpp"
#include "fuzz/damage.hpp"
#include "fuzz/talk_to_virtuals.hpp"

namespace nocturne::test {

namespace {

std::string frame(unsigned type, const std::string& data = {}, unsigned flags = 0, bool md5 = false) {
  virtual_obp::Message message;
  message.type = type;
  message.data = data;
  message.flags = static_cast<std::uint16_t>(flags);
  message.md5 = md5;
  return virtual_obp::encoded(message);
}

/// Every model, on a stream and on a serial line, in large and small pieces.
std::vector<std::string> ocean_talks() {
  using virtual_obp::bytes_of;
  const std::string talk = frame(0x100810, bytes_of(1, 1), 4) + frame(0x110010, bytes_of(20'000, 4), 4) +
                           frame(0x100902, bytes_of(3, 4), 4) + frame(0x101000) + frame(0x100928) +
                           frame(0x100980, bytes_of(2, 4)) + frame(0x110410, bytes_of(1, 1), 4) +
                           frame(0x101100) + frame(0x180101, bytes_of(2, 1), 0, true) +
                           frame(0x182011, std::string(64, '?'), 4) + frame(0, {}, 4);
  std::vector<std::string> talks;
  for (int variant = 0; variant < 6; ++variant)
    for (const int line : {0, 0x42})  // 0x42 = 66 is divisible by the number of models
      talks.push_back(std::string{static_cast<char>(variant + line), static_cast<char>(20 + 9 * variant)} +
                      talk);
  std::string records{"\x84\x40", 2};
  for (int i = 0; i < 200; ++i)
    records += {static_cast<char>(i), static_cast<char>(7 * i), static_cast<char>(i % 9), 1, 0, 0};
  talks.push_back(records);
  return talks;
}

std::vector<std::string> vici_talks() {
  std::vector<std::string> talks;
  for (const char* variant : {"0@", "1\x05", "2@", "\x60@", "\x85@"})
    talks.push_back(variant +
                    std::string{"AM\rCP\rGO05\rCP\rCW03\rCC\rNP12\rGO12\rHM\rCNT\rDT50\rTT\rIFM2\rGOB\rSMF\r"
                                "DEL3\rVR\rSTAT\r?\r5CP\r*ID*\rID7\r7CP\rGO\rLRN\r"});
  return talks;
}

std::vector<std::string> balance_talks() {
  std::vector<std::string> talks;
  for (const char* variant : {"2@", "3\x04", "\x46@", "\x81@"})
    talks.push_back(variant +
                    std::string{"@\r\nI0\r\nI1\r\nI4\r\nSI\r\nS\r\nSIR\r\nSI\r\nZ\r\nZI\r\nT\r\nTI\r\nTA\r\n"
                                "TA 1.5 g\r\nTAC\r\nSIR\r\nS\r\nXX\r\n"});
  return talks;
}

/// How many replies `times` damaged talks got.
template <class Talk>
int replies(Talk talk, std::vector<std::string> talks, int times) {
  int count = 0;
  for (const std::string& sound : talks) REQUIRE(talk(sound) > 1);
  Damage damage{std::move(talks)};
  for (int i = 0; i < times; ++i) {
    const std::string text = damage.next();
    CAPTURE(i);
    REQUIRE_NOTHROW(count += talk(text));
  }
  return count;
}

}  // namespace

TEST_CASE("virtual instruments: whatever bytes a spectrometer gets, it answers messages") {
  CHECK(replies(talk_to_ocean, ocean_talks(), 1500) > 3000);
}

TEST_CASE("virtual instruments: whatever bytes a valve gets, it answers lines") {
  CHECK(replies(talk_to_vici, vici_talks(), 1500) > 3000);
}

TEST_CASE("virtual instruments: whatever bytes a balance gets, it answers lines") {
  CHECK(replies(talk_to_balance, balance_talks(), 1500) > 3000);
}

}  // namespace nocturne::test
