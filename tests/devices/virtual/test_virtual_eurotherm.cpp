#include <doctest/doctest.h>

#include <bit>
#include <deque>

#include "conversation.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A heated block with dead time and a slow probe, controlled every half second, for as long as somebody
/// looks.
struct ThermalModel {
  double ambient = 22.0, full_power_K_per_s = 0.8, loss_time_s = 350.0, probe_time_s = 4.0;
  int dead_periods = 8;
  static constexpr double period = 0.5;
  double block = ambient, probe = ambient, time_s = 0.0;
  std::deque<double> pipeline = std::deque<double>(static_cast<std::size_t>(dead_periods), 0.0);
  std::function<double(double, double)> power;
  double highest = ambient;

  double at(double now_s) {
    while (time_s + period <= now_s + 1e-9) {
      pipeline.push_back(power(time_s, probe));
      block += period * (full_power_K_per_s * pipeline.front() - (block - ambient) / loss_time_s);
      pipeline.pop_front();
      probe += period / probe_time_s * (block - probe);
      time_s += period;
      highest = std::max(highest, probe);
    }
    return probe;
  }
};

VirtualEurothermOptions ready_options() {
  VirtualEurothermOptions options;
  options.parameters.proportional_band = 13.0;
  options.parameters.integral_s = 64.0;
  options.parameters.derivative_s = 4.0;
  return options;
}

struct HeaterLab : Conversation {
  ThermalModel model;
  VirtualEurotherm heater;

  explicit HeaterLab(VirtualEurothermOptions options = ready_options())
      : heater{clock, options, [this](Instant now) { return model.at(in_seconds(now)); }} {
    model.power = [this](double time_s, double celsius) { return heater.power(time_s, celsius); };
    serve(heater);
  }
  std::string frame(const std::string& unit_and_pdu) {
    const unsigned check = virtual_modbus::crc(unit_and_pdu);
    return unit_and_pdu + static_cast<char>(check & 0xFF) + static_cast<char>(check >> 8);
  }
  /// Words of `count` registers from `address`, or minus the exception code.
  std::vector<int> read(int address, int count, int function = 3) {
    const std::string reply =
        ask(frame(from_hex("01") + static_cast<char>(function) + word(address) + word(count)));
    if (reply.size() == 5) return {-static_cast<int>(reply[2])};
    std::vector<int> words;
    for (std::size_t i = 3; i + 3 < reply.size(); i += 2)
      words.push_back(byte(reply, i) << 8 | byte(reply, i + 1));
    return words;
  }
  int read(int address) { return read(address, 1).at(0); }
  float read_float(int parameter) {
    const auto words = read(0x8000 + 2 * parameter, 2);
    return std::bit_cast<float>(static_cast<std::uint32_t>(words.at(0) << 16 | words.at(1)));
  }
  /// 0, or the exception code.
  int write(int address, int value) {
    const std::string request = frame(from_hex("01 06") + word(address) + word(value));
    const std::string reply = ask(request);
    return reply == request ? 0 : static_cast<int>(reply.at(2));
  }
  static std::string word(int value) {
    return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
  }
  static int byte(const std::string& bytes, std::size_t i) { return static_cast<unsigned char>(bytes.at(i)); }
};

/// The probe as a test wants it; control periods only when the test says so.
struct FixedLab : Conversation {
  double celsius = 25.3;
  VirtualEurotherm heater;
  explicit FixedLab(VirtualEurothermOptions options = {})
      : heater{clock, options, [this](Instant) { return celsius; }} {
    serve(heater);
  }
  std::string hex(const std::string& request) { return in_hex(ask(from_hex(request))); }
};

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

TEST_CASE("virtual eurotherm: reaches and holds a set point within 0.5 degrees, overshooting less than 3") {
  for (const double target : {60.0, 120.0, 180.0}) {
    CAPTURE(target);
    HeaterLab lab;
    REQUIRE(lab.write(2, static_cast<int>(10.0 * target)) == 0);
    lab.pass(15min);
    CHECK(lab.read(1) == doctest::Approx(10.0 * target).epsilon(0.003));
    CHECK(lab.model.highest < target + 3.0);
    double worst = 0.0;
    for (int i = 0; i < 100; ++i) {
      lab.pass(5s);
      worst = std::max(worst, std::abs(lab.read_float(1) - target));
    }
    CHECK(worst < 0.5);
  }
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: the output at rest is what the losses take") {
  REQUIRE(write(2, 1500) == 0);
  pass(30min);
  CHECK(read_float(4) == doctest::Approx((150.0 - 22.0) / 350.0 / 0.8 * 100.0).epsilon(0.01));
}

TEST_CASE_FIXTURE(HeaterLab,
                  "virtual eurotherm: by hand the output is what the hand sets; that is how to switch off") {
  REQUIRE(write(2, 1500) == 0);
  pass(10min);
  REQUIRE(read(4) > 300);
  CHECK(write(273, 1) == 0);
  CHECK(write(3, 0) == 0);
  CHECK(read(4) == 0);
  CHECK((read(75) & 0x10) == 0x10);
  const float hot = read_float(1);
  pass(10min);
  CHECK(read_float(1) < hot - 50.0F);
  CHECK(write(3, 250) == 0);
  pass(1s);
  CHECK(read(4) == 250);
  CHECK(write(3, 1001) == 3);
  CHECK(write(273, 0) == 0);
  pass(30min);
  CHECK(read_float(1) == doctest::Approx(150.0).epsilon(0.003));
}

