#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "devices/clock.hpp"

/// The New Era pump's side of its serial language: frames, addresses, numbers.
namespace nocturne::virtual_new_era {

/// CRC-16 with polynomial 1021h, initial value 0, not reflected.
std::uint16_t crc(std::string_view data);
/// 02h len data CRChi CRClo 03h, len counting itself and all that follows.
std::string packet(std::string_view data);
/// 02h data 03h.
std::string basic_reply(std::string_view data);

/// One thing that arrived on the line, upper-cased and without spaces and control characters.
struct Request {
  enum class Form { text, packet, invalid_packet };
  Form form = Form::text;
  std::string data;
};

/// Cuts the bytes on the line into requests.
class Receiver {
 public:
  static constexpr Duration max_gap = std::chrono::milliseconds{500};

  /// In safe mode (`packets_only`) text is no request.
  std::optional<Request> push(char byte, Instant now, bool packets_only);
  /// When a packet that has begun is given up, if there is one.
  std::optional<Instant> gives_up() const;
  /// Gives it up; what had arrived of its data.
  Request give_up();

 private:
  std::optional<Request> push_packet_byte(char byte);
  std::string text_;
  std::string packet_;  // from STX on; empty between packets
  Instant last_byte_{};
};

struct Addressed {
  int address = 0;
  std::string command;
};
/// Up to two leading digits are the address; without any it is 0.
Addressed split_address(const std::string& data);

/// What a pump answers to a command that it does not obey: "?", "?NA", "?OOR".
struct Refusal {
  std::string code;
};
/// At most four digits, one point, at most three digits after it. Throws Refusal.
double number(std::string_view text);
/// Throws Refusal unless it is a whole number from `low` to `high`.
int integer(std::string_view text, int low, int high);
/// Four digits and a point, at most three digits after it; larger numbers stick at "9999.".
std::string printed(double value);

}  // namespace nocturne::virtual_new_era
