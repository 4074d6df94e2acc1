#include <doctest/doctest.h>
#include <malloc.h>

#include <array>
#include <random>
#include <string>

#include "devices/virtual/virtual_chemyx.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"
#include "devices/virtual/virtual_pump_chain.hpp"
#include "fuzz/noisy_pumps.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {

namespace {

/// Words of the three languages, numbers, pauses and plain noise in a random order.
class Noise {
 public:
  std::string next() {
    std::string text;
    for (std::size_t words = 1 + below(40); words > 0; --words) text += word();
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  std::string word() {
    static constexpr std::array words{"irun",
                                      "wrun",
                                      "rrun",
                                      "run",
                                      "stp",
                                      "irate ",
                                      "wrate ",
                                      "iramp 1 ml/min 5 ml/min 3 ",
                                      "tvolume ",
                                      "ttime ",
                                      "cvolume",
                                      "ctvolume",
                                      "cttime",
                                      "status",
                                      "crate",
                                      "diameter ",
                                      "svolume ",
                                      "syrmanu ",
                                      "hos 20 ml",
                                      "addr ",
                                      "poll on",
                                      "echo on",
                                      "nvram off",
                                      "force ",
                                      "time ",
                                      "load qs iw",
                                      "metrics",
                                      "set units ",
                                      "set diameter ",
                                      "set rate ",
                                      "set volume ",
                                      "set delay ",
                                      "start",
                                      "pause",
                                      "stop",
                                      "read limit parameter",
                                      "dispensed volume",
                                      "pump status",
                                      "hexw2 0 0 14 1 1 0 start",
                                      "RUN",
                                      "STP",
                                      "DIA",
                                      "RAT",
                                      "MM",
                                      "VOL",
                                      "DIRREV",
                                      "PUR",
                                      "DIS",
                                      "CLDINF",
                                      "SAF",
                                      "*ADR",
                                      "*RESET",
                                      "FUNRAT",
                                      "\x02\x07\x44\x49\x53\x1C\xAF\x03",
                                      "\x02\x08SAF0UC\x03",
                                      " ml/min",
                                      " u/m",
                                      " ml",
                                      "@",
                                      "?",
                                      "\r\n"};
    switch (below(8)) {
      case 0:
        return std::to_string(below(2000)) + (below(2) == 0 ? ".25" : "");
      case 1:
        return {static_cast<char>(random_() & 0xFF)};
      case 2:
        return {'\x80', static_cast<char>(random_() & 0xFF)};
      case 3:
      case 4:
        return "\r";
      default:
        return words[below(words.size())];
    }
  }
  std::mt19937_64 random_{21};
};

}  // namespace

TEST_CASE("virtual pumps: five hundred pieces of noise neither break nor silence them") {
  Noise noise;
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = noise.next();
    CAPTURE(bytes);
    REQUIRE_NOTHROW(play_to_pumps(bytes));
  }
}

TEST_CASE("virtual pumps: a flood without an end, and replies that nobody reads, take no memory") {
  VirtualLab lab;
  VirtualNewEraChain new_era{lab.clock, "new era"};
  VirtualPumpChain harvard{lab.clock, "harvard"};
  VirtualChemyx chemyx{lab.clock, {}, {}};
  new_era.add({}, {});
  harvard.add({}, {});
  const auto outbox = std::make_shared<Outbox>(lab.clock);
  harvard.unit(0).connect(outbox);
  new_era.unit(0).connect(outbox);
  const auto flood = [&](const std::string& bytes) {
    harvard.receive(bytes);
    new_era.unit(0).receive(bytes);
    chemyx.receive(bytes);
  };
  const std::size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 1000; ++i) flood(std::string(4096, 'x'));
  for (int i = 0; i < 20000; ++i) flood("metrics\r");
  CHECK(mallinfo2().uordblks < before + (1u << 20));
}

}  // namespace nocturne::test
