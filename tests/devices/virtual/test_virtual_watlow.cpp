#include <doctest/doctest.h>

#include <stdexcept>

#include "watlow_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE_FIXTURE(FixedWatlow, "virtual watlow: frames of map 1, low word first and in °F, byte for byte") {
  CHECK(hex("01 03 01 68 00 02 44 2B") == "01 03 04 14 7B 42 9B FE D1");
  CHECK(hex("01 10 08 70 00 02 04 00 00 42 96 23 85") == "01 10 08 70 00 02 42 73");
  CHECK(heater.loop().target_set_point() == doctest::Approx((75.0 - 32.0) / 1.8));
  CHECK(hex("01 06 07 58 00 3E 88 BD") == "01 06 07 58 00 3E 88 BD");
  CHECK(heater.settings().mode == virtual_watlow::mode_off);
  CHECK(hex("01 06 09 BE 00 3B AB A1") == "01 06 09 BE 00 3B AB A1");
  CHECK(hex("01 06 09 BA 00 0F EB B7") == "01 06 09 BA 00 0F EB B7");
  CHECK(float_at(360) == 25.3F);
}

TEST_CASE_FIXTURE(FixedWatlow, "virtual watlow: exceptions as in the maker's examples") {
  CHECK(hex(in_hex(frame(from_hex("01 02 00 00 00 01")))) == "01 82 01 81 60");
  CHECK(hex(in_hex(frame(from_hex("01 06 27 10 00 01")))) == "01 86 02 C3 A1");
  CHECK(hex(in_hex(frame(from_hex("01 06 07 58 00 01")))) == "01 86 03 02 61");
  CHECK(read(10000, 1) == std::vector<int>{-2});
  CHECK(write_float(360, 20.0F) == 2);            // a reading
  CHECK(write(2160, 20) == 2);                    // half a float
  CHECK(write_float(2160, 1000.0F) == 3);         // beyond the highest set point
  CHECK(write_words(2160, {0, 0x7FC0}) == 3);     // not a number
  CHECK(write_words(1880, {10, 1}) == 3);         // a code lies in the first word
  CHECK(read(360, 126) == std::vector<int>{-3});  // longer than a frame
}

TEST_CASE("virtual watlow: the two maps put the same things at different numbers") {
  for (const int map : {1, 2}) {
    CAPTURE(map);
    WatlowLab lab{watlow_options(map)};
    CHECK(lab.read(lab.at.mode) == 10);
    CHECK(lab.read(lab.at.active_mode) == 10);
    CHECK(lab.write_float(lab.at.set_point, 60.0F) == 0);
    CHECK(lab.heater.settings().closed_loop_set_point == doctest::Approx(60.0));
    CHECK(lab.float_at(lab.at.active_set_point) == 60.0F);
    CHECK(lab.write_float(lab.at.alarm_high, 150.0F) == 0);
    CHECK(lab.heater.settings().alarms[0].high == doctest::Approx(150.0));
    CHECK(lab.write_float(lab.at.alarm_high + (map == 1 ? 50 : 60), 160.0F) == 0);
    CHECK(lab.heater.settings().alarms[1].high == doctest::Approx(160.0));
    CHECK(lab.write_float(lab.at.limit_high, 170.0F) == 0);
    CHECK(lab.heater.settings().limit_high == doctest::Approx(170.0));
    CHECK(lab.read(362) == 61);
    CHECK(lab.float_at(360) == doctest::Approx(22.0F));
  }
  WatlowLab first{watlow_options(1)}, second{watlow_options(2)};
  CHECK(first.read(2360) == -2);  // no control mode here
  CHECK(second.float_at(1880) == 240.0F);
  const int probed = second.read(1880);
  CHECK(probed != 10);
  CHECK(probed != 54);
  CHECK(probed != 62);
}

TEST_CASE("virtual watlow: map 2 tells who it is in long integers of the same word order as floats") {
  for (const bool high_first : {false, true}) {
    VirtualWatlowOptions options;
    options.map = 2;
    options.high_word_first = high_first;
    options.serial_number = 0x00031D55;
    FixedWatlow lab{options};
    const std::vector<int> expected = high_first ? std::vector{3, 0x1D55} : std::vector{0x1D55, 3};
    CHECK(lab.read(12, 2) == expected);
    CHECK(lab.read(30) == 138);
  }
}

