#include <doctest/doctest.h>

#include "harvard_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using virtual_harvard::legato_100;
using virtual_harvard::phd_ultra;
using virtual_harvard::pump_11_elite;

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a session with a real Legato 100 comes out byte for byte") {
  CHECK(say("@poll on") == "\n:\x11");
  CHECK(say("@nvram none") == "\n:\x11");
  CHECK(say("@irate lim") == "\n25.0404 nl/min to 26.0035 ml/min\r\n:\x11");
  CHECK(say("@irate 5 ml/min") == "\n:\x11");
  CHECK(ask("@irun\r\n", 20282760ns) == "\n>\x11");
  CHECK(say("@ivolume") == "\n1.69023 ul\r\n>\x11");
  CHECK(say("@stp") == "\n:\x11");
  CHECK(say("@force 15") == "\n:\x11");
  CHECK(say("@force") == "\n15%\r\n:\x11");
  CHECK(say("@irate 199.49 u/m") == "\n:\x11");
  CHECK(say("@irate") == "\n199.49 ul/min\r\n:\x11");
  CHECK(say("@diameter 7.262") == "\n:\x11");
  CHECK(say("@diameter") == "\n7.2620 mm\r\n:\x11");
  CHECK(say("@tvolume 2 l") == "\nArgument error: 2\r\n   Target volume out of range\r\n:\x11");
  CHECK(say("@syrmanu HOSHI 200 ml") == "\nArgument error: 200\r\n   Unknown syringe\r\n:\x11");
  CHECK(say("@ttime 30") == "\n:\x11");
  CHECK(say("@ttime") == "\n30 seconds\r\n:\x11");
  CHECK(say("@ttime 180") == "\n:\x11");
  CHECK(say("@ttime") == "\n00:03:00\r\n:\x11");
  CHECK(say("@version") == "\nFirmware:      v3.0.6\r\nPump address:  0\r\nSerial number: D101754\r\n:\x11");
  CHECK(say("@addr 2") == "\nPump address set to 2\r\n02:\x11");
}

TEST_CASE("virtual harvard: the limits follow from microstep and diameter to the last digit") {
  struct Row {
    virtual_harvard::Model model;
    double diameter;
    std::string limits;
  };
  const std::vector<Row> rows = {
      {legato_100(), 14.43, "25.0404 nl/min to 26.0035 ml/min"},
      {phd_ultra(), 9.525, "14.7792 nl/min to 15.3477 ml/min"},
      {pump_11_elite(), 14.43, "30.0485 nl/min to 31.2042 ml/min"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.model.name);
    HarvardLab lab{pump_with(row.model, row.diameter)};
    CHECK(lab.text("irate lim") == row.limits);
    CHECK(lab.text("wrate lim") == row.limits);
  }
  CHECK(legato_100().microstep().si() == doctest::Approx(68.9019e-9).epsilon(1e-6));
  CHECK(pump_11_elite().min_speed() == doctest::Approx(0.18374e-6 / 60).epsilon(1e-5));
  CHECK(pump_11_elite().max_speed() == doctest::Approx(190.806e-3 / 60).epsilon(1e-5));
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a rate is taken up to the printed limits and not beyond") {
  obeyed({"irate 26.0035 ml/min", "irate 25.0404 n/m", "irate min", "irate max"});
  CHECK(text("irate") == "26.0035 ml/min");
  CHECK(say("irate 26.0036 ml/min") == "\nArgument error: 26.0036\r\n   Out of range\r\n:");
  CHECK(say("irate 25.0402 nl/min") == "\nArgument error: 25.0402\r\n   Out of range\r\n:");
  CHECK(text("irate") == "26.0035 ml/min");
  obeyed({"diameter 4.699"});
  CHECK(say("irun") == "\nCommand error:\r\n   Out of range\r\n:");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: requests come in every form that clients use") {
  for (const char* request :
       {"diameter", "DIAMETER", "diam", "@diameter", "@ diameter", "0diameter", "00diameter", "0@diameter",
        "@00diameter", "00:diameter", "00 diameter", "  diameter  "}) {
    CAPTURE(request);
    CHECK(say(request) == "\n14.4300 mm\r\n:");
    CHECK(ask(std::string{request} + "\r") == "\n14.4300 mm\r\n:");
  }
  CHECK(say("") == "\n:");
  CHECK(ask("\n") == "");
  CHECK(ask("diam") == "");
  CHECK(ask("eter\r") == "\n14.4300 mm\r\n:");
  CHECK(ask("diameter\rforce\r") == "\n14.4300 mm\r\n:\n50%\r\n:");
  for (const char* wrong : {"dia", "diametre", "diameter5", "fly", "000diameter"}) {
    CAPTURE(wrong);
    CHECK(say(wrong) == "\nCommand error:\r\n   Unknown command\r\n:");
  }
}

