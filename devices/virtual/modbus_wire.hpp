#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/clock.hpp"

/// The serving side of Modbus: frames, functions, exceptions.
namespace nocturne::virtual_modbus {

/// CRC-16 with reflected polynomial A001h, initial value FFFFh.
std::uint16_t crc(std::string_view bytes);

enum class Framing { rtu, tcp };

struct Request {
  int unit = 0;
  std::uint16_t transaction = 0;  ///< TCP only
  std::string pdu;                ///< function and data
};

/// Cuts a byte stream into requests. RTU frames end where their function says; after a bad check it looks for
/// the next byte at which a good frame begins, and a frame begun is forgotten after a silence.
class RequestReader {
 public:
  explicit RequestReader(Framing framing) : framing_{framing} {}
  void feed(std::string_view bytes, Instant now);
  std::optional<Request> next();
  /// What came over TCP is not Modbus: the connection is to be closed.
  bool lost() const { return lost_; }
  /// Bytes kept of a frame that has begun.
  std::size_t pending() const { return buffer_.size(); }

 private:
  std::optional<Request> next_rtu();
  std::optional<Request> next_tcp();
  const Framing framing_;
  std::string buffer_;
  bool fresh_ = true;  // the buffer begins where a frame may begin
  Instant last_byte_{};
  bool lost_ = false;
};

/// The frame that answers `request`.
std::string reply_frame(Framing framing, const Request& request, const std::string& pdu);

enum class ExceptionCode : std::uint8_t { illegal_function = 1, illegal_address = 2, illegal_value = 3 };

/// Thrown by a register bank.
struct Exception {
  ExceptionCode code;
};

/// What a Modbus unit holds.
class Registers {
 public:
  virtual ~Registers() = default;
  /// Throws Exception if the unit has no such registers.
  virtual std::vector<std::uint16_t> read(std::uint16_t address, int count) = 0;
  /// All or nothing. Throws Exception.
  virtual void write(std::uint16_t address, const std::vector<std::uint16_t>& words) = 0;
};

/// Single bits that a Modbus unit holds.
class Coils {
 public:
  virtual ~Coils() = default;
  /// Throws Exception if the unit has no such coils.
  virtual std::vector<bool> read(std::uint16_t address, int count) = 0;
  virtual void write(std::uint16_t address, bool on) = 0;
};

/// What the functions of a unit reach.
struct Banks {
  Registers& holding;      ///< 03, 06, 16
  Registers& input;        ///< 04
  Coils* coils = nullptr;  ///< 01, 05; none: those functions are refused
};

/// Obeys the request `pdu` (function and data) on `banks`, at most `max_block` registers at once; the reply's
/// function and data.
std::string respond(const Banks& banks, const std::string& pdu, int max_block);
/// Where 03 and 04 read the same registers and there are no coils.
std::string respond(Registers& registers, const std::string& pdu, int max_block);

}  // namespace nocturne::virtual_modbus
