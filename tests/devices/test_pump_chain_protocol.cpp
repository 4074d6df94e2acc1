#include <doctest/doctest.h>

#include <cmath>

#include "devices/pump_chain_protocol.hpp"

namespace nocturne::pump_chain::test {
namespace {

using Kind = FrameVerdict::Kind;

Reply read(const std::string& bytes, int address = 0, Prefix prefix = Prefix::automatic) {
  Reply reply;
  const FrameVerdict verdict = examine(bytes, address, prefix, reply);
  CAPTURE(bytes);
  REQUIRE(verdict.kind == Kind::reply);
  REQUIRE(verdict.length == bytes.size());
  return reply;
}
using Lines = std::vector<std::string>;

TEST_CASE("pump chain: requests are those of the recording, with the address in front from 1 on") {
  CHECK(request(0, "poll on") == "@poll on\r");
  CHECK(request(0, "irate 5 ml/min") == "@irate 5 ml/min\r");
  CHECK(request(12, "status") == "12@status\r");
}

TEST_CASE("pump chain: the replies of a recorded Legato 100 are read") {
  CHECK(read("\n:\x11").state == State::idle);
  CHECK(read("\n:\x11").lines.empty());
  CHECK(read("\n>\x11").state == State::infusing);
  const Reply moving = read("\n1.69023 ul\r\n>\x11");
  CHECK(moving.state == State::infusing);
  CHECK(moving.lines == Lines{"1.69023 ul"});
  CHECK(read("\n15%\r\n:\x11").lines == Lines{"15%"});
  CHECK(read("\n199.49 ul/min\r\n:\x11").lines == Lines{"199.49 ul/min"});
  CHECK(read("\n25.0404 nl/min to 26.0035 ml/min\r\n:\x11").lines ==
        Lines{"25.0404 nl/min to 26.0035 ml/min"});
  CHECK(read("\n7.2620 mm\r\n:\x11").lines == Lines{"7.2620 mm"});
  CHECK(read("\n30 seconds\r\n:\x11").lines == Lines{"30 seconds"});
  CHECK(read("\n00:03:00\r\n:\x11").lines == Lines{"00:03:00"});
  CHECK(read("\nFirmware:      v3.0.6\r\nPump address:  0\r\nSerial number: D101754\r\n:\x11").lines.size() ==
        3);
  CHECK(read("\n0 ul\r\n:\x11").lines == Lines{"0 ul"});
  CHECK(read("\n99:01:00\r\n:\x11").lines == Lines{"99:01:00"});
  const Reply readdressed = read("\nPump address set to 2\r\n02:\x11", 2);
  CHECK(readdressed.lines == Lines{"Pump address set to 2"});
  CHECK(readdressed.address == 2);
}

TEST_CASE("pump chain: both error texts of the recording are errors") {
  CHECK(read("\nArgument error: 2\r\n   Target volume out of range\r\n:\x11").error ==
        "Target volume out of range");
  CHECK(read("\nArgument error: 200\r\n   Unknown syringe\r\n:\x11").error == "Unknown syringe");
  CHECK(read("\nCommand error:\r\n   Unknown command\r\n:\x11").error == "Unknown command");
  CHECK(read("\nArgument error: 26.0036\r\n   Out of range\r\n:\x11").error == "Out of range");
  CHECK(read("\nCommand error: \r\n   Unknown command\r\n:\x11").error == "Unknown command");
  CHECK(read("\n00:Command error: \r\n00:   Unknown command\r\n00:\x11").error == "Unknown command");
  CHECK(read("\nArgument error: 9\r\n:\x11").error == "Argument error: 9");
}

TEST_CASE("pump chain: a prefix of address and prompt is taken off, and what merely looks like one is not") {
  CHECK(read("\n00:14.4300 mm\r\n00:\x11").lines == Lines{"14.4300 mm"});
  CHECK(read("\n12>1.5 ul\r\n12>\x11", 12).lines == Lines{"1.5 ul"});
  CHECK(read("\n02T*1 ml\r\n02T*\x11", 2).lines == Lines{"1 ml"});
  CHECK(read("\n0200:03:00\r\n02:\x11", 2).lines == Lines{"00:03:00"});
  CHECK(read("\n25.04 nl/min\r\n25:\x11", 25).lines == Lines{"25.04 nl/min"});
  CHECK(read("\n2525.04 nl/min\r\n25:\x11", 25, Prefix::always).lines == Lines{"25.04 nl/min"});
  CHECK(read("\n00:03:00\r\n00:\x11", 0, Prefix::never).lines == Lines{"00:03:00"});
}

TEST_CASE("pump chain: every prompt tells its state") {
  CHECK(read("\n<\x11").state == State::withdrawing);
  CHECK(read("\n*\x11").state == State::stalled);
  CHECK(read("\nT*\x11").state == State::target_reached);
  CHECK(read("\n>*\x11").state == State::target_reached);
  CHECK(read("\n<*\x11").state == State::target_reached);
  CHECK(read("\n07T*\x11", 7).state == State::target_reached);
}

TEST_CASE("pump chain: an unasked-for T*, an echo and a reply cut short before it do not belong to a reply") {
  CHECK(read("\nT*\n1.5 ul\r\nT*\x11").lines == Lines{"1.5 ul"});
  CHECK(read("@status\r\n1.5 ul\r\n:\x11").lines == Lines{"1.5 ul"});
  CHECK(read("\n199.4\n1.5 ul\r\n:\x11").lines == Lines{"1.5 ul"});
  CHECK(read("zz\xFF\n1.5 ul\r\n:\x11").lines == Lines{"1.5 ul"});
}

TEST_CASE("pump chain: another pump's reply is foreign, and no address means the first pump") {
  Reply reply;
  CHECK(examine("\n03:1 ml\r\n03:\x11", 4, Prefix::automatic, reply).kind == Kind::foreign);
  CHECK(examine("\n1 ml\r\n:\x11", 4, Prefix::automatic, reply).kind == Kind::foreign);
  CHECK(examine("\n1 ml\r\n:\x11", 4, Prefix::never, reply).kind == Kind::reply);
  CHECK(examine("\n03:1 ml\r\n03:", 4, Prefix::automatic, reply).kind == Kind::incomplete);
}

TEST_CASE("pump chain: nothing shorter than a whole reply is one, and without XON silence must follow") {
  const std::string whole = "\n1.69023 ul\r\n>";
  Reply reply;
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(examine(whole.substr(0, length), 0, Prefix::automatic, reply).kind == Kind::incomplete);
  CHECK(examine(whole, 0, Prefix::automatic, reply).kind == Kind::reply_if_quiet);
  CHECK_FALSE(reply.marked);
  CHECK(examine("\n00:14.4300 mm\r\n00:", 0, Prefix::automatic, reply).kind == Kind::reply_if_quiet);
  CHECK(reply.lines == Lines{"14.4300 mm"});
  CHECK(examine(whole + "\x11more", 0, Prefix::automatic, reply).kind == Kind::reply);
  CHECK(reply.marked);
}

TEST_CASE("pump chain: an end mark without a reply before it is noise, and so is what never ends") {
  Reply reply;
  CHECK(examine("\x11", 0, Prefix::automatic, reply).kind == Kind::noise);
  CHECK(examine("\n1.5\xB5l\r\n:\x11", 0, Prefix::automatic, reply).kind == Kind::noise);
  CHECK(examine("\n12345:\x11", 0, Prefix::automatic, reply).kind == Kind::noise);
  CHECK(examine(std::string(5000, 'a'), 0, Prefix::automatic, reply).kind == Kind::noise);
}

TEST_CASE("pump chain: rates and volumes are read in every unit, and nonsense is not") {
  CHECK(in_microliters_per_minute(*parse_flow("199.49 ul/min")) == doctest::Approx(199.49));
  CHECK(in_microliters_per_minute(*parse_flow("1.5 m/m")) == doctest::Approx(1500.0));
  CHECK(in_microliters_per_minute(*parse_flow("60 nl/hr")) == doctest::Approx(1e-3));
  CHECK(in_microliters_per_minute(*parse_flow("2 pl/s")) == doctest::Approx(1.2e-4));
  CHECK(in_microliters_per_minute(*parse_flow("3 UL/SEC")) == doctest::Approx(180.0));
  CHECK(in_microliters(*parse_volume("1.69023 ul")) == doctest::Approx(1.69023));
  CHECK(in_microliters(*parse_volume("0 ul")) == 0.0);
  CHECK(in_milliliters(*parse_volume("1 ml")) == doctest::Approx(1.0));
  CHECK(in_milliliters(*parse_volume("8.6284 ml")) == doctest::Approx(8.6284));
  CHECK(in_microliters(*parse_volume("1e+03 nl")) == doctest::Approx(1.0));
  CHECK(in_millimeters(*parse_length("7.2620 mm")) == doctest::Approx(7.262));
  for (const char* text : {"", "ul/min", "-1 ul/min", "nan ul/min", "inf ul/min", "1 ul", "1 xl/min",
                           "1 ul/day", "1 ul/min extra", "Rate not set", "0x10 ul/min", "1e999 ul/min"})
    CHECK_FALSE(parse_flow(text));
  CHECK_FALSE(parse_volume("1 ul/min"));
  CHECK_FALSE(parse_volume("Target volume not set"));
  CHECK_FALSE(parse_length("7.2620"));
  CHECK(is_not_set("Target volume not set"));
  CHECK(is_not_set("Target time NOT SET"));
  CHECK_FALSE(is_not_set("1 ml"));
}

TEST_CASE("pump chain: limits are two rates in rising order") {
  const auto limits = parse_limits("25.0404 nl/min to 26.0035 ml/min");
  REQUIRE(limits);
  CHECK(in_microliters_per_minute(limits->low) == doctest::Approx(0.0250404));
  CHECK(in_milliliters_per_minute(limits->high) == doctest::Approx(26.0035));
  CHECK_FALSE(parse_limits("26 ml/min to 25 nl/min"));
  CHECK_FALSE(parse_limits("25 nl/min"));
  CHECK_FALSE(parse_limits("110 ul/min to 417 ul/min in 7.036 seconds"));
}

TEST_CASE("pump chain: limits follow from the diameter as recorded, to the last digit") {
  const Limits legato = limits_for(millimeters(14.43), 159.00438);  // 68.9019 nm in 26 µs
  CHECK(in_microliters_per_minute(legato.low) * 1e3 == doctest::Approx(25.0404).epsilon(2e-6));
  CHECK(in_milliliters_per_minute(legato.high) == doctest::Approx(26.0035).epsilon(2e-6));
  const Limits phd = limits_for(millimeters(9.525), 93.335e-6 / 26e-6 * 60.0);
  CHECK(in_microliters_per_minute(phd.low) * 1e3 == doctest::Approx(14.7792).epsilon(1e-5));
  CHECK(in_milliliters_per_minute(phd.high) == doctest::Approx(15.3477).epsilon(1e-5));
}

TEST_CASE("pump chain: a status line is three whole numbers and six flags") {
  const auto target = parse_status("0 0 0 w..TI.");
  REQUIRE(target);
  CHECK_FALSE(target->moving);
  CHECK(target->withdraws);
  CHECK_FALSE(target->target_reached);
  const auto moving = parse_status("16666667 60000 1000000000 I...iT");
  REQUIRE(moving);
  CHECK(moving->moving);
  CHECK_FALSE(moving->withdraws);
  CHECK(moving->target_reached);
  CHECK(in_microliters_per_minute(moving->rate) == doctest::Approx(1.0));
  CHECK(in_microliters(moving->volume) == doctest::Approx(1.0));
  CHECK(moving->time_ms == 60000);
  CHECK(parse_status("0 0 0 iiS.i.")->stalled);
  CHECK(parse_status("0 0 0 iiS.i.")->limit_switch == 'i');
  for (const char* text : {"", "0 0 0", "0 0 0 i...i", "0 0 0 x...i.", "0 0 i...i.", "-1 0 0 i...i.",
                           "0.5 0 0 i...i.", "0 0 0 i...i..", "99999999999999999999 0 0 i...i."})
    CHECK_FALSE(parse_status(text));
}

TEST_CASE("pump chain: no other reply looks like a version") {
  CHECK(is_version("11 ELITE I/W Single 3.0.4"));
  CHECK(is_version("PHD ULTRA 3.0.5"));
  CHECK(is_version("LEGATO 100 v3.0.6"));
  for (const char* text : {"199.49 ul/min", "7.2620 mm", "15%", "1.69023 ul", "0 0 0 w..TI.", "30 seconds",
                           "25.0404 nl/min to 26.0035 ml/min", "Firmware:      v3.0.6", "Target time not set",
                           "Pump address set to 2", "110 ul/min to 417 ul/min in 7.036 seconds", "00:03:00"})
    CHECK_FALSE(is_version(text));
}

TEST_CASE(
    "pump chain: a rate is written in six digits, next to the one asked for and never outside the limits") {
  const Limits limits{microliters_per_minute(0.0250404), milliliters_per_minute(26.0035)};
  CHECK(quantise(microliters_per_minute(123.456789), limits).text == "123.457 ul/min");
  CHECK(quantise(milliliters_per_minute(1.5), limits).text == "1.50000 ml/min");
  CHECK(quantise(microliters_per_minute(0.03), limits).text == "30.0000 nl/min");
  CHECK(quantise(microliters_per_minute(9.999996), limits).text == "10.0000 ul/min");
  CHECK(quantise(limits.low, limits).text == "25.0404 nl/min");
  CHECK(quantise(limits.high, limits).text == "26.0035 ml/min");
  CHECK(quantise(milliliters_per_minute(1.0), {microliters_per_minute(1.0), milliliters_per_minute(1.99999)})
            .text == "1.00000 ml/min");
  for (double flow = 0.0251; flow < 26000.0; flow *= 1.0137) {
    const Rate rate = quantise(microliters_per_minute(flow), limits);
    CAPTURE(flow);
    CHECK(in_microliters_per_minute(rate.flow) == doctest::Approx(flow).epsilon(6e-6));
    CHECK(same_in_six_digits(parse_flow(rate.text)->si(), rate.flow.si()));
  }
}

}  // namespace
}  // namespace nocturne::pump_chain::test
