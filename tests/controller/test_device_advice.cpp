#include <doctest/doctest.h>

#include "controller/device_advice.hpp"

namespace nocturne::test {
namespace {

std::string advised(DeviceFault fault, const LineDescription& line) {
  InstrumentDescription oven;
  oven.name = "oven";
  oven.driver = "eurotherm";
  oven.address = 3;
  return advice(DeviceError{fault, "oven", "what happened"}, oven, line);
}

bool says(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    if (text.find(word) == std::string::npos) return false;
  return true;
}

}  // namespace

TEST_CASE("advice: a serial instrument's port, baud, parity and address are named") {
  LineDescription line;
  line.kind = "serial";
  line.device = "/dev/serial/by-id/usb-1";
  line.baud = 9600;
  line.parity = "even";
  CHECK(says(advised(DeviceFault::unreachable, line), {"/dev/serial/by-id/usb-1", "dialout", "plugged in"}));
  CHECK(says(advised(DeviceFault::timed_out, line), {"switched on", "9600", "even", "address 3"}));
  CHECK(says(advised(DeviceFault::garbled, line), {"no eurotherm", "9600", "even", "two with address 3"}));
  CHECK(says(advised(DeviceFault::refused, line), {"[[instrument]] oven"}));
}

TEST_CASE("advice: an instrument on the network is looked for by its address") {
  LineDescription line;
  line.kind = "tcp";
  line.host = "10.0.0.7";
  line.port = 502;
  CHECK(says(advised(DeviceFault::unreachable, line), {"ping 10.0.0.7", "502"}));
  CHECK(says(advised(DeviceFault::timed_out, line), {"10.0.0.7:502"}));
  CHECK(advised(DeviceFault::timed_out, line).find("baud") == std::string::npos);
}

}  // namespace nocturne::test
