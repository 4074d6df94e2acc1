#include <doctest/doctest.h>

#include "pump_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("virtual new era: packets are framed as in the manual") {
  CHECK(in_hex(packet("SAF0")) == "02 08 53 41 46 30 55 43 03");
  CHECK(in_hex(packet("0SAF0")) == "02 09 30 53 41 46 30 59 AD 03");
  CHECK(in_hex(packet("SAF10")) == "02 09 53 41 46 31 30 4C 32 03");
  CHECK(in_hex(packet("00SNE1000V3.928")) == "02 13 30 30 53 4E 45 31 30 30 30 56 33 2E 39 32 38 27 22 03");
  CHECK(in_hex(packet("RAT1.000MM")) == "02 0E 52 41 54 31 2E 30 30 30 4D 4D 1B E9 03");
  CHECK(in_hex(packet("00A?T")) == "02 09 30 30 41 3F 54 05 40 03");
}

TEST_CASE_FIXTURE(
    PumpLab,
    "virtual new era: the first command after power-up is answered by the reset alarm and not obeyed") {
  CHECK(in_hex(ask("DIA 20.0\r")) == "02 30 30 41 3F 52 03");
  CHECK(in_hex(ask("\r")) == "02 30 30 53 03");
  CHECK(text("DIA") == "00S14.43");
}

TEST_CASE_FIXTURE(
    PumpLab,
    "virtual new era: spaces, case and control characters do not matter, addresses have up to two digits") {
  awaken();
  CHECK(text("ver") == "00SNE1000V3.928");
  CHECK(text("0 V e R") == "00SNE1000V3.928");
  CHECK(text("00\nVER") == "00SNE1000V3.928");
  CHECK(ask("1VER\r").empty());
  CHECK(ask("12VER\r").empty());
}

TEST_CASE_FIXTURE(PumpLab,
                  "virtual new era: a packet enters safe mode, and the answer already comes as a packet") {
  awaken();
  CHECK(in_hex(ask(from_hex("02 09 53 41 46 31 30 4C 32 03"))) == "02 07 30 30 53 AA A6 03");
  CHECK(ask("VER\r").empty());
  CHECK(in_hex(ask(from_hex("02 07 56 45 52 64 E0 03"))) ==
        "02 13 30 30 53 4E 45 31 30 30 30 56 33 2E 39 32 38 27 22 03");
  CHECK(packed("SAF") == "00S10");
  CHECK(in_hex(ask(from_hex("02 08 53 41 46 30 55 43 03"))) == "02 30 30 53 03");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: the packets of the protocol reference are obeyed and answered") {
  awaken();
  REQUIRE(text("DIA26.59") == "00S");
  CHECK(in_hex(ask(from_hex("02 09 30 53 41 46 30 59 AD 03"))) == "02 30 30 53 03");
  CHECK(in_hex(ask(from_hex("02 09 53 41 46 31 30 4C 32 03"))) == "02 07 30 30 53 AA A6 03");
  CHECK(in_hex(ask(from_hex("02 0E 52 41 54 31 2E 30 30 30 4D 4D 1B E9 03"))) == "02 07 30 30 53 AA A6 03");
  CHECK(in_hex(ask(from_hex("02 07 44 49 53 1C AF 03"))) ==
        "02 15 30 30 53 49 30 2E 30 30 30 57 30 2E 30 30 30 4D 4C 6F 1A 03");
  CHECK(in_hex(ask(from_hex("02 07 52 55 4E 68 EE 03"))) == "02 07 30 30 49 19 DD 03");
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].second == doctest::Approx(1000.0));
  CHECK(in_hex(ask(from_hex("02 07 53 54 50 9F 10 03"))) == "02 07 30 30 50 9A C5 03");
  CHECK(in_hex(ask(from_hex("02 07 53 54 50 9F 10 03"))) == "02 07 30 30 53 AA A6 03");
  CHECK(flows.back().second == 0.0);
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: safe mode entered by text is answered by a packet, too") {
  awaken();
  CHECK(in_hex(ask("SAF10\r")) == "02 07 30 30 53 AA A6 03");
}

