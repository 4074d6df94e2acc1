#include <doctest/doctest.h>

#include <cmath>

#include "devices/chemyx_protocol.hpp"

namespace nocturne::chemyx::test {
namespace {

using Kind = FrameVerdict::Kind;
using Lines = std::vector<std::string>;

TEST_CASE("chemyx: a reply is its lines, without echo and prompts") {
  Reply reply;
  CHECK(examine("set rate 0.65\rrate = 0.650000\r\n>", "set rate 0.65", reply).kind == Kind::reply);
  CHECK(reply.lines == Lines{"rate = 0.650000"});
  CHECK(examine(">set rate 0.65\r\n rate = 0.650000 \r\n>", "set rate 0.65", reply).kind == Kind::reply);
  CHECK(reply.lines == Lines{"rate = 0.650000"});
  CHECK(examine("Pump stop!\r\n>", "stop", reply).kind == Kind::reply);
  CHECK(reply.lines == Lines{"Pump stop!"});
  CHECK_FALSE(reply.refused);
  for (const std::string text : {"Pump start running...", "Pump pause!", "Pump stop!"}) {
    CHECK(examine(text + "\r\n", "stop", reply).kind == Kind::reply_if_quiet);
    CHECK(reply.lines == Lines{text});
  }
  for (const char* refusal : {"Invalid Command!\r\n>", "invalid command\r\n>"}) {
    CHECK(examine(refusal, "stop", reply).kind == Kind::reply);
    CHECK(reply.refused);
  }
}

TEST_CASE("chemyx: without a prompt silence ends a reply, and nothing cut within a line does") {
  const std::string whole = "stop\rPump stop!\r\n";
  Reply reply;
  for (std::size_t length = 0; length + 1 < whole.size(); ++length)
    CHECK(examine(whole.substr(0, length), "stop", reply).kind == Kind::incomplete);
  CHECK(examine(whole, "stop", reply).kind == Kind::reply_if_quiet);
  CHECK(examine(whole + ">", "stop", reply).kind == Kind::reply);
}

TEST_CASE("chemyx: a prompt alone is no reply, and bytes that are no text are noise") {
  Reply reply;
  CHECK(examine(">", "stop", reply).kind == Kind::foreign);
  CHECK(examine("stop\r>", "stop", reply).kind == Kind::foreign);
  const FrameVerdict noise = examine("ab\xFFPump stop!\r\n>", "stop", reply);
  CHECK(noise.kind == Kind::noise);
  CHECK(noise.length == 3);
  CHECK(examine(std::string(3000, 'a'), "stop", reply).kind == Kind::noise);
}

TEST_CASE("chemyx: a value is read with its name or alone, with the step of its last digit") {
  const auto value = parse_value({{"rate = 0.650000"}, false}, "rate");
  REQUIRE(value);
  CHECK(value->number == doctest::Approx(0.65));
  CHECK(value->step == doctest::Approx(1e-6));
  CHECK(parse_value({{"2"}, false}, "units")->step == 1.0);
  CHECK(parse_value({{"volume = -1.50 mL"}, false}, "volume")->number == doctest::Approx(-1.5));
  CHECK_FALSE(parse_value({{"rate = 0.650000"}, false}, "primerate"));
  CHECK_FALSE(parse_value({{"primerate = 0.650000"}, false}, "rate"));
  CHECK_FALSE(parse_value({{"rate = 0.65,0.65"}, false}, "rate"));
  CHECK_FALSE(parse_value({{"rate = nan"}, false}, "rate"));
  CHECK_FALSE(parse_value({{"rate = "}, false}, "rate"));
  CHECK_FALSE(parse_value({{"Pump stop!"}, false}, "rate"));
  CHECK_FALSE(parse_value({{"1", "2"}, false}, "rate"));
  CHECK_FALSE(parse_value({}, "rate"));
}

TEST_CASE("chemyx: limits are four numbers, larger before smaller, on one line or several") {
  const auto ranges = parse_ranges({{"125.9622 0.0002 106.0288 0.0141"}, false});
  REQUIRE(ranges);
  CHECK(ranges->first_most == doctest::Approx(125.9622));
  CHECK(ranges->second_least == doctest::Approx(0.0141));
  CHECK(parse_ranges({{"125.9622 0.0002", "106.0288 0.0141"}, false})->second_most ==
        doctest::Approx(106.0288));
  CHECK_FALSE(parse_ranges({{"125.9622 0.0002 106.0288"}, false}));
  CHECK_FALSE(parse_ranges({{"0.0002 125.9622 106.0288 0.0141"}, false}));
  CHECK_FALSE(parse_ranges({{"rate = 0.650000"}, false}));
}

TEST_CASE("chemyx: which limits are of rates shows in another unit of time, whichever come first") {
  const Ranges rates_first{31072.5, 0.16, 22895.5, 0.0}, rates_first_per_hour{1864349.8, 9.8, 22895.5, 0.0};
  const Ranges volumes_first{22895.5, 0.0, 31072.5, 0.16},
      volumes_first_per_hour{22895.5, 0.0, 1864349.8, 9.8};
  for (const auto& limits :
       {limits_of(rates_first, rates_first_per_hour), limits_of(volumes_first, volumes_first_per_hour)}) {
    REQUIRE(limits);
    CHECK(limits->fastest == 31072.5);
    CHECK(limits->slowest == 0.16);
    CHECK(limits->most_volume == 22895.5);
  }
  CHECK_FALSE(limits_of(rates_first, rates_first));
  CHECK_FALSE(limits_of(rates_first, {1864349.8, 9.8, 1373730.0, 0.0}));
}

TEST_CASE("chemyx: a state is one whole number from 0 to 4") {
  CHECK(parse_state({{"1"}, false}) == State::running);
  CHECK(parse_state({{"pump status = 4"}, false}) == State::stalled);
  for (const char* text : {"5", "-1", "1.0", "running", ""}) CHECK_FALSE(parse_state({{text}, false}));
}

TEST_CASE("chemyx: numbers have six digits, at most five behind the point, and do not leave their bounds") {
  CHECK(quantise(1.0, 0, 1e6).text == "1.00000");
  CHECK(quantise(123.4567, 0, 1e6).text == "123.457");
  CHECK(quantise(83294.6, 0, 1e6).text == "83294.6");
  CHECK(quantise(std::nextafter(1000.0, 0.0), 0, 1e6).text == "1000.00");
  CHECK(quantise(9.999996, 0, 1e6).text == "10.0000");
  CHECK(quantise(0.123456, 0, 1e6).text == "0.12346");
  CHECK(quantise(83.294567, 0, 83.294567).value <= 83.294567);
  CHECK(quantise(0.123456, 0.123456, 1.0).value >= 0.123456);
}

TEST_CASE("chemyx: a value taken over in the pump's digits is told from one that was clamped") {
  CHECK(took({123.5, 0.1}, 123.457));
  CHECK(took({123.457, 1e-6}, 123.457));
  CHECK_FALSE(took({123.456, 1e-6}, 123.457));
  CHECK_FALSE(took({1.0, 1.0}, 1.4));
  CHECK(took({0.0, 1.0}, 0.0));
}

}  // namespace
}  // namespace nocturne::chemyx::test
