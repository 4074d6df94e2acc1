#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "devices/fake_watlow.hpp"
#include "devices/modbus_faults.hpp"
#include "devices/usual_heaters.hpp"

namespace nocturne::test {

using namespace std::chrono_literals;

/// A heater whose settings say one thing and an instrument that may be another.
struct WatlowLab : DriverLab<WatlowLab> {
  explicit WatlowLab(WatlowSettings settings = usual_watlow(), ModbusTiming line_timing = patient)
      : WatlowLab{settings, settings.map, settings.word_order, line_timing} {}
  WatlowLab(WatlowSettings settings, int map, WordOrder order, ModbusTiming line_timing = patient)
      : timing{line_timing}, fake{lab.clock, map, order}, heater{lab.clock, bus, std::move(settings)} {}

  void arm() {
    run(heater.arm());
    fake.modbus.writes.clear();
  }
  long writes_to(int address) const {
    return std::ranges::count(fake.modbus.writes, address, [](const auto& write) { return write.first; });
  }
  bool asked_for(const std::string& frame) const {
    return std::ranges::find(fake.modbus.frames(), from_hex(frame)) != fake.modbus.frames().end();
  }

  ModbusTiming timing;
  FakeWatlow fake;
  ModbusBus bus{lab.clock, SerialSettings{fake.modbus.path(), 9600, Parity::none}, timing};
  WatlowHeater heater;
};

inline void for_every_variant(const std::function<void(int map, WordOrder order)>& check) {
  for (const int map : {1, 2})
    for (const WordOrder order : {WordOrder::low_first, WordOrder::high_first}) {
      CAPTURE(map);
      CAPTURE(static_cast<int>(order));
      check(map, order);
    }
}

}  // namespace nocturne::test
