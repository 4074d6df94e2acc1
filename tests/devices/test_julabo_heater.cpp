#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "devices/concurrency.hpp"
#include "devices/julabo_heater.hpp"
#include "devices/memory_link.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

JulaboSettings usual_julabo() {
  JulaboSettings settings;
  settings.name = "bath";
  settings.limit_query = "in_sp_03";
  settings.limit_command = "out_sp_03";
  settings.output_query = "in_pv_01";
  settings.max_target = 190.0_degC;
  settings.limit = 195.0_degC;
  return settings;
}

/// A circulator behind a line of 9600 baud, in virtual time.
struct JulaboLab : DriverLab<JulaboLab> {
  explicit JulaboLab(JulaboSettings settings = usual_julabo())
      : heater{lab.clock, line, std::move(settings)} {}

  Utterances answer(const std::string& request) {
    const std::string command = request.substr(0, request.size() - 1);
    const auto space = command.find(' ');
    if (space != std::string::npos) {
      const std::string word = command.substr(0, space);
      commands.push_back(command);
      const bool obeys = remote && (!deaf || !deaf());
      if (obeys && word.rfind("out_", 0) == 0) held["in_" + word.substr(4)] = command.substr(space + 1);
      return {};
    }
    const auto found = held.find(command);
    Utterances usual_reply;
    if (found != held.end()) usual_reply.emplace_back(found->second + "\r\n", 30ms);
    return tamper ? tamper(command, std::move(usual_reply)) : usual_reply;
  }
  bool runs() const { return held.at("in_mode_05") == "1"; }
  long sent(const std::string& word) const {
    return std::ranges::count_if(commands, [&](const std::string& one) { return one.rfind(word, 0) == 0; });
  }

  std::map<std::string, std::string> held{{"version", "JULABO HIGHTECH FL VERSION 4.0"},
                                          {"status", "02 REMOTE STOP"},
                                          {"in_pv_00", "25.30"},
                                          {"in_pv_01", "+42"},
                                          {"in_pv_02", "24.1"},
                                          {"in_sp_00", "20.0"},
                                          {"in_sp_03", "150.0"},
                                          {"in_mode_05", "0"}};
  std::vector<std::string> commands;
  bool remote = true;
  std::function<bool()> deaf;
  std::function<Utterances(const std::string& query, Utterances usual_reply)> tamper;
  MemoryLinkPair ends = make_memory_link(lab.clock, "bath", 9600);
  Partner fake{lab.clock, std::move(ends.instrument),
               [](const std::string& heard) {
                 const auto end = heard.find('\r');
                 return end == std::string::npos ? 0 : end + 1;
               },
               [this](const std::string& request) { return answer(request); }};
  Line line{lab.clock, std::move(ends.host)};
  JulaboHeater heater;
};

}  // namespace

TEST_CASE("julabo: arming leaves it identified, stopped and with its own limit set") {
  JulaboLab labs;
  labs.held["in_mode_05"] = "1";
  CHECK(labs.run(labs.heater.arm()) == "JULABO HIGHTECH FL VERSION 4.0");
  CHECK_FALSE(labs.runs());
  CHECK(labs.held["in_sp_03"] == "195.0");
}

TEST_CASE("julabo: without a limit of its own it is armed only if the settings say unwatched") {
  JulaboSettings settings = usual_julabo();
  settings.limit_query.clear();
  settings.limit_command.clear();
  JulaboLab labs{settings};
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.heater.set_target(50.0_degC)) == DeviceFault::refused);
  settings.unwatched = true;
  JulaboLab others{settings};
  CHECK(others.run(others.heater.arm()) == "JULABO HIGHTECH FL VERSION 4.0 (no limit of its own)");
}

TEST_CASE("julabo: a limit that is set by hand must not be above ours") {
  JulaboSettings settings = usual_julabo();
  settings.limit_command.clear();
  JulaboLab labs{settings};
  labs.run(labs.heater.arm());
  labs.held["in_sp_03"] = "195.1";
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.sent("out_sp_03") == 0);
}

TEST_CASE("julabo: a target is sent in its steps, read back, and the circulator started") {
  JulaboLab labs;
  labs.run(labs.heater.arm());
  labs.commands.clear();
  CHECK(labs.run(labs.heater.set_target(Temperature::from_celsius(55.52))).celsius() ==
        doctest::Approx(55.5));
  CHECK(labs.commands == std::vector<std::string>{"out_sp_00 55.5", "out_mode_05 1"});
  labs.run(labs.heater.set_target(60.0_degC));
  CHECK(labs.sent("out_mode_05 1") == 1);
  labs.run(labs.heater.off());
  CHECK_FALSE(labs.runs());
  CHECK(labs.commands.back() == "out_mode_05 0");
}

TEST_CASE("julabo: targets outside our limits are refused before anything is sent") {
  JulaboLab labs;
  labs.run(labs.heater.arm());
  const std::size_t before = labs.fake.requests.size();
  for (const double celsius : {190.1, -0.1, std::nan("")})
    CHECK(labs.fault(labs.heater.set_target(Temperature::from_celsius(celsius))) ==
          DeviceFault::out_of_range);
  CHECK(labs.fake.requests.size() == before);
}

