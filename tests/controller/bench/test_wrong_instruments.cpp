#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "controller/bench/bench_builder.hpp"
#include "controller/bench/devices_command.hpp"
#include "controller/bench/drivers.hpp"
#include "controller/in_parallel.hpp"
#include "devices/words.hpp"
#include "tests/controller/bench/watched_twins.hpp"
#include "tests/controller/bench/wrong_links.hpp"
#include "tests/controller/bench/wrong_port.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestCheck = 60s;  // of one instrument
constexpr int kThreads = 24;             // they mostly wait: Modbus waits in real time

/// One instrument of the bench file and what really stands there.
struct Standing {
  Asked asked;
  std::string situation;
  std::function<void(Port&)> arrange;
};

/// What `devices check` made of it.
struct Checked {
  Json report;  ///< null: it did not come to an end
  std::string line;
  Duration took{};
  bool stirred = false;
  std::string heard;
  int requests = 0;
  int writes = 0;
};

Checked checked(const Standing& cell) {
  Checked outcome;
  Port port{cell.asked};
  cell.arrange(port);
  const BenchDescription bench = bench_asking(cell.asked);
  BenchDescription asked_only = bench;
  std::erase_if(asked_only.instruments, [](const auto& instrument) { return instrument.name != "it"; });
  {
    BuiltBench built{port.clock, bench, std::nullopt, 1, &port};
    const auto tell = [&](const Json& told) { outcome.report = told; };
    auto in_time = [&]() -> Task<void> {
      Task<void> asking = ask_devices(built, asked_only, tell);
      co_await race(std::move(asking), port.clock.sleep_for(kLongestCheck));
    };
    port.clock.run(in_time());
    outcome.took = port.clock.now().time_since_epoch();
  }
  if (!outcome.report.is_null()) outcome.line = device_line(outcome.report, true);
  outcome.stirred = std::ranges::any_of(port.twins, &Twin::stirred);
  outcome.heard = port.heard;
  outcome.requests = port.requests;
  outcome.writes = port.writes;
  return outcome;
}

std::vector<Checked> all_checked(const std::vector<Standing>& cells) {
  std::vector<Checked> outcomes(cells.size());
  in_parallel(kThreads, cells.size(), [&](std::size_t i) { outcomes[i] = checked(cells[i]); });
  return outcomes;
}

std::string text_in(const Checked& outcome, const char* key) {
  return outcome.report.value(key, std::string{});
}

