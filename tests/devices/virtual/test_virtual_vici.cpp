#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/virtual_vici.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

struct ValveLab : Conversation {
  std::vector<std::pair<double, int>> stood;  // s, position
  VirtualVici valve;

  explicit ValveLab(VirtualViciOptions options = {})
      : valve{clock, std::move(options),
              [this](int position, Instant when) { stood.emplace_back(in_seconds(when), position); }} {
    serve(valve);
  }
  std::string say(const std::string& command, Duration wait = 10ms) { return ask(command + "\r", wait); }
};

VirtualViciOptions two_position(int mode) {
  VirtualViciOptions options;
  options.mode = mode;
  return options;
}

TEST_CASE_FIXTURE(ValveLab, "virtual vici: it goes to a position without a word and says where it stands") {
  CHECK(say("CP") == "CP01\r");
  CHECK(say("AM") == "AM3\r");
  CHECK(say("NP") == "NP10\r");
  CHECK(say("GO04") == "");
  pass(1s);
  CHECK(say("CP") == "CP04\r");
  CHECK(valve.position() == 4);
  CHECK(say("GO7") == "");
  pass(1s);
  CHECK(say("CP") == "CP07\r");
  CHECK(say("CNT") == "CNT00002\r");
  CHECK(say("CNT0") == "");
  CHECK(say("CNT") == "CNT00000\r");
}

TEST_CASE_FIXTURE(ValveLab,
                  "virtual vici: while it moves it reports the old position and takes no other move") {
  say("GO04", 1ms);  // three steps: 0.15 s and twice 0.06 s
  pass(250ms);
  CHECK(say("CP") == "CP01\r");
  CHECK(stood.empty());
  CHECK(say("GO09") == "");
  pass(30ms);
  CHECK(say("CP") == "CP04\r");
  pass(2s);
  CHECK(say("CP") == "CP04\r");
  REQUIRE(stood.size() == 1);
  CHECK(stood[0].first == doctest::Approx(0.27));
  CHECK(stood[0].second == 4);
}

TEST_CASE_FIXTURE(ValveLab, "virtual vici: it takes the shortest way, or the one that is asked for") {
  const auto takes = [&](const std::string& command) {
    const std::size_t before = stood.size();
    const double start = in_seconds(clock.now());
    say(command, 3s);
    REQUIRE(stood.size() == before + 1);
    return std::make_pair(stood.back().second, std::lround(100 * (stood.back().first - start)));
  };
  CHECK(takes("GO09") == std::make_pair(9, 21L));  // two steps back
  CHECK(takes("CW01") == std::make_pair(1, 21L));
  CHECK(takes("CC02") == std::make_pair(2, 63L));  // nine
  CHECK(takes("GO") == std::make_pair(3, 15L));
  CHECK(takes("CC") == std::make_pair(2, 15L));
  CHECK(takes("CW") == std::make_pair(3, 15L));
  CHECK(say("SM") == "SMA\r");
  say("SMF");
  CHECK(takes("GO02") == std::make_pair(2, 63L));
  say("SMR");
  CHECK(takes("GO03") == std::make_pair(3, 63L));
  CHECK(takes("HM") == std::make_pair(1, 21L));
}

TEST_CASE("virtual vici: two positions are called A and B") {
  for (const int mode : {1, 2}) {
    CAPTURE(mode);
    ValveLab lab{two_position(mode)};
    CHECK(lab.say("AM") == "AM" + std::to_string(mode) + "\r");
    CHECK(lab.say("CP") == "CPA\r");
    lab.say("GOB", 1s);
    CHECK(lab.say("CP") == "CPB\r");
    lab.say("GO", 1s);
    CHECK(lab.say("CP") == "CPA\r");
    lab.say("GO01", 1s);
    CHECK(lab.say("CP") == "CPA\r");
    lab.say("CW", 1s);
    CHECK(lab.say("CP") == "CPB\r");
    lab.say("CW", 1s);
    CHECK(lab.say("CP") == "CPB\r");
    lab.say("CC", 1s);
    CHECK(lab.say("CP") == "CPA\r");
    CHECK(lab.say("CNT") == "CNT00004\r");
    CHECK(lab.say("NP") == "");
  }
}

TEST_CASE("virtual vici: a timed toggle returns after its delay") {
  ValveLab lab{two_position(1)};
  lab.say("DT500");
  CHECK(lab.say("DT") == "DT500\r");
  lab.say("TT", 300ms);
  CHECK(lab.say("CP") == "CPB\r");
  lab.pass(1s);
  CHECK(lab.say("CP") == "CPA\r");
  REQUIRE(lab.stood.size() == 2);
  CHECK(lab.stood[1].first - lab.stood[0].first == doctest::Approx(0.65));
}

TEST_CASE_FIXTURE(ValveLab, "virtual vici: with feedback a move is answered at its end, or at both ends") {
  say("IFM1");
  CHECK(say("IFM") == "IFM1\r");
  CHECK(say("GO03", 100ms) == "");
  CHECK(heard(1s) == "CP03\r");
  say("IFM2");
  CHECK(say("GO04", 100ms) == "GO04\r");
  CHECK(heard(1s) == "CP04\r");
}

