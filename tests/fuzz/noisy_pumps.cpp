#include "fuzz/noisy_pumps.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "devices/concurrency.hpp"
#include "devices/memory_link.hpp"
#include "devices/virtual/virtual_chemyx.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"
#include "devices/virtual/virtual_pump_chain.hpp"
#include "fuzz/hold.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {

namespace {

constexpr char pause_mark = '\x80';
constexpr std::size_t longest_answer = 2048;  // to one request, of all pumps on a line together

/// A line with one instrument, and a listener who counts what it says.
struct Party {
  Party(VirtualLab& lab, VirtualInstrument& instrument) : serving{lab.clock}, listening{lab.clock} {
    link = make_memory_link(lab.clock, "noise", 0);
    const auto fail = [](std::exception_ptr failure) { std::rethrow_exception(failure); };
    serving.start(instrument.serve(*link.instrument), fail);
    listening.start(listen(), fail);
  }
  Task<void> listen() {
    for (;;) said += co_await link.host->read_some();
  }
  MemoryLinkPair link;
  std::string said;
  Background serving, listening;
};

struct Pumps : VirtualLab {
  VirtualNewEraChain new_era{clock, "new era"};
  VirtualPumpChain harvard{clock, "harvard"};
  VirtualChemyx chemyx{clock, {}, {}};

  Pumps() {
    VirtualNewEraOptions second;
    second.memory.address = 1;
    new_era.add({}, {});
    new_era.add(second, {});
    VirtualHarvardOptions slave;
    slave.settings.address = 1;
    harvard.add({}, {});
    harvard.add(slave, {});
  }

  void check() {
    for (std::size_t i = 0; i < 2; ++i) {
      const VirtualNewEraOptions a;
      check(new_era.unit(i).true_flow(), new_era.unit(i).contents(), a.syringe, a.max_speed);
      const VirtualHarvardOptions b;
      check(harvard.unit(i).true_flow(), harvard.unit(i).contents(), b.syringe, b.model.max_speed());
    }
    const VirtualChemyxOptions c;
    check(chemyx.true_flow(), chemyx.contents(), c.syringe, c.max_speed);
  }
  static void check(FlowRate flow, Volume contents, const VirtualSyringe& syringe, double max_speed) {
    constexpr double rounding = 1.00001;  // printed limits are allowed
    const double most = max_speed * virtual_pump::area_m2(syringe.diameter) * rounding;
    hold(std::abs(flow.si()) <= most, "a plunger faster than its motor");
    hold(contents >= Volume{} && contents <= syringe.capacity, "a syringe fuller than full");
  }
};

void play(Pumps& pumps, std::string_view bytes, const std::vector<Party*>& parties) {
  auto say = [&]() -> Task<void> {
    for (std::size_t begin = 0; begin < bytes.size();) {
      const std::size_t end = std::min(bytes.find(pause_mark, begin), bytes.size());
      for (Party* party : parties)
        co_await party->link.host->write(std::string{bytes.substr(begin, end - begin)});
      const int pause = end + 1 < bytes.size() ? static_cast<unsigned char>(bytes[end + 1]) : 0;
      co_await pumps.clock.sleep_for(std::chrono::milliseconds{50 + 100 * pause});
      pumps.check();
      begin = end + 2;
    }
  };
  pumps.run(say());
}

}  // namespace

void play_to_pumps(std::string_view bytes) {
  Pumps pumps;
  Party new_era{pumps, pumps.new_era}, harvard{pumps, pumps.harvard}, chemyx{pumps, pumps.chemyx};
  play(pumps, bytes, {&new_era, &harvard, &chemyx});
  const auto requests = static_cast<std::size_t>(std::ranges::count(bytes, '\r'));
  for (const Party* party : {&new_era, &harvard, &chemyx})
    hold(party->said.size() <= longest_answer * (requests + 1) + 32 * bytes.size(),
         "more than was asked for");
  harvard.said.clear();
  chemyx.said.clear();
  play(pumps, "\r", {&harvard, &chemyx});
  harvard.said.clear();
  chemyx.said.clear();
  play(pumps, "pump status\r", {&harvard, &chemyx});
  hold(harvard.said.find("\n") != std::string::npos, "a chain that has fallen silent");
  hold(chemyx.said.size() >= 3 && chemyx.said.ends_with("\r\n"), "a pump that has fallen silent");
}

}  // namespace nocturne::test
