#include "devices/watlow_protocol.hpp"

#include <cmath>

namespace nocturne::watlow {

int mode_register(int map) { return map == 1 ? 1880 : 2360; }
int unit_register(int port) { return port == 1 ? 2490 : 2510; }

Registers registers_of(int map, WatlowGuard guard, int alarm, int port) {
  const bool legacy = map == 1;
  Registers registers{};
  registers.mode = mode_register(map);
  registers.active_mode = registers.mode + 2;
  registers.output = registers.mode + 28;
  registers.target = legacy ? 2160 : 2640;
  registers.active_target = registers.target + 12;
  registers.unit = unit_register(port);
  if (guard == WatlowGuard::limit) {
    registers.guard_threshold = legacy ? 686 : 726;
    registers.guard_state = registers.guard_threshold + 4;
  } else {
    registers.guard_threshold = legacy ? 1480 + 50 * (alarm - 1) : 1880 + 60 * (alarm - 1);
    registers.guard_state = registers.guard_threshold + 16;
  }
  return registers;
}

bool is_mode(int value) { return value == mode_auto || value == mode_manual || value == mode_off; }

bool is_on_guard(WatlowGuard guard, int state) {
  if (state == none) return true;
  return guard == WatlowGuard::alarm && (state == alarm_startup || state == alarm_blocked);
}

bool is_plausible(float value) {
  const float size = std::abs(value);
  return size >= 0.01f && size <= 3000.0f;
}

double in_celsius(float value, int unit) {
  const auto number = static_cast<double>(value);
  return unit == fahrenheit ? (number - 32.0) / 1.8 : number;
}

double step_of(int decimals) {
  switch (decimals) {
    case 105:
      return 1.0;
    case 40:
      return 0.01;
    case 96:
      return 0.001;
    default:
      return 0.1;
  }
}

}  // namespace nocturne::watlow
