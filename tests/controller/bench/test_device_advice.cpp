#include <doctest/doctest.h>

#include "controller/bench/device_advice.hpp"

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

TEST_CASE("advice: a virtual line that was cut is told by its name, not by a host") {
  LineDescription line;
  line.kind = "virtual";
  line.name = "heating";
  const std::string text = advised(DeviceFault::unreachable, line);
  CHECK(says(text, {"line heating", "virtual", "again"}));
  CHECK(text.find("ping") == std::string::npos);
}

TEST_CASE("advice: another instrument and two that answer at once are thought of whatever came") {
  LineDescription line;
  line.kind = "serial";
  line.device = "/dev/ttyUSB0";
  for (const DeviceFault fault : {DeviceFault::timed_out, DeviceFault::garbled, DeviceFault::refused})
    CHECK(says(advised(fault, line), {"another instrument on /dev/ttyUSB0", "two with address 3"}));
}

TEST_CASE("advice: what is expected is what the bench file says") {
  InstrumentDescription pump;
  pump.driver = "chemyx";
  LineDescription line;
  line.kind = "serial";
  line.device = "/dev/ttyUSB0";
  line.baud = 38400;
  CHECK(expectation(pump, line) == "chemyx on /dev/ttyUSB0 at 38400 baud, parity none");
  pump.driver = "new_era";
  pump.setting_lines["address"] = 4;
  CHECK(expectation(pump, line) == "new_era, address 0, on /dev/ttyUSB0 at 38400 baud, parity none");
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