TEST_CASE("virtual harvard: an address stands before a request with or without a colon") {
  VirtualHarvardOptions options = pump_with(phd_ultra(), 14.43);
  options.settings.address = 12;
  HarvardLab lab{options};
  for (const char* request : {"12irate 3.2 u/m", "12:irate 3.2 u/m", "12@irate 3.2 u/m"}) {
    CAPTURE(request);
    lab.say("12irate 1 u/m");
    CHECK(lab.say(request) == "\n12:");
    CHECK(lab.say("12irate") == "\n12:3.2 ul/min\r\n12:");
  }
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: rates are taken in every unit and shown in the best") {
  const std::vector<std::pair<std::string, std::string>> rows = {{"5 ml/min", "5 ml/min"},
                                                                 {"5 m/m", "5 ml/min"},
                                                                 {"0.5 ML/MIN", "500 ul/min"},
                                                                 {"1000 ul/min", "1 ml/min"},
                                                                 {"999.9999 ul/min", "1 ml/min"},
                                                                 {"3.2 u/m", "3.2 ul/min"},
                                                                 {"12.5 ml/hr", "12.5 ml/hr"},
                                                                 {"12.5 m/h", "12.5 ml/hr"},
                                                                 {"150 u/s", "150 ul/sec"},
                                                                 {"0.7 nl/s", "700 pl/sec"},
                                                                 {"1.234567 ml/min", "1.23457 ml/min"}};
  for (const auto& row : rows) {
    CAPTURE(row.first);
    obeyed({"wrate " + row.first});
    CHECK(text("wrate") == row.second);
  }
  CHECK(say("irate 5") == "\nArgument error: 5\r\n   Invalid argument\r\n:");
  CHECK(say("irate 5 kg/min") == "\nArgument error: kg/min\r\n   Invalid argument\r\n:");
  CHECK(say("irate -5 ml/min") == "\nArgument error: -5\r\n   Invalid argument\r\n:");
  CHECK(say("irate nan ml/min") == "\nArgument error: nan\r\n   Invalid argument\r\n:");
  CHECK(say("irate 0 ml/min") == "\nArgument error: 0\r\n   Out of range\r\n:");
}

TEST_CASE("virtual harvard: with the prefix every line carries address and prompt") {
  VirtualHarvardOptions options = pump_with(pump_11_elite(), 14.43);
  options.address_prefix = AddressPrefix::always;
  HarvardLab lab{options};
  CHECK(lab.say("00diameter") == "\n00:14.4300 mm\r\n00:");
  CHECK(lab.say("00VER ") == "\n00:11 ELITE I/W Single 3.0.4\r\n00:");
  CHECK(lab.say("00irun") == "\n00>");
  CHECK(lab.say("00irate") == "\n00>1 ml/min\r\n00>");
  CHECK(lab.say("00fly") == "\n00>Command error:\r\n00>   Unknown command\r\n00>");
  CHECK(lab.say("00stp") == "\n00:");
  CHECK(lab.say("00address 7") == "\n00:Pump address set to 7\r\n07:");
}

TEST_CASE("virtual harvard: without the prefix no address carries one, automatically only address 0 not") {
  for (const auto prefix : {AddressPrefix::never, AddressPrefix::automatic}) {
    VirtualHarvardOptions options;
    options.address_prefix = prefix;
    options.settings.address = 12;
    HarvardLab lab{options};
    const bool never = prefix == AddressPrefix::never;
    CHECK(lab.say("12irate 3.2 u/m") == (never ? "\n:" : "\n12:"));
    CHECK(lab.say("12irate") == (never ? "\n3.2 ul/min\r\n:" : "\n12:3.2 ul/min\r\n12:"));
  }
}

