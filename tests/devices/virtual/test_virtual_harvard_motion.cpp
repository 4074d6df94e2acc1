#include <doctest/doctest.h>

#include <cmath>

#include "harvard_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// What flowed until `end`, by the flows that the listener was told, in µL.
double integral(const std::vector<std::pair<double, double>>& flows, double end) {
  double volume = 0.0;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const double until = i + 1 < flows.size() ? flows[i + 1].first : end;
    volume += flows[i].second / 60.0 * (until - flows[i].first);
  }
  return volume;
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: counter, syringe and the integral of the true flow agree") {
  obeyed({"irate 1.2 ml/min"});
  obeyed({"irun"}, ">");
  pass(10s - 50ms);
  obeyed({"irate 6 ml/min"}, ">");
  pass(5s - 50ms);
  obeyed({"stp"});
  CHECK(flows.size() == 3);
  CHECK(text("ivolume") == "700 ul");
  CHECK(text("itime") == "15 seconds");
  CHECK(integral(flows, in_seconds(clock.now())) == doctest::Approx(700.0).epsilon(1e-9));
  CHECK(in_microliters(pump().contents()) == doctest::Approx(9300.0).epsilon(1e-9));
  obeyed({"wrate 1 ml/min"});
  obeyed({"wrun"}, "<");
  CHECK(flows.back().second == doctest::Approx(-1000.0));
  pass(6s - 50ms);
  obeyed({"stop"});
  CHECK(text("wvolume") == "100 ul");
  CHECK(in_microliters(pump().contents()) == doctest::Approx(9400.0).epsilon(1e-9));
  obeyed({"civolume"});
  CHECK(text("ivolume") == "0 ul");
  CHECK(text("wvolume") == "100 ul");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: status gives rate, time, volume and flags in one line") {
  CHECK(text("status") == "0 0 0 i..TI.");
  obeyed({"irate 1.2 ml/min"});
  obeyed({"irun"}, ">");
  pass(10s - 50ms);
  CHECK(say("status") == "\n20000000000 10000 200000000000 I..TI.\r\n>");
  CHECK(text("crate") == "1.2 ml/min");
  obeyed({"stp"});
  obeyed({"cvolume", "ctime"});
  CHECK(text("status") == "0 0 0 i..TI.");
  obeyed({"wrun"}, "<");
  obeyed({"stp", "cvolume", "ctime"});
  CHECK(say("status") == "\n0 0 0 w..TI.\r\n:");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: run goes on in the last direction and rrun turns it round") {
  obeyed({"run"}, ">");
  obeyed({"rrun"}, "<");
  obeyed({"stp"});
  CHECK(text("status").ends_with(" w..TI."));
  obeyed({"run"}, "<");
  obeyed({"rrun"}, ">");
  CHECK(flows.back().second == doctest::Approx(1000.0));
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: it stops by itself at the target volume and says so unasked") {
  obeyed({"irate 10 ml/min", "tvolume 0.5 ml"});
  const double begin = in_seconds(clock.now());
  obeyed({"irun"}, ">");
  CHECK(heard(10s) == "\nT*");
  REQUIRE(flows.size() == 2);
  CHECK(flows[1].first - begin == doctest::Approx(3.0).epsilon(1e-9));
  CHECK(say("ivolume") == "\n500 ul\r\nT*");
  CHECK(say("status") == "\n0 3000 500000000000 i..TIT\r\nT*");
  CHECK(say("irate 5 ml/min") == "\nT*");
  obeyed({"cvolume"});
  obeyed({"irun"}, ">");
  CHECK(heard(10s) == "\nT*");
  CHECK(text("ivolume") == "500 ul");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: with poll on it reaches the target silently") {
  CHECK(say("poll on") == "\n:\x11");
  say("ttime 3");
  CHECK(say("irun") == "\n>\x11");
  CHECK(heard(10s) == "");
  CHECK(say("") == "\nT*\x11");
  CHECK(say("itime") == "\n3 seconds\r\nT*\x11");
  CHECK(say("stp") == "\n:\x11");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a run stopped before its target goes on towards it") {
  obeyed({"irate 10 ml/min", "tvolume 0.5 ml"});
  obeyed({"irun"}, ">");
  pass(1s);
  obeyed({"stp"});
  pass(5s);
  obeyed({"irun"}, ">");
  CHECK(heard(10s) == "\nT*");
  CHECK(text("ivolume") == "500 ul");
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: a ramp delivers the volume under the line and stays at its end") {
  obeyed({"iramp 1 ml/min 4 ml/min 30"});
  obeyed({"irun"}, ">");
  pass(30s - 50ms);
  CHECK(text("ivolume") == "1.25 ml");
  CHECK(text("crate") == "4 ml/min");
  CHECK(flows.size() == 301);
  pass(15s - 100ms);
  CHECK(text("ivolume") == "2.25 ml");
  CHECK(integral(flows, in_seconds(clock.now()) - 0.05) == doctest::Approx(2250.0).epsilon(1e-9));
  CHECK(say("iramp 1 ml/min 2 ml/min 5") == "\nCommand error:\r\n   Not allowed while pumping\r\n>");
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: an empty syringe stalls the motor, and nothing is announced") {
  pump().refill(milliliters(1.0));
  obeyed({"irate 10 ml/min"});
  obeyed({"irun"}, ">");
  CHECK(heard(10s) == "");
  CHECK(flows.back().first - flows.front().first == doctest::Approx(6.0).epsilon(1e-9));
  CHECK(say("") == "\n*");
  CHECK(text("status").ends_with(" i.STI."));
  CHECK(pump().contents() == Volume{});
  say("irun");
  CHECK(flows.back().second == 0.0);
  CHECK(say("") == "\n*");
  obeyed({"wrun"}, "<");
}

