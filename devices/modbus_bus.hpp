#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devices/clock.hpp"
#include "devices/serial_link.hpp"

namespace nocturne {

/// Modbus TCP.
struct ModbusTcpSettings {
  std::string host;
  int port = 502;
};

/// RTU frames in a TCP stream, as terminal servers carry them.
struct RtuOverTcpSettings {
  std::string host;
  int port = 502;
};

struct ModbusTiming {
  Duration reply_deadline = std::chrono::milliseconds{500};  ///< per request, and for connecting
  Duration first_backoff =
      std::chrono::milliseconds{100};  ///< pause after a failed connection, doubled each time
  Duration longest_backoff = std::chrono::seconds{5};
  /// What a partner within this process may take on top, by the wall clock: both wait for one processor.
  Duration allowance{};
};

/// Which half of a 32-bit number stands in the first of its two registers.
enum class WordOrder { high_first, low_first };

/// A float in two registers.
std::array<std::uint16_t, 2> to_registers(float value, WordOrder order = WordOrder::high_first);
float float_from_registers(std::uint16_t first, std::uint16_t second,
                           WordOrder order = WordOrder::high_first);

/// One Modbus line and all who talk over it: one request at a time, in order of asking, on a thread of its
/// own. It repeats nothing; a broken connection is opened again at the next request. `device` is for
/// messages. All requests throw DeviceError: timed_out, garbled, unreachable, or refused (an exception
/// reply).
class ModbusBus {
 public:
  ModbusBus(Clock& clock, SerialSettings rtu, ModbusTiming timing = {});
  ModbusBus(Clock& clock, ModbusTcpSettings tcp, ModbusTiming timing = {});
  ModbusBus(Clock& clock, RtuOverTcpSettings stream, ModbusTiming timing = {});
  ~ModbusBus();

  /// "rtu:/dev/ttyUSB0", "modbus-tcp://10.0.0.5:502", "rtu-tcp://10.0.0.5:4001"
  const std::string& endpoint() const;
  /// Reads `count` (1..125) holding registers from `address` on.
  Task<std::vector<std::uint16_t>> read_holding(std::string device, int unit, int address, int count);
  /// The same of input registers, which are numbered on their own.
  Task<std::vector<std::uint16_t>> read_input(std::string device, int unit, int address, int count);
  Task<void> write_register(std::string device, int unit, int address, std::uint16_t value);
  Task<void> write_registers(std::string device, int unit, int address, std::vector<std::uint16_t> values);

 private:
  class Connection;
  ModbusBus(Clock& clock, std::unique_ptr<Connection> connection, ModbusTiming timing);
  template <class Request>
  Task<void> perform(std::string device, int unit, Request& request);
  Task<void> connect(const std::string& device);

  Clock& clock_;
  const ModbusTiming timing_;
  Mutex mutex_;
  bool late_reply_possible_ = false;
  Duration backoff_;
  Instant next_attempt_{};
  std::unique_ptr<Connection> connection_;
};

}  // namespace nocturne
