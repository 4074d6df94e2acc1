#pragma once

#include <optional>
#include <vector>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/pump.hpp"

namespace nocturne::test {

/// A laboratory with one pump that draws into its syringe, and what came of it.
template <class Lab>
struct DrawingPump : Lab {
  /// What a draw of 8 mL at 16 mL/min throws, if anything; what happens `meanwhile` begins with it.
  std::optional<DeviceFault> fault_beside(Task<void> meanwhile) {
    std::vector<Task<void>> both;
    both.push_back(draw());
    both.push_back(std::move(meanwhile));
    this->run(all(std::move(both)));
    return thrown;
  }
  Task<void> draw() {
    try {
      counted = co_await this->pump.draw(8.0_mL, 16.0_mL_min);
    } catch (const DeviceError& error) {
      thrown = error.fault();
    }
  }

  Volume counted;
  std::optional<DeviceFault> thrown;
};

}  // namespace nocturne::test
