#include <doctest/doctest.h>

#include "heater_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE_FIXTURE(FixedLab, "virtual eurotherm: frames of both regions, byte for byte") {
  CHECK(hex("01 03 00 01 00 01 D5 CA") == "01 03 02 00 FD 79 C5");
  CHECK(hex("01 06 00 02 04 B0 2B 7E") == "01 06 00 02 04 B0 2B 7E");
  CHECK(hex("01 03 00 01 00 05 D4 09").substr(0, 20) == "01 03 0A 00 FD 04 B0");
  CHECK(hex("01 03 80 02 00 02 4C 0B") == "01 03 04 41 CA 66 66 65 BB");
  CHECK(hex("01 10 80 04 00 02 04 42 F6 CC CD F3 45") == "01 10 80 04 00 02 29 C9");
  CHECK(heater.loop().target_set_point() == doctest::Approx(123.4).epsilon(1e-6));
  heater.faults().sensor_break = true;
  CHECK(hex("01 03 00 4B 00 01 F4 1C") == "01 03 02 00 20 B9 9C");
}

TEST_CASE_FIXTURE(FixedLab, "virtual eurotherm: exceptions 01, 02 and 03") {
  CHECK(hex("01 03 03 E8 00 01 04 7A") == "01 83 02 C0 F1");         // no register 1000
  CHECK(hex("01 06 00 02 75 30 0E 8E") == "01 86 03 02 61");         // 3000.0 degrees
  CHECK(hex("01 06 00 01 00 00 D8 0A").substr(0, 8) == "01 86 02");  // the process value is read only
  CHECK(hex("01 01 00 00 00 01 FD CA").substr(0, 8) == "01 81 01");
  CHECK(hex("01 2B 0E 01 00 70 77").substr(0, 8) == "01 AB 01");
  CHECK(hex("01 03 00 01 00 21 D4 12").substr(0, 8) == "01 83 03");  // 33 registers
  CHECK(hex("01 03 80 02 00 01 0C 0A").substr(0, 8) == "01 83 02");  // half a float
}

TEST_CASE_FIXTURE(FixedLab,
                  "virtual eurotherm: silent on a bad check, on other addresses and after a broadcast") {
  CHECK(hex("01 03 00 01 00 01 D5 CB").empty());
  CHECK(hex("02 03 00 01 00 01 D5 F9").empty());
  CHECK(hex("00 06 00 02 04 B0 2A AF").empty());
  CHECK(heater.loop().target_set_point() == doctest::Approx(120.0));
  CHECK(hex("01 03 00 01 00 01 D5 CA") == "01 03 02 00 FD 79 C5");
}

TEST_CASE_FIXTURE(FixedLab, "virtual eurotherm: finds the frame in pieces, in a row and behind garbage") {
  SUBCASE("pieces") {
    for (const char* piece : {"01", "03 00 01", "00 01 D5"}) {
      run(line.host->write(from_hex(piece)));
      CHECK(heard(1ms).empty());
    }
    CHECK(hex("CA") == "01 03 02 00 FD 79 C5");
  }
  SUBCASE("in a row") {
    CHECK(hex("01 03 00 01 00 01 D5 CA 01 03 00 01 00 01 D5 CA") ==
          "01 03 02 00 FD 79 C5 01 03 02 00 FD 79 C5");
  }
  SUBCASE("behind garbage") { CHECK(hex("FF 00 55 01 03 00 01 00 01 D5 CA") == "01 03 02 00 FD 79 C5"); }
  SUBCASE("behind a piece that never went on") {
    CHECK(hex("01 10 80 04 00 02 04").empty());
    pass(200ms);
    CHECK(hex("01 03 00 01 00 01 D5 CA") == "01 03 02 00 FD 79 C5");
  }
}