TEST_CASE("virtual watlow: high word first is the other setting of the controller") {
  VirtualWatlowOptions options;
  options.high_word_first = true;
  FixedWatlow lab{options};
  CHECK(lab.hex("01 03 01 68 00 02 44 2B").substr(0, 20) == "01 03 04 42 9B 14 7B");
  CHECK(lab.write_float(2160, 75.0F) == 0);
  CHECK(lab.heater.settings().closed_loop_set_point == doctest::Approx(23.889).epsilon(1e-4));
}

TEST_CASE("virtual watlow: temperatures are affine in °F, differences are not, powers are neither") {
  FixedWatlow lab;
  REQUIRE(lab.write_float(2160, 212.0F) == 0);
  REQUIRE(lab.write_float(1890, 18.0F) == 0);
  REQUIRE(lab.write_float(2162, 18.0F) == 0);
  CHECK(lab.heater.settings().closed_loop_set_point == doctest::Approx(100.0));
  CHECK(lab.heater.settings().proportional_band == doctest::Approx(10.0));
  CHECK(lab.heater.settings().open_loop_set_point == doctest::Approx(18.0));
  REQUIRE(lab.write(2490, 15) == 0);
  CHECK(lab.float_at(2160) == 100.0F);
  CHECK(lab.float_at(1890) == 10.0F);
  CHECK(lab.float_at(2162) == 18.0F);
  REQUIRE(lab.write(2490, 30) == 0);
  CHECK(lab.float_at(2160) == 212.0F);
}

TEST_CASE("virtual watlow: what was written reads back as the same float, limits included") {
  for (const int unit : {15, 30}) {
    FixedWatlow lab;
    REQUIRE(lab.write(2490, unit) == 0);
    for (const float value : {40.1F, 77.7F, 133.33F, 199.9F}) {
      REQUIRE(lab.write_float(2160, value) == 0);
      CHECK(lab.float_at(2160) == value);
    }
    const float highest = lab.float_at(2166);
    CHECK(lab.write_float(2160, highest) == 0);
    CHECK(lab.write_float(2160, highest + 0.1F) == 3);
  }
}

TEST_CASE("virtual watlow: the comms unit of the other port does not count") {
  VirtualWatlowOptions options;
  options.port = 2;
  FixedWatlow lab{options};
  REQUIRE(lab.write(2490, 15) == 0);
  CHECK(lab.float_at(360) == 77.54F);
  REQUIRE(lab.write(2510, 15) == 0);
  CHECK(lab.float_at(360) == 25.3F);
}

TEST_CASE_FIXTURE(FixedWatlow, "virtual watlow: only writes while saving is on wear the memory") {
  REQUIRE(write(2494, 59) == 0);
  CHECK(heater.memory_writes() == 1);  // the order to stop saving is saved
  for (int i = 0; i < 100; ++i) REQUIRE(write_float(2160, 100.0F + static_cast<float>(i)) == 0);
  CHECK(heater.memory_writes() == 1);
  REQUIRE(write(2494, 106) == 0);
  REQUIRE(write_float(2160, 100.0F) == 0);
  REQUIRE(write(2160, 1) == 2);
  CHECK(heater.memory_writes() == 2);
}

TEST_CASE_FIXTURE(FixedWatlow,
                  "virtual watlow: after a reboot it is silent, and what was not saved is back: °F") {
  REQUIRE(write_float(2160, 150.0F) == 0);
  REQUIRE(write(2494, 59) == 0);
  REQUIRE(write(2490, 15) == 0);
  REQUIRE(write_float(2160, 50.0F) == 0);
  CHECK(float_at(360) == 25.3F);
  heater.reboot();
  CHECK(hex("01 03 01 68 00 02 44 2B").empty());
  pass(3s);
  CHECK(hex("01 03 01 68 00 02 44 2B") == "01 03 04 14 7B 42 9B FE D1");
  CHECK(float_at(2160) == 150.0F);
}