TEST_CASE("virtual vici: with an identity it hears only what begins with it") {
  VirtualViciOptions options;
  options.id = "5";
  ValveLab lab{options};
  CHECK(lab.say("CP") == "");
  CHECK(lab.say("6CP") == "");
  CHECK(lab.say("5CP") == "CP01\r");
  lab.say("5GO02", 1s);
  CHECK(lab.valve.position() == 2);
  CHECK(lab.say("*ID*") == "");
  CHECK(lab.say("CP") == "CP02\r");
  lab.say("IDC");
  CHECK(lab.say("CCP") == "CP02\r");
  CHECK(lab.say("CP") == "");
}

TEST_CASE_FIXTURE(ValveLab, "virtual vici: replies end as it was told") {
  CHECK(say("CP") == "CP01\r");
  say("DEL2");
  CHECK(say("CP") == "CP01\n");
  say("DEL3");
  CHECK(ask("CP\r\n") == "CP01\r\n");
  CHECK(ask("\r\n\r\nC") == "");
  CHECK(ask("P\r\n") == "CP01\r\n");
}

TEST_CASE_FIXTURE(ValveLab, "virtual vici: what it does not understand moves nothing and gets no answer") {
  for (const char* wrong : {"GO00", "GO11", "GOA", "GO-1", "go02", "AM4", "IFM3", "DEL0", "CP1", "XY",
                            "CNT123456", "SB9601", "GO999999999999999999999", " CP", "SMX", "NP1"})
    CHECK_MESSAGE(say(wrong) == "", wrong);
  CHECK(say(std::string(5000, 'G')) == "");
  pass(1s);
  CHECK(say("CP") == "CP01\r");
  CHECK(say("SB") == "SB9600\r");
  CHECK(stood.empty());
  CHECK(say("VR") == "EUHB 1.07\r");
}

TEST_CASE("virtual vici: jammed, slow, missing and slipping valves") {
  ValveLab lab;
  SUBCASE("jammed before the move") {
    lab.valve.faults().jammed = true;
    lab.say("GO05", 5s);
    CHECK(lab.say("CP") == "CP01\r");
    CHECK(lab.stood.empty());
    lab.valve.faults().jammed = false;
    lab.say("GO05", 1s);
    CHECK(lab.say("CP") == "CP05\r");
  }
  SUBCASE("jammed during the move") {
    lab.say("GO05", 50ms);
    lab.valve.faults().jammed = true;
    lab.pass(5s);
    CHECK(lab.say("CP") == "CP01\r");
  }
  SUBCASE("slow") {
    lab.valve.faults().slowness = 10.0;
    lab.say("GO02", 1400ms);
    CHECK(lab.say("CP") == "CP01\r");
    lab.pass(200ms);
    CHECK(lab.say("CP") == "CP02\r");
  }
  SUBCASE("misses") {
    lab.valve.faults().misses_by = 1;
    lab.say("GO05", 1s);
    CHECK(lab.say("CP") == "CP06\r");
    CHECK(lab.valve.position() == 6);
  }
  SUBCASE("slips") {
    lab.valve.faults().coupling_slips = true;
    lab.say("GO05", 1s);
    CHECK(lab.say("CP") == "CP05\r");
    CHECK(lab.valve.position() == 1);
    CHECK(lab.stood.empty());
  }
  SUBCASE("power cut during the move") {
    lab.say("GO05", 50ms);
    lab.valve.power_cycle();
    lab.pass(1s);
    CHECK(lab.say("CP") == "CP01\r");
  }
}

TEST_CASE_FIXTURE(ValveLab, "virtual vici: faults damage replies as asked") {
  ReplyFaults& faults = valve.faults().reply;
  faults.replies = 1;
  SUBCASE("deaf") {
    faults.deaf = true;
    say("GO02", 1s);
    faults.deaf = false;
    faults.replies = 0;
    CHECK(valve.position() == 1);
  }
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(say("CP") == "");
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(say("CP") == "CP");
  }
  SUBCASE("garbage") {
    faults.garbage = "\x01\xFF";
    CHECK(say("CP") ==
          "\x01\xFF"
          "CP01\r");
  }
  SUBCASE("another one's") {
    faults.wrong_address = true;
    CHECK(say("CP") == "ZCP01\r");
  }
  SUBCASE("late") {
    faults.delay = 2s;
    CHECK(say("CP", 1s) == "");
    CHECK(heard(2s) == "CP01\r");
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    CHECK(say("CP") == "");
    CHECK(ended);
    serve(valve);
  }
  CHECK(say("CP") == "CP01\r");
}

TEST_CASE("virtual vici: options that contradict each other are refused") {
  VirtualClock clock;
  VirtualViciOptions options;
  options.position = 11;
  CHECK_THROWS_AS((VirtualVici{clock, options, {}}), std::invalid_argument);
  options.position = 1;
  options.mode = 4;
  CHECK_THROWS_AS((VirtualVici{clock, options, {}}), std::invalid_argument);
}

}  // namespace
}  // namespace nocturne::test