TEST_CASE_FIXTURE(PumpLab,
                  "virtual new era: the watchdog stops the flow at the exact second and says so unasked") {
  start("1.000MM");
  REQUIRE(packed("SAF10") == "00I");
  const double armed = in_seconds(clock.now()) - 0.05;  // ask() waits 50 ms
  pass(7s);
  REQUIRE(packed("") == "00I");
  const double last = in_seconds(clock.now()) - 0.05;
  REQUIRE(last > armed + 7.0);
  CHECK(in_hex(heard(20s)) == "02 09 30 30 41 3F 54 05 40 03");
  REQUIRE(flows.size() == 2);
  CHECK(flows[1].second == 0.0);
  CHECK(flows[1].first == doctest::Approx(last + 10.0).epsilon(1e-12));
  CHECK(packed("RUN") == "00A?T");
  CHECK(packed("") == "00S");
  CHECK(packed("RUN") == "00I");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: a packet with a bad check does not keep the watchdog quiet") {
  start("1.000MM");
  REQUIRE(packed("SAF2") == "00I");
  std::string bad = packet("");
  bad[2] ^= 1;
  for (int i = 0; i < 3; ++i) {
    pass(900ms);
    run(line.host->write(bad));
  }
  CHECK(flows.back().second == 0.0);
}

TEST_CASE_FIXTURE(
    PumpLab,
    "virtual new era: safe mode survives a power cycle, its timer waits for the first valid packet") {
  awaken();
  REQUIRE(packed("SAF3") == "00S");
  pump().power_cycle();
  CHECK(in_hex(heard(60s)) == in_hex(packet("00A?R")));
  CHECK(packed("VER") == "00A?R");
  CHECK(in_hex(heard(3s)) == in_hex(packet("00A?T")));
}

TEST_CASE_FIXTURE(PumpLab,
                  "virtual new era: invalid packets are answered ?COM where the address can be read") {
  awaken();
  REQUIRE(packed("SAF60") == "00S");
  std::string bad = packet("0VER");
  SUBCASE("bad check") {
    bad[bad.size() - 2] ^= 1;
    CHECK(in_hex(ask(bad)) == in_hex(packet("00S?COM")));
  }
  SUBCASE("too slow") {
    CHECK(ask(bad.substr(0, 4), 499ms).empty());
    CHECK(in_hex(heard(20ms)) == in_hex(packet("00S?COM")));
    CHECK(ask(bad.substr(4)).empty());
  }
  SUBCASE("for somebody else") {
    bad = packet("3VER");
    bad[bad.size() - 2] ^= 1;
    CHECK(ask(bad).empty());
  }
  CHECK(packed("VER") == "00SNE1000V3.928");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: a packet may arrive in pieces with gaps below half a second") {
  awaken();
  const std::string whole = packet("VER");
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) REQUIRE(ask(whole.substr(i, 1), 400ms).empty());
  CHECK(ask(whole.substr(whole.size() - 1)) ==
        "\x02"
        "00SNE1000V3.928\x03");
}

TEST_CASE_FIXTURE(PumpLab,
                  "virtual new era: in safe mode a stall is announced, and that does not acknowledge it") {
  start("1.000MM");
  REQUIRE(packed("SAF60") == "00I");
  pump().set_back_pressure(5.0);
  CHECK(in_hex(heard(1s)) == in_hex(packet("00A?S")));
  CHECK(packed("VER") == "00A?S");
  CHECK(packed("") == "00S");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: settings are stored, answered and kept over a power cycle") {
  awaken();
  for (const char* command : {"PF0", "LOC1", "BP0", "AL0", "LN1", "DIN1", "ROM1", "TRGLE", "PHN2", "FUNSTP"})
    REQUIRE(text(command) == "00S");
  CHECK(text("LOC2") == "00S?OOR");
  CHECK(text("TRGXX") == "00S?");
  CHECK(text("FUNXYZ") == "00S?");
  CHECK(text("NONSENSE") == "00S?");
  pump().power_cycle();
  CHECK(text("VER") == "00A?R");
  for (const auto& [query, value] : std::vector<std::pair<std::string, std::string>>{{"PF", "0"},
                                                                                     {"LOC", "1"},
                                                                                     {"BP", "0"},
                                                                                     {"AL", "0"},
                                                                                     {"LN", "1"},
                                                                                     {"DIN", "1"},
                                                                                     {"ROM", "1"},
                                                                                     {"TRG", "LE"},
                                                                                     {"PHN", "2"},
                                                                                     {"FUN", "STP"},
                                                                                     {"SAF", "0"},
                                                                                     {"IN2", "1"},
                                                                                     {"OUT5", "0"}})
    CHECK(text(query) == "00S" + value);
}