TEST_CASE("virtual eurotherm: TCP frames carry the transaction, and what is no Modbus ends the connection") {
  VirtualEurothermOptions options;
  options.framing = virtual_modbus::Framing::tcp;
  FixedLab lab{options};
  CHECK(lab.hex("12 34 00 00 00 06 01 03 00 01 00 01") == "12 34 00 00 00 05 01 03 02 00 FD");
  CHECK(lab.hex("00 02 00 00 00 06 FF 04 00 01 00 01") == "00 02 00 00 00 05 FF 04 02 00 FD");
  CHECK(lab.hex("00 03 00 00 00 06 05 03 00 01 00 01").empty());
  CHECK(lab.hex("00 04 00 00 00 06 01 03 03 E8 00 01") == "00 04 00 00 00 03 01 83 02");
  CHECK(!lab.ended);
  lab.hex("00 05 00 07 00 06 01 03 00 01 00 01");
  CHECK(lab.ended);
}

TEST_CASE("virtual eurotherm: the decimals of the integers are configured, the floats are full") {
  for (const auto& [decimals, integer] : {std::pair{0, 25}, std::pair{1, 253}, std::pair{2, 2530}}) {
    VirtualEurothermOptions options = ready_options();
    options.decimals = decimals;
    HeaterLab lab{options};
    lab.model.probe = 25.3;
    CHECK(lab.read(1) == integer);
    CHECK(lab.read_float(1) == doctest::Approx(25.3F));
  }
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: identity, limits, inverse status, times in milliseconds") {
  CHECK(read(107) == 0x0121);
  CHECK(read(111, 2) == std::vector<int>{2500, 0});
  CHECK((read(75) ^ read(76)) == 0xFFFF);
  CHECK(read(8) == 64);
  CHECK(read(0x8000 + 16, 2) == std::vector<int>{0, 64000});
  CHECK(read(1, 5, 4) == read(1, 5, 3));
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: a write of several registers is done whole or not at all") {
  CHECK(in_hex(ask(frame(from_hex("01 10 00 18 00 02 04 03 E8 75 30")))).substr(0, 8) == "01 90 03");
  CHECK(read(24) == 200);
  CHECK(in_hex(ask(frame(from_hex("01 10 00 18 00 02 04 03 E8 02 58")))).substr(0, 17) ==
        "01 10 00 18 00 02");
  CHECK(read(24, 2) == std::vector<int>{1000, 600});
}

TEST_CASE_FIXTURE(FixedLab, "virtual eurotherm: faults damage replies as asked") {
  const std::string request = "01 03 00 01 00 01 D5 CA", good = "01 03 02 00 FD 79 C5";
  ReplyFaults& faults = heater.faults().reply;
  faults.replies = 1;
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(hex(request).empty());
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(hex(request) == "01 03 02");
  }
  SUBCASE("wrong check") {
    faults.wrong_checksum = true;
    CHECK(hex(request) == "01 03 02 00 FD 79 90");
  }
  SUBCASE("wrong address") {
    faults.wrong_address = true;
    CHECK(hex(request).substr(0, 2) == "02");
  }
  SUBCASE("garbage") {
    faults.garbage = from_hex("FF");
    CHECK(hex(request) == "FF " + good);
  }
  SUBCASE("late, after the next request") {
    faults.delay = 1s;
    CHECK(ask(from_hex(request), 500ms).empty());
    CHECK(hex(request).empty());
    CHECK(in_hex(heard(1s)) == good + " " + good);
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    hex(request);
    CHECK(ended);
    serve(heater);
  }
  CHECK(hex(request) == good);
}

TEST_CASE_FIXTURE(FixedLab, "virtual eurotherm: answers while virtual time is held") {
  std::string reply;
  auto held = [&]() -> Task<void> {
    const Clock::Hold hold = co_await clock.hold();
    co_await line.host->write(from_hex("01 03 00 01 00 01 D5 CA"));
    reply = co_await line.host->read_some();
  };
  // Held virtual time waits for the outside world: something must happen there for the loop to turn.
  asio::steady_timer outside{clock.io(), std::chrono::seconds{5}};
  outside.async_wait([](const boost::system::error_code&) {});
  run(held());
  CHECK(in_hex(reply) == "01 03 02 00 FD 79 C5");
  CHECK(clock.now() == Instant{});
}

}  // namespace
}  // namespace nocturne::test
