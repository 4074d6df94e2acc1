#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Messages of the Ocean Binary Protocol, as the spectrometer reads and writes them. All numbers
/// little-endian.
namespace nocturne::virtual_obp {

enum class Error : std::uint16_t {
  none = 0,
  protocol_unsupported = 1,
  unknown_type = 2,
  bad_checksum = 3,
  too_large = 4,
  wrong_length = 5,
  invalid_payload = 6,
  not_ready = 7,
  unknown_checksum_type = 8,
  no_such_value = 12,
};

namespace flag {
constexpr std::uint16_t response = 1;
constexpr std::uint16_t acknowledged = 2;
constexpr std::uint16_t acknowledge_requested = 4;
constexpr std::uint16_t refused = 8;
}  // namespace flag

struct Message {
  std::uint16_t version = 0x1100;
  std::uint16_t flags = 0;
  Error error = Error::none;
  std::uint32_t type = 0;
  std::uint32_t regarding = 0;
  bool md5 = false;
  std::string data;
};

/// Header, data (up to 16 bytes inside the header, more behind it), checksum, footer.
std::string encoded(const Message& message);
/// MD5 of `bytes`: 16 bytes.
std::string md5(std::string_view bytes);

/// A whole message that arrived, and what is wrong with it.
struct Arrival {
  Message message;
  Error error = Error::none;
};

/// Cuts a byte stream into messages. Where a message should begin and does not, a stream is lost; a serial
/// line is searched for the next beginning.
class MessageReader {
 public:
  static constexpr std::uint32_t longest_payload = 65536;

  explicit MessageReader(bool resynchronises) : resynchronises_{resynchronises} {}
  void feed(std::string_view bytes) { buffer_ += bytes; }
  std::optional<Arrival> next();
  bool lost() const { return lost_; }
  /// A serial line was silent for long: what began will not be continued.
  void give_up() {
    if (resynchronises_) buffer_.clear();
  }

 private:
  bool at_start();
  void misframed();
  const bool resynchronises_;
  std::string buffer_;
  bool lost_ = false;
};

/// Little-endian numbers in a byte string.
std::string bytes_of(std::uint64_t value, int size);
std::string bytes_of(float value);
std::uint32_t number_at(std::string_view bytes, std::size_t offset, int size);
float float_at(std::string_view bytes, std::size_t offset);

}  // namespace nocturne::virtual_obp