TEST_CASE("virtual harvard: on a chain each pump answers to its address, and the master also to none") {
  HarvardLab lab;
  VirtualHarvardOptions slave;
  for (const int address : {1, 12}) {
    slave.settings.address = address;
    slave.settings.diameter_mm = 4.0 + address;
    lab.add(slave);
  }
  CHECK(lab.say("@diameter") == "\n14.4300 mm\r\n:");
  CHECK(lab.say("0@diameter") == "\n14.4300 mm\r\n:");
  CHECK(lab.say("1@diameter") == "\n01:5.0000 mm\r\n01:");
  CHECK(lab.say("01diameter") == "\n01:5.0000 mm\r\n01:");
  CHECK(lab.say("12:diameter") == "\n12:16.0000 mm\r\n12:");
  CHECK(lab.say("2diameter") == "");
  CHECK(lab.say("12irun") == "\n12>");
  CHECK(lab.say("01irun") == "\n01>");
  CHECK(lab.chain.unit(0).true_flow() == FlowRate{});
  CHECK(lab.flows.size() == 2);
  CHECK(lab.say("12stp") == "\n12:");
  CHECK(lab.say("01") == "\n01>");
  // a request that moves an address is not obeyed again at the new one
  CHECK(lab.say("01addr 12") == "\n01>Pump address set to 12\r\n12>");
  CHECK(lab.say("12") == "\n12>\n12:");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: what is not set says so, and targets can be cleared") {
  CHECK(text("tvolume") == "Target volume not set");
  CHECK(text("ttime") == "Target time not set");
  CHECK(text("iramp") == "Ramp not set up.");
  CHECK(text("crate") == "0 ul/min");
  CHECK(text("ivolume") == "0 ul");
  obeyed({"tvolume 1 ml", "ttime 99:01:00", "iramp 110 u/m 417 u/m 7.036"});
  CHECK(text("tvolume") == "1 ml");
  CHECK(text("ttime") == "99:01:00");
  CHECK(text("iramp") == "110 ul/min to 417 ul/min in 7.036 seconds");
  obeyed({"ctvolume", "ctti", "irate 5 m/m"});
  CHECK(text("tvolume") == "Target volume not set");
  CHECK(text("ttime") == "Target time not set");
  CHECK(text("iramp") == "Ramp not set up.");
  for (const char* wrong : {"ttime 0", "ttime 100:00:00", "ttime 1:2", "ttime 00:61:00", "ttime 1:2:3:4",
                            "ttime 00:00:", "tvolume 0 ml", "tvolume 1", "tvolume 1 m/m"}) {
    CAPTURE(wrong);
    CHECK(say(wrong).starts_with("\nArgument error: "));
  }
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: syringes are chosen by maker and volume") {
  obeyed({"syrmanu HOSHI 20 ml"});
  CHECK(text("syrmanu") == "Hoshi, 20 ml, 20.45 mm");
  CHECK(text("diameter") == "20.4500 mm");
  CHECK(text("svolume") == "20 ml");
  CHECK(say("syrmanu sge ?") == "\n25 ul\r\n50 ul\r\n100 ul\r\n:");
  obeyed({"syrm sge 25 ul"});
  CHECK(text("diameter") == "0.7280 mm");
  CHECK(say("syrmanu acme 20 ml") == "\nArgument error: acme\r\n   Unknown syringe\r\n:");
  obeyed({"diameter 8.585", "svolume 8.6284 ml"});
  CHECK(text("svolume") == "8.6284 ml");
  CHECK(text("syrmanu") == "Custom, 8.6284 ml, 8.585 mm");
  CHECK(say("diameter 33.1") == "\nArgument error: 33.1\r\n   Out of range\r\n:");
  CHECK(say("diameter 0.09") == "\nArgument error: 0.09\r\n   Out of range\r\n:");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: identity, method, clock and pins") {
  CHECK(text("ver") == "LEGATO 100 3.0.6");
  HarvardLab ultra{pump_with(phd_ultra(), 14.43)};
  CHECK(ultra.say("ver") == "\nPHD ULTRA 3.0.5\r\n:");
  CHECK(text("load") == "Quick Start - Infuse/Withdraw (qs iw)");
  obeyed({"tvolume 1 ml", "load qs i"});
  CHECK(text("load") == "Quick Start - Infuse Only (qs i)");
  CHECK(text("tvolume") == "Target volume not set");
  CHECK(say("wrun") == "\nCommand error:\r\n   Unknown command\r\n:");
  CHECK(text("input") == "High.");
  CHECK(text("output") == "Low.");
  obeyed({"output 1 high"});
  CHECK(text("outp") == "1 high");
  obeyed({"time 05/08/23 14:48:00"});
  pass(23s);
  CHECK(text("time") == "05/08/23 2:48:23 PM");
  pass(10h);
  CHECK(text("time") == "05/09/23 12:48:23 AM");
  CHECK(say("time 13/08/23 14:48:00") == "\nArgument error: 13/08/23\r\n   Invalid argument\r\n:");
  const std::string metrics = say("metrics");
  CHECK(metrics.starts_with("\nPump type          Legato 100\r\nPump type string   LEGATO 100\r\n"));
  CHECK(metrics.find("\nPulley ratio       2.4:1\r") != std::string::npos);
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: echo returns the request before the reply") {
  CHECK(say("echo on") == "\n:");
  CHECK(say("@force") == "@force\r\n50%\r\n:");
  CHECK(say("echo off") == "echo off\r\n:");
  CHECK(say("@force") == "\n50%\r\n:");
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: nvram keeps settings and wears; without it a power cut undoes them") {
  obeyed({"irate 2 ml/min", "diameter 20"});
  CHECK(pump().memory_writes() == 2);
  obeyed({"nvram off", "irate 3 ml/min", "diameter 21", "tvolume 1 ml"});
  CHECK(pump().memory_writes() == 2);
  CHECK(text("irate") == "3 ml/min");
  CHECK(text("nvram") == "OFF");
  pump().power_cycle();
  CHECK(text("irate") == "2 ml/min");
  CHECK(text("diameter") == "20.0000 mm");
  CHECK(text("tvolume") == "Target volume not set");
  CHECK(text("nvram") == "ON");
}

}  // namespace
}  // namespace nocturne::test