bool mentions(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// Whatever stands there: the check ends in time, can be told, and nothing moves.
void check_harmless(const Checked& outcome) {
  CHECK_FALSE(outcome.line.empty());
  CHECK(in_seconds(outcome.took) < in_seconds(kLongestCheck));
  CHECK_FALSE(outcome.stirred);
}

/// Names the instrument, what was expected, what came, and what to try.
void check_told(const Asked& asked, const Checked& outcome) {
  REQUIRE(outcome.report.is_object());
  const std::string where = asked.baud > 0 ? device_asked : host_asked;
  const std::string error = text_in(outcome, "error"), expected = text_in(outcome, "expected"),
                    to_try = text_in(outcome, "try");
  CHECK_FALSE(outcome.report.value("ok", true));
  CHECK(error.starts_with("it: "));
  CHECK(mentions(expected, asked.driver));
  CHECK(mentions(expected, where));
  CHECK(mentions(expected, asked.baud > 0 ? std::to_string(asked.baud) : ""));
  CHECK(mentions(to_try, where));
  // The Modbus library does not tell silence from bytes that are no reply, and its words leave both open.
  const std::array nothing{"no reply within", "nothing came", "gone", "reset by peer"};
  if (outcome.heard.empty())
    CHECK(std::ranges::any_of(nothing, [&](const char* words) { return mentions(error, words); }));
  else if (mentions(error, nothing.front()))
    CHECK(mentions(error, "what came"));
}

std::vector<Checked> check_refused(const std::vector<Standing>& cells) {
  std::vector<Checked> outcomes = all_checked(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CAPTURE(cells[i].asked.title);
    CAPTURE(cells[i].situation);
    CAPTURE(outcomes[i].line);
    check_harmless(outcomes[i]);
    check_told(cells[i].asked, outcomes[i]);
  }
  return outcomes;
}

Port::Socket only_twin() {
  return [](Port& port) { return port.cable_to(port.twins.front()); };
}

std::vector<Standing> for_each_asked(const std::function<void(const Asked&, std::vector<Standing>&)>& add) {
  std::vector<Standing> cells;
  for (const Asked& asked : every_asked()) add(asked, cells);
  return cells;
}

/// The right instrument on its port.
std::vector<Standing> right_cells() {
  return for_each_asked([](const Asked& asked, std::vector<Standing>& cells) {
    cells.push_back({asked, "the right one", [right = asked.right](Port& port) {
                       port.put(usual_twins().at(right));
                       port.socket = only_twin();
                     }});
  });
}

/// Whose replies are plain numbers and letters without a checksum: where the zeros of two win, other numbers
/// and letters remain, which nobody can tell from true ones. Neither has an address or can share a wire.
const std::set<std::string> kUnchecked{"chemyx", "mettler"};

/// What is understood although it is another dialect, and why that is sound.
const std::map<std::string, std::string> kUnderstood{
    {"new_era: left in safe mode", "the first packet is understood in both modes and ends it"},
    {"new_era: starts after a power failure", "arming switches that off and reads it back"},
    {"harvard: prefix on every line", "a prompt tells whether lines carry the address"},
    {"harvard: Pump 11 Elite", "its top speed is known"},
    {"harvard: PHD Ultra with echo", "the echo is switched off before anything is believed"},
    {"harvard: marks its replies", "marks are asked for anyway"},
    {"chemyx: with echo and prompt", "both are known and taken away"},
    {"eurotherm: another series",
     "limits, decimals, alarm and target are verified, not the firmware's number"},
    {"eurotherm: clamps", "every value is read back"},
    {"watlow: wide codes in the second word", "a code stands in either word, never in both"},
    {"watlow: unknown registers are zero", "zero is no control mode"},
    {"julabo: another make's version", "it is told; what counts is that the commands are answered"},
    {"vici: lines end in CR LF", "either ends a line"},
    {"vici: refuses in words", "nothing that it refuses is sent"},
    {"mettler: another model", "model and serial number are told"}};
/// What the error names of the others.
const std::map<std::string, std::string> kNamed{{"new_era: at another address", "no reply"},
                                                {"new_era: calls itself AL1000", "AL1000"},
                                                {"harvard: at another address", "what came"},
                                                {"harvard: a model that nobody knows", "no known model"},
                                                {"eurotherm: two decimals", "decimal places"},
                                                {"eurotherm: at another address", "nothing came"},
                                                {"eurotherm: colder limits", "120.00 °C"},
                                                {"watlow: register map 2", "set map = 2"},
                                                {"watlow: high word first", "low word of its floats first"},
                                                {"watlow: on its other port", "port 1"},
                                                {"ocean_obp: HDX", "is a HDX, not a FX"},
                                                {"ocean_obp: STS", "is a STS, not a FX"},
                                                {"ocean_obp: QE Pro", "is a QE Pro, not a FX"},
                                                {"vici: two positions", "mode '1'"},
                                                {"vici: six positions", "has 6 positions, not 10"},
                                                {"vici: has an identifier", "no reply"},
                                                {"moxa: a channel for volts", "0-10 V"},
                                                {"moxa: at another address", "nothing came"}};

}  // namespace

TEST_CASE("wrong instruments: every driver that a bench file may name is asked for") {
  std::set<std::string> known, asked;
  const auto note = [&](const auto& makers) {
    for (const auto& [driver, maker] : makers) known.insert(driver);
  };
  note(kPumps), note(kHeaters), note(kSpectrometers), note(kAnalogInputs), note(kValves), note(kBalances);
  for (const Asked& one : every_asked()) asked.insert(one.driver);
  CHECK(asked == known);
}

TEST_CASE("wrong instruments: the right instrument on the port passes, and nothing moves") {
  const std::vector<Standing> cells = right_cells();
  const std::vector<Checked> outcomes = all_checked(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CAPTURE(cells[i].asked.title);
    CAPTURE(outcomes[i].line);
    check_harmless(outcomes[i]);
    CHECK(outcomes[i].report.value("ok", false));
  }
}

TEST_CASE("wrong instruments: where nobody answers, that is told") {
  check_refused(for_each_asked([](const Asked& asked, std::vector<Standing>& cells) {
    cells.push_back(
        {asked, "nobody", [](Port& port) { port.socket = [](Port& of) { return of.cable_to_nobody(); }; }});
  }));
}

TEST_CASE("wrong instruments: a cable that returns what is sent, and a stranger who never stops, are told") {
  check_refused(for_each_asked([](const Asked& asked, std::vector<Standing>& cells) {
    const auto add = [&](const std::string& situation, const Stranger& stranger) {
      cells.push_back({asked, situation, [stranger](Port& port) {
                         port.socket = [stranger](Port& of) { return of.cable_to(stranger); };
                       }});
    };
    add("echo", [](Clock&, ByteLink& link) { return echo(link); });
    for (const std::string text :
         {"$GPGGA,092750.000,5321.6802,N,00630.3372,W*76\r\n", "S S     12.3456 g\r\n", "25.01\r",
          "\x02"
          "00S\x03",
          "\xE9\xFF\x80\xC3\r\n"})
      add("chatter " + bytes_in_words(text),
          [text](Clock& clock, ByteLink& link) { return chatter(clock, link, text); });
  }));
}

