#include <doctest/doctest.h>

#include <cmath>

#include "devices/new_era_protocol.hpp"
#include "support/hex.hpp"

namespace nocturne::new_era::test {
namespace {

using nocturne::test::from_hex;
using Kind = FrameVerdict::Kind;

std::string basic(const std::string& body) { return "\x02" + body + "\x03"; }

TEST_CASE("new era: safe-mode packets are those of the manual and of the protocol reference, byte for byte") {
  CHECK(packet("SAF0") == from_hex("02 08 53 41 46 30 55 43 03"));
  CHECK(packet("0SAF0") == from_hex("02 09 30 53 41 46 30 59 AD 03"));
  CHECK(packet("SAF10") == from_hex("02 09 53 41 46 31 30 4C 32 03"));
  CHECK(packet("00S") == from_hex("02 07 30 30 53 AA A6 03"));
  CHECK(packet("VER") == from_hex("02 07 56 45 52 64 E0 03"));
  CHECK(packet("00SNE1000V3.928") == from_hex("02 13 30 30 53 4E 45 31 30 30 30 56 33 2E 39 32 38 27 22 03"));
  CHECK(packet("RAT1.000MM") == from_hex("02 0E 52 41 54 31 2E 30 30 30 4D 4D 1B E9 03"));
  CHECK(packet("RUN") == from_hex("02 07 52 55 4E 68 EE 03"));
  CHECK(packet("STP") == from_hex("02 07 53 54 50 9F 10 03"));
  CHECK(packet("DIS") == from_hex("02 07 44 49 53 1C AF 03"));
  CHECK(packet("00A?T") == from_hex("02 09 30 30 41 3F 54 05 40 03"));
}

TEST_CASE("new era: a reply is read in either framing, and incomplete until its last byte") {
  std::string frame;
  SUBCASE("basic") { frame = basic("07INE1000V3.928"); }
  SUBCASE("safe") { frame = packet("07INE1000V3.928"); }
  Reply reply;
  for (std::size_t length = 1; length < frame.size(); ++length)
    CHECK(examine(frame.substr(0, length), 7, reply).kind == Kind::incomplete);
  const FrameVerdict verdict = examine(frame + "more", 7, reply);
  CHECK(verdict.kind == Kind::reply);
  CHECK(verdict.length == frame.size());
  CHECK(reply.address == 7);
  CHECK(reply.status == 'I');
  CHECK(reply.data == "NE1000V3.928");
}

TEST_CASE("new era: the replies of the protocol reference are read from their bytes") {
  struct Row {
    const char* bytes;
    char status, alarm;
    const char* data;
  };
  for (const Row& row :
       {Row{"02 30 30 53 03", 'S', '\0', ""}, Row{"02 30 30 41 3F 52 03", 'A', 'R', ""},
        Row{"02 07 30 30 53 AA A6 03", 'S', '\0', ""},
        Row{"02 13 30 30 53 4E 45 31 30 30 30 56 33 2E 39 32 38 27 22 03", 'S', '\0', "NE1000V3.928"},
        Row{"02 09 30 30 41 3F 54 05 40 03", 'A', 'T', ""}}) {
    CAPTURE(row.bytes);
    const std::string bytes = from_hex(row.bytes);
    Reply reply;
    const FrameVerdict verdict = examine(bytes, 0, reply);
    CHECK(verdict.kind == Kind::reply);
    CHECK(verdict.length == bytes.size());
    CHECK(reply.status == row.status);
    CHECK(reply.alarm == row.alarm);
    CHECK(reply.data == row.data);
  }
}

TEST_CASE("new era: every state, alarm and error of a reply is told") {
  Reply reply;
  for (const char state : std::string{"IWSPTUX"}) {
    CHECK(examine(basic(std::string{"00"} + state), 0, reply).kind == Kind::reply);
    CHECK(reply.status == state);
    CHECK(reply.alarm == '\0');
  }
  for (const char alarm : std::string{"RSTEO"}) {
    CHECK(examine(basic(std::string{"00A?"} + alarm), 0, reply).kind == Kind::reply);
    CHECK(reply.alarm == alarm);
  }
  for (const std::string error : {"?", "?NA", "?OOR", "?COM", "?IGN"}) {
    CHECK(examine(packet("00S" + error), 0, reply).kind == Kind::reply);
    CHECK(reply.data == error);
  }
}

TEST_CASE("new era: another pump's reply is foreign, and an alarm is told apart from data") {
  Reply reply;
  CHECK(examine(packet("03S"), 4, reply).kind == Kind::foreign);
  CHECK(examine(basic("00A?R"), 0, reply).kind == Kind::reply);
  CHECK(reply.alarm == 'R');
  CHECK(reply.data.empty());
}

TEST_CASE("new era: no packet with a single damaged bit is taken for a reply") {
  const std::string frame = packet("00S12.34MM");
  Reply reply;
  for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    CAPTURE(bit);
    CHECK(examine(damaged, 0, reply).kind != Kind::reply);
  }
}

TEST_CASE("new era: garbage before a frame is skipped up to the frame") {
  Reply reply;
  const FrameVerdict verdict = examine("\xFFzz" + packet("00S"), 0, reply);
  CHECK(verdict.kind == Kind::noise);
  CHECK(verdict.length == 3);
  CHECK(examine("no frame at all", 0, reply).length == 15);
}

TEST_CASE(
    "new era: a number has at most four digits, at most three behind the point, and lies next to the one "
    "asked for") {
  CHECK(quantise(1.0, 0, 1e4).text == "1.000");
  CHECK(quantise(0.0064, 0, 1e4).text == "0.006");
  CHECK(quantise(12.3456, 0, 1e4).text == "12.35");
  CHECK(quantise(99.99, 0, 1e4).text == "99.99");
  CHECK(quantise(9.99951, 0, 1e4).text == "10.00");
  CHECK(quantise(99.996, 0, 1e4).text == "100.0");
  CHECK(quantise(1200.4, 0, 1e4).text == "1200.");
  for (double value = 0.002; value < 9999.0; value *= 1.00731) {
    const new_era::Number number = quantise(value, 0, 1e4);
    CAPTURE(value);
    CHECK(number.value == doctest::Approx(value).epsilon(value < 1.0 ? 0.0005 / value : 0.0006));
    CHECK(std::stod(number.text) == number.value);
    CHECK(std::count_if(number.text.begin(), number.text.end(), [](char c) { return c != '.'; }) <= 4);
    CHECK(number.text.size() - number.text.find('.') - 1 <= 3);
  }
}

TEST_CASE("new era: rounding never leaves the range") {
  CHECK(quantise(28.318, 0, 28.318).value <= 28.318);
  CHECK(quantise(28.318, 0, 28.318).text == "28.31");
  CHECK(quantise(0.38921, 0.38921, 1e4).text == "0.390");
  CHECK(quantise(28.32, 0, 28.32).text == "28.32");
}

TEST_CASE("new era: measures, rates, volumes and versions are read from text, and nonsense is not") {
  CHECK(new_era::parse_measure("12.34MM")->value == doctest::Approx(12.34));
  CHECK(new_era::parse_measure("5.")->value == 5.0);
  CHECK(new_era::parse_measure("99.99")->value == 99.99);
  CHECK(new_era::parse_measure("0.006")->value == 0.006);
  CHECK(new_era::parse_measure("1200.")->value == 1200.0);
  CHECK(new_era::parse_measure("5.")->unit.empty());
  CHECK_FALSE(new_era::parse_measure(""));
  CHECK_FALSE(new_era::parse_measure("?NA"));
  CHECK_FALSE(new_era::parse_measure("-1.0"));
  CHECK(in_microliters_per_minute(*new_era::to_flow({60.0, "UH"})) == doctest::Approx(1.0));
  CHECK(in_milliliters_per_minute(*new_era::to_flow({60.0, "MH"})) == doctest::Approx(1.0));
  CHECK_FALSE(new_era::to_flow({60.0, "XX"}));
  CHECK(in_milliliters(new_era::parse_dispensed("I1.200W0.250ML")->infused) == doctest::Approx(1.2));
  CHECK(in_milliliters(new_era::parse_dispensed("I1.200W0.250ML")->withdrawn) == doctest::Approx(0.25));
  CHECK(in_microliters(new_era::parse_dispensed("I9.999W0.000UL")->infused) == doctest::Approx(9.999));
  CHECK_FALSE(new_era::parse_dispensed("I1.200ML"));
  CHECK_FALSE(new_era::parse_dispensed("I1.200W0.000"));
  CHECK_FALSE(new_era::parse_dispensed("?NA"));
  CHECK(new_era::is_version("NE1000V3.928"));
  CHECK(new_era::is_version("NE4000X2V3.9"));
  CHECK_FALSE(new_era::is_version("11 ELITE"));
  CHECK_FALSE(new_era::is_version("NE0000V2.100"));  // of two that answer at once
  CHECK_FALSE(new_era::is_version("1.000MM"));
}

}  // namespace
}  // namespace nocturne::new_era::test