TEST_CASE("julabo: commands that it does not follow are found out") {
  JulaboLab labs;
  labs.run(labs.heater.arm());
  labs.remote = false;
  CHECK(labs.fault(labs.heater.set_target(50.0_degC)) == DeviceFault::refused);
  CHECK_FALSE(labs.runs());
  labs.held["in_mode_05"] = "1";
  CHECK(labs.fault(labs.heater.off()) == DeviceFault::refused);
}

TEST_CASE("julabo: readings of bath or external sensor, power and errors") {
  JulaboLab labs;
  HeaterReading reading = labs.run(labs.heater.read());
  CHECK(reading.process.celsius() == doctest::Approx(25.3));
  CHECK(reading.target.celsius() == doctest::Approx(20.0));
  CHECK(reading.output == doctest::Approx(0.42));
  CHECK_FALSE(reading.alarm);
  labs.held["status"] = "-01 LOW LEVEL ALARM";
  CHECK(labs.run(labs.heater.read()).alarm);
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  JulaboSettings settings = usual_julabo();
  settings.external_sensor = true;
  JulaboLab others{settings};
  CHECK(others.run(others.heater.read()).process.celsius() == doctest::Approx(24.1));
}

TEST_CASE("julabo: nobody, and somebody who speaks otherwise, are refused with nothing sent that moves") {
  JulaboLab labs;
  SUBCASE("nobody") { labs.held.clear(); }
  SUBCASE("a number as version") { labs.held["version"] = "12.5"; }
  SUBCASE("a running mode that is none") { labs.held["in_mode_05"] = "7"; }
  SUBCASE("words instead of numbers") { labs.held["in_mode_05"] = "ERROR"; }
  CHECK(labs.fault(labs.heater.arm()).has_value());
  CHECK(labs.commands.empty());
}

TEST_CASE("julabo: one lost, late, damaged or strange reply costs a question more, and no wrong number") {
  enum { lost, late, very_late, truncated, garbage, foreign };
  for (const int what : {lost, late, very_late, truncated, garbage, foreign})
    for (int nth = 1; nth <= 4; ++nth) {
      CAPTURE(what);
      CAPTURE(nth);
      JulaboLab labs;
      labs.run(labs.heater.arm());
      int said = 0;
      labs.tamper = [&](const std::string&, Utterances usual_reply) {
        if (++said != nth) return usual_reply;
        if (what == lost) usual_reply.clear();
        if (what == late) usual_reply.front().after = 520ms;
        if (what == very_late) usual_reply.front().after = 700ms;
        if (what == truncated) usual_reply.front().bytes.resize(1);
        if (what == garbage) usual_reply.front().bytes.insert(0, "\xFF\x01");
        if (what == foreign) usual_reply.front().bytes = "*** ???\r\n";
        return usual_reply;
      };
      const HeaterReading reading = labs.run(labs.heater.read());
      CHECK(reading.process.celsius() == doctest::Approx(25.3));
      CHECK(reading.target.celsius() == doctest::Approx(20.0));
      CHECK(reading.output == doctest::Approx(0.42));
    }
}

TEST_CASE("julabo: a target whose command was lost is not repeated; off is, until it has happened") {
  JulaboLab labs;
  labs.run(labs.heater.arm());
  labs.run(labs.heater.set_target(50.0_degC));
  labs.commands.clear();
  int heard = 0;
  labs.deaf = [&] { return ++heard <= 1; };
  CHECK(labs.fault(labs.heater.set_target(60.0_degC)) == DeviceFault::refused);
  CHECK(labs.sent("out_sp_00") == 1);
  heard = -2;
  labs.run(labs.heater.off());
  CHECK_FALSE(labs.runs());
}

TEST_CASE("julabo: a line that broke is unreachable") {
  JulaboLab labs;
  labs.run(labs.heater.arm());
  labs.lab.run(labs.lab.clock.sleep_for(1ms));
  labs.fake.leave();
  CHECK(fault_of([&] { labs.lab.run(labs.heater.read()); }) == DeviceFault::unreachable);
  CHECK(fault_of([&] { labs.lab.run(labs.heater.off()); }) == DeviceFault::unreachable);
}

TEST_CASE("julabo: a set_target that off overtakes leaves it off") {
  for (int nth = 1; nth <= 3; ++nth) {
    JulaboLab labs;
    labs.run(labs.heater.arm());
    Signal reached{labs.lab.clock.io()};
    int said = 0;
    labs.tamper = [&](const std::string&, Utterances usual_reply) {
      if (++said == nth) reached.notify_all();
      return usual_reply;
    };
    auto heat = [&]() -> Task<void> {
      try {
        co_await labs.heater.set_target(120.0_degC);
      } catch (const DeviceError& error) {
        CHECK(error.fault() == DeviceFault::refused);
      }
    };
    auto cut = [&]() -> Task<void> {
      co_await reached.wait();
      co_await labs.heater.off();
    };
    std::vector<Task<void>> works;
    works.push_back(heat());
    works.push_back(cut());
    labs.run(all(std::move(works)));
    CAPTURE(nth);
    CHECK_FALSE(labs.runs());
  }
}

}  // namespace nocturne::test