TEST_CASE("wrong instruments: another instrument on the port is told from the one that is asked for") {
  const auto outcomes = check_refused(for_each_asked([](const Asked& asked, std::vector<Standing>& cells) {
    const auto add = [&](const std::string& other, const TwinMaker& maker) {
      cells.push_back({asked, other, [&maker](Port& port) {
                         port.put(maker);
                         port.socket = only_twin();
                       }});
    };
    for (const auto& [other, maker] : usual_twins())
      if (other != asked.right) add(other, maker);
    const std::string obliging = "watlow: unknown registers are zero";
    if (asked.modbus && asked.right != "watlow") add(obliging, dialect_twins().at(obliging));
  }));
  for (const Checked& outcome : outcomes) {
    CAPTURE(outcome.line);
    CHECK(outcome.writes == 0);
  }
}

TEST_CASE("wrong instruments: a wrong baud rate is never taken for an answer") {
  check_refused(for_each_asked([](const Asked& asked, std::vector<Standing>& cells) {
    if (asked.baud == 0) return;
    for (const double factor : {0.25, 0.5, 2.0, 4.0}) {
      const double real = factor * asked.baud;
      for (const bool hears : {false, true})
        cells.push_back(
            {asked, fmt::format("{} baud{}", real, hears ? ", but it hears" : ""), [=](Port& port) {
               port.put(usual_twins().at(asked.right));
               port.socket = [=](Port& of) {
                 return std::make_unique<OffSpeedLink>(of.cable_to(of.twins[0]), asked.baud, real,
                                                       hears ? asked.baud : real);
               };
             }});
    }
  }));
}

TEST_CASE("wrong instruments: two that answer at once are told, where a checksum or an odd letter shows it") {
  std::vector<Standing> told, untold;
  for (const Asked& asked : every_asked()) {
    const auto two = [&](const std::string& situation, Port::Socket socket) {
      return Standing{asked, situation, [right = asked.right, socket = std::move(socket)](Port& port) {
                        port.put(usual_twins().at(right));
                        port.put(sister_twins().at(right));
                        port.socket = socket;
                      }};
    };
    const auto crowd = [](Collision kind) {
      return [kind](Port& port) {
        std::array links{port.cable_to(port.twins[0]), port.cable_to(port.twins[1])};
        return std::make_unique<CrowdedLink>(port.clock, std::move(links), kind);
      };
    };
    if (asked.modbus) {
      told.push_back(two("two units", [](Port& port) { return port.cable_to_units(); }));
      continue;
    }
    told.push_back(two("bytes alternate", crowd(Collision::alternate)));
    std::vector<Standing>& cells = kUnchecked.contains(asked.driver) ? untold : told;
    cells.push_back(two("zeros win", crowd(Collision::zeros_win)));
  }
  check_refused(told);
  for (const Checked& outcome : all_checked(untold)) {
    CAPTURE(outcome.line);
    check_harmless(outcome);
  }
}

TEST_CASE("wrong instruments: a cable pulled at the first, a middle or the last request is told") {
  const std::vector<Standing> right = right_cells();
  const std::vector<Checked> outcomes = all_checked(right);
  std::vector<Standing> cells;
  for (std::size_t i = 0; i < right.size(); ++i) {
    const int all = outcomes[i].requests;
    for (const int heard : {0, 1, all / 2, all - 1})
      cells.push_back({right[i].asked, "pulled after " + std::to_string(heard),
                       [heard, key = right[i].asked.right](Port& port) {
                         port.put(usual_twins().at(key));
                         port.socket = [left = heard](Port& of) mutable -> std::unique_ptr<ByteLink> {
                           if (left == 0 && of.requests > 0)
                             throw DeviceError{DeviceFault::unreachable, "port", "the port is gone"};
                           return std::make_unique<LooseLink>(of.cable_to(of.twins[0]), left);
                         };
                       }});
  }
  check_refused(cells);
}

TEST_CASE("wrong instruments: another dialect is either understood or named") {
  std::vector<Standing> cells;
  for (const auto& [title, maker] : dialect_twins()) {
    const std::string driver = title.substr(0, title.find(':'));
    const Asked& asked = *std::ranges::find(every_asked(), driver, &Asked::title);
    cells.push_back({asked, title, [&maker](Port& port) {
                       port.put(maker);
                       port.socket = only_twin();
                     }});
  }
  const std::vector<Checked> outcomes = all_checked(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CAPTURE(cells[i].situation);
    CAPTURE(outcomes[i].line);
    check_harmless(outcomes[i]);
    if (kUnderstood.contains(cells[i].situation)) {
      CHECK(outcomes[i].report.value("ok", false));
      continue;
    }
    check_told(cells[i].asked, outcomes[i]);
    CHECK(mentions(text_in(outcomes[i], "error"), kNamed.at(cells[i].situation)));
  }
}

}  // namespace nocturne::test