TEST_CASE("virtual harvard: with limit switches the ends of travel are told apart from a stall") {
  VirtualHarvardOptions options = pump_with(virtual_harvard::phd_ultra(), 14.43);
  options.syringe.contents = milliliters(1.0);
  HarvardLab lab{options};
  lab.obeyed({"irate 10 ml/min", "wrate 10 ml/min"});
  lab.obeyed({"irun"}, ">");
  lab.pass(10s);
  CHECK(lab.say("") == "\n>*");
  CHECK(lab.text("status").ends_with(" ii.TI."));
  lab.obeyed({"wrun"}, "<");
  lab.pass(70s);
  CHECK(lab.say("") == "\n<*");
  CHECK(lab.text("status").ends_with(" ww.TI."));
  CHECK(in_milliliters(lab.pump().contents()) == doctest::Approx(10.0));
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: back-pressure stalls an infusion according to the force") {
  obeyed({"force 100"});
  obeyed({"irun"}, ">");
  pump().set_back_pressure(9.0);  // 147 N on 14.43 mm; 155 N at most
  CHECK(say("") == "\n>");
  obeyed({"force 50"}, "*");
  CHECK(flows.back().second == 0.0);
  say("irun");
  CHECK(say("") == "\n*");
  obeyed({"wrun"}, "<");
  pump().set_back_pressure(0.0);
  obeyed({"irun"}, ">");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a jammed mechanism stalls in both directions until freed") {
  obeyed({"irun"}, ">");
  pump().jam(true);
  CHECK(say("") == "\n*");
  say("wrun");
  CHECK(say("") == "\n*");
  pump().jam(false);
  obeyed({"irun"}, ">");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: the true flow is that of the syringe which is really in it") {
  pump().insert({millimeters(7.215), milliliters(2.5), milliliters(2.5)});
  obeyed({"irun"}, ">");
  CHECK(flows.back().second == doctest::Approx(250.0));
  pass(60s - 50ms);
  CHECK(text("ivolume") == "1 ml");
  CHECK(in_milliliters(pump().contents()) == doctest::Approx(2.25).epsilon(1e-3));
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a power cut stops it and clears its counters") {
  obeyed({"irun"}, ">");
  pass(10s);
  pump().power_cycle();
  CHECK(flows.back().second == 0.0);
  CHECK(say("") == "\n:");
  CHECK(text("ivolume") == "0 ul");
}

}  // namespace
}  // namespace nocturne::test