TEST_CASE_FIXTURE(FixedWatlow,
                  "virtual watlow: the user's block shows in one request what its pointers say") {
  CHECK(read(200, 80) == std::vector<int>(80, 0));
  REQUIRE(write_words(40, {360, 361, 362, 363, 2172, 2173}) == 0);
  REQUIRE(write_words(46, {1908, 1909, 1882, 1883, 1496, 1497}) == 0);
  CHECK(read(40, 4) == std::vector<int>{360, 361, 362, 363});
  REQUIRE(write_float(2160, 77.0F) == 0);
  const std::vector<int> block = read(200, 12);
  REQUIRE(block.size() == 12);
  CHECK(joined({block[0], block[1]}) == 77.54F);
  CHECK(block[2] == 61);
  CHECK(joined({block[4], block[5]}) == 77.0F);
  CHECK(joined({block[6], block[7]}) == 0.0F);
  CHECK(block[8] == 10);
  CHECK(block[10] == 61);
  REQUIRE(write_words(118, {2160, 2161}) == 0);
  CHECK(write_float(278, 80.0F) == 0);
  CHECK(float_at(2160) == 80.0F);
  CHECK(write(40, 360) == 2);                          // half a pair
  CHECK(write_words(40, {360, 362}) == 3);             // not a pair
  CHECK(write_words(40, {9998, 9999}) == 3);           // nothing there
  CHECK(write_words(118, {360, 361, 362, 363}) == 2);  // beyond the last
  CHECK(read(40, 2) == std::vector<int>{360, 361});
}

TEST_CASE_FIXTURE(FixedWatlow, "virtual watlow: a write of several values is done whole or not at all") {
  REQUIRE(write(2490, 15) == 0);
  const int writes = heater.memory_writes();
  std::vector<int> words = split(90.0F);
  for (const int word : split(150.0F)) words.push_back(word);  // percent by hand
  CHECK(write_words(2160, words) == 3);
  CHECK(float_at(2160) == doctest::Approx(23.9F));
  words = split(180.0F);                                      // lowest set point
  for (const int word : split(90.0F)) words.push_back(word);  // highest
  CHECK(write_words(2164, words) == 3);
  CHECK(float_at(2164) == 0.0F);
  CHECK(float_at(2166) == 250.0F);
  CHECK(heater.memory_writes() == writes);
}

TEST_CASE("virtual watlow: some firmware has codes above 255 in the second word") {
  for (const bool second : {false, true}) {
    VirtualWatlowOptions options;
    options.map = 2;
    options.wide_codes_in_second_word = second;
    FixedWatlow lab{options};
    CHECK(lab.read(744, 2) == (second ? std::vector{0, 1667} : std::vector{1667, 0}));
    CHECK(lab.read(730, 2) == std::vector{61, 0});
  }
}

TEST_CASE("virtual watlow: some families answer 0 for what they do not have") {
  VirtualWatlowOptions options;
  options.unknown_reads_zero = true;
  FixedWatlow lab{options};
  CHECK(lab.read(2360, 2) == std::vector{0, 0});
  CHECK(lab.write(2360, 62) == 2);
}

TEST_CASE("virtual watlow: there are maps 1 and 2 only") {
  VirtualClock clock;
  VirtualWatlowOptions options;
  options.map = 3;
  const auto probe = [](Instant) { return 20.0; };
  CHECK_THROWS_AS((VirtualWatlow{clock, options, probe}), std::invalid_argument);
}

TEST_CASE_FIXTURE(FixedWatlow, "virtual watlow: faults damage replies as asked") {
  const std::string request = "01 03 01 68 00 02 44 2B", good = "01 03 04 14 7B 42 9B FE D1";
  ReplyFaults& faults = heater.faults().reply;
  faults.replies = 1;
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(hex(request).empty());
  }
  SUBCASE("deaf") {
    faults.deaf = true;
    CHECK(hex("01 06 07 58 00 3E 88 BD").empty());
    faults.deaf = false;
    CHECK(read(1880) == 10);
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(hex(request) == "01 03 04 14");
  }
  SUBCASE("wrong check") {
    faults.wrong_checksum = true;
    CHECK(hex(request) == "01 03 04 14 7B 42 9B FE 84");
  }
  SUBCASE("wrong address") {
    faults.wrong_address = true;
    CHECK(hex(request).substr(0, 2) == "02");
  }
  SUBCASE("garbage") {
    faults.garbage = from_hex("FF 00");
    CHECK(hex(request) == "FF 00 " + good);
  }
  SUBCASE("late, after the next request") {
    faults.delay = 1s;
    CHECK(ask(from_hex(request), 500ms).empty());
    CHECK(hex(request).empty());
    CHECK(in_hex(heard(1s)) == good + " " + good);
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    CHECK(hex(request).empty());
    CHECK(ended);
    serve(heater);
  }
  CHECK(hex(request) == good);
  CHECK(hex("01 03 01 68 00 02 44 2C").empty());
}

}  // namespace
}  // namespace nocturne::test