TEST_CASE_FIXTURE(HeaterLab,
                  "virtual eurotherm: set points outside their limits are refused and change nothing") {
  REQUIRE(write(111, 1500) == 0);
  CHECK(write(2, 1501) == 3);
  CHECK(write(24, -1) == 3);
  CHECK(read(2) == 200);
  CHECK(write(2, 1500) == 0);
  CHECK(write(111, 1000) == 0);
  CHECK(read(2) == 1000);
}

TEST_CASE("virtual eurotherm: some firmware cuts values to their limits instead") {
  VirtualEurothermOptions options = ready_options();
  options.clamps = true;
  HeaterLab lab{options};
  CHECK(lab.write(2, 9000) == 0);
  CHECK(lab.read(2) == 2500);
}

TEST_CASE_FIXTURE(
    HeaterLab, "virtual eurotherm: alarm 1 cuts the output, latches, and is acknowledged once it is cool") {
  REQUIRE(write(13, 1000) == 0);
  REQUIRE(write(2, 1400) == 0);
  pass(10min);
  CHECK(read(4) == 0);
  CHECK(model.highest > 100.0);
  CHECK(model.highest < 106.0);
  CHECK((read(75) & 0x1001) == 0x1001);
  CHECK(write(2, 200) == 0);
  CHECK(read_float(1) < 99.0F);
  CHECK((read(75) & 1) == 1);
  CHECK(write(274, 1) == 0);
  CHECK((read(75) & 0x1001) == 0);
}

TEST_CASE_FIXTURE(HeaterLab,
                  "virtual eurotherm: acknowledging does not clear an alarm whose cause is still there") {
  REQUIRE(write(13, 1000) == 0);
  REQUIRE(write(2, 1400) == 0);
  while (read_float(1) < 100.5F) pass(1s);
  CHECK(write(274, 1) == 0);
  CHECK((read(75) & 0x1001) == 1);
  CHECK(read(4) == 0);
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: alarm 1 cuts the output by hand, too") {
  REQUIRE(write(13, 600) == 0);
  REQUIRE(write(273, 1) == 0);
  REQUIRE(write(3, 1000) == 0);
  pass(30min);
  CHECK(read(1) < 600);  // the model moves on when somebody looks
  CHECK(model.highest > 60.0);
  CHECK(model.highest < 70.0);
}

TEST_CASE("virtual eurotherm: an alarm without latch goes by itself, but only beyond its hysteresis") {
  VirtualEurothermOptions options;
  using virtual_eurotherm::Alarm;
  options.parameters.alarms[1] = Alarm{Alarm::Kind::low, false, 50.0, 2.0};
  FixedLab lab{options};
  const auto active_at = [&](double time_s, double celsius) {
    lab.heater.power(time_s, celsius);
    return (lab.heater.loop().status() & 2) != 0;
  };
  CHECK_FALSE(active_at(1, 60.0));
  CHECK(active_at(2, 49.9));
  CHECK(active_at(3, 51.9));
  CHECK_FALSE(active_at(4, 52.1));
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: the set point follows its target at the set rate") {
  REQUIRE(write(35, 60) == 0);  // 6 degrees
  REQUIRE(write(531, 0) == 0);  // per minute
  REQUIRE(write(2, 800) == 0);
  pass(5min);
  CHECK(read(2) == 800);
  CHECK(read_float(5) == doctest::Approx(20.0 + 30.0).epsilon(0.02));
  CHECK((read(75) & 0x2000) == 0x2000);
  pass(10min);
  CHECK(read(5) == 800);
  CHECK((read(75) & 0x2000) == 0);
}

TEST_CASE_FIXTURE(
    HeaterLab,
    "virtual eurotherm: a remote set point that is not refreshed fails and the local one takes over") {
  REQUIRE(write(276, 1) == 0);
  CHECK((read(75) & 0x4000) == 0x4000);
  REQUIRE(write(26, 900) == 0);
  for (int i = 0; i < 30; ++i) {
    pass(4s);
    REQUIRE(write(26, 900) == 0);
  }
  CHECK(read(5) == 900);
  CHECK((read(75) & 0x4000) == 0);
  CHECK(heater.memory_writes() == 0);
  pass(6s);
  CHECK((read(75) & 0x4000) == 0x4000);
  CHECK(read(5) == 200);
}

TEST_CASE_FIXTURE(
    HeaterLab, "virtual eurotherm: a broken sensor holds its value, shows it and switches the output off") {
  REQUIRE(write(2, 1500) == 0);
  pass(2min);
  const int before = read(1);
  REQUIRE(read(4) > 0);
  heater.faults().sensor_break = true;
  pass(3min);
  CHECK(read(1) == before);
  CHECK(read(258) == 1);
  CHECK((read(75) & 0x20) == 0x20);
  CHECK(read(4) == 0);
  CHECK(model.probe < before / 10.0);
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: a frozen sensor looks good while the heater runs away") {
  REQUIRE(write(2, 1000) == 0);
  pass(1min);
  heater.faults().frozen_reading = true;
  const int before = read(1);
  pass(20min);
  CHECK(read(1) == before);
  CHECK(read(75) == 0);
  CHECK(model.probe > 200.0);
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: over range shows in the status") {
  REQUIRE(read(12) == 4000);
  model.probe = 401.0;
  CHECK((read(75) & 0x400) == 0x400);
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