TEST_CASE_FIXTURE(
    PumpLab,
    "virtual new era: with power-fail restart the flow returns after a power cycle, without it never") {
  start("1.000MM");
  const char* setting = "PF0";
  SUBCASE("off") {}
  SUBCASE("on") { setting = "PF1"; }
  REQUIRE(text(setting) == "00I");
  pump().power_cycle();
  CHECK(text("") == "00A?R");
  CHECK(text("") == (std::string{setting} == "PF1" ? "00I" : "00S"));
  CHECK((flows.back().second > 0.0) == (std::string{setting} == "PF1"));
}

TEST_CASE("virtual new era: each pump of a chain answers for itself, and a burst starts several at once") {
  PumpLab lab;
  VirtualNewEraOptions second;
  second.memory.address = 7;
  lab.add(second);
  Conversation& line = lab;
  line.ask("\r");
  CHECK(line.ask("7\r") ==
        "\x02"
        "07A?R\x03");
  CHECK(line.ask("07VER\r") ==
        "\x02"
        "07SNE1000V3.928\x03");
  line.ask("0RUN*7RUN*\r");
  REQUIRE(lab.flows.size() == 2);
  CHECK(lab.flows[0].first == lab.flows[1].first);
  CHECK(line.ask("7STP\r") ==
        "\x02"
        "07P\x03");
  CHECK(line.ask("0\r") ==
        "\x02"
        "00I\x03");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: system commands set the address and reset everything") {
  awaken();
  CHECK(text("*ADR5") == "05S");
  CHECK(ask("VER\r").empty());
  CHECK(text("5VER") == "05SNE1000V3.928");
  CHECK(text("*RESET") == "00S");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: faults damage replies as asked and as often as asked") {
  awaken();
  REQUIRE(packed("SAF60") == "00S");
  const std::string good = packet("00S");
  ReplyFaults& faults = pump().faults();
  faults.replies = 1;
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(ask(packet("")).empty());
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(ask(packet("")) == good.substr(0, good.size() / 2));
  }
  SUBCASE("wrong check") {
    faults.wrong_checksum = true;
    const std::string reply = ask(packet(""));
    CHECK(reply.size() == good.size());
    CHECK(reply != good);
  }
  SUBCASE("wrong address") {
    faults.wrong_address = true;
    CHECK(in_hex(ask(packet(""))) == in_hex(packet("01S")));
  }
  SUBCASE("garbage") {
    faults.garbage = "xyz";
    CHECK(ask(packet("")) == "xyz" + good);
  }
  SUBCASE("late") {
    faults.delay = 700ms;
    CHECK(ask(packet(""), 600ms).empty());
    CHECK(heard(200ms) == good);
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    ask(packet(""));
    CHECK(ended);
    serve(chain);
  }
  CHECK(in_hex(ask(packet(""))) == in_hex(good));
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: a deaf pump obeys nothing, and its watchdog still stops it") {
  start("1.000MM");
  REQUIRE(packed("SAF5") == "00I");
  pump().faults().deaf = true;
  for (int i = 0; i < 8; ++i) CHECK(ask(packet(""), 1s).size() == (i == 4 ? packet("00A?T").size() : 0));
  CHECK(flows.back().second == 0.0);
}

}  // namespace
}  // namespace nocturne::test
