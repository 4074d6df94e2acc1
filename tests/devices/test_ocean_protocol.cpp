#include <doctest/doctest.h>

#include "devices/ocean_protocol.hpp"
#include "support/hex.hpp"

namespace nocturne::ocean::test {
namespace {

using nocturne::test::from_hex;
using Kind = FrameVerdict::Kind;

const std::string sixteen_zeros(16, '\0');
const std::string footer = from_hex("C5 C4 C3 C2");

Message request_for_serial_number() {
  Message message;
  message.type = 0x000100;
  return message;
}

TEST_CASE("ocean: messages are those of the protocol reference, byte for byte") {
  CHECK(encode(request_for_serial_number()) ==
        from_hex("C1C0 0011 0000 0000 00010000 00000000 000000000000 00 00") + sixteen_zeros +
            from_hex("14000000") + sixteen_zeros + footer);
  Message set_50_ms;
  set_50_ms.flags = ocean::ack_requested;
  set_50_ms.type = 0x110010;
  set_50_ms.regarding = 7;
  set_50_ms.data = ocean::u32_bytes(50'000);
  CHECK(encode(set_50_ms) == from_hex("C1C0 0011 0400 0000 10001100 07000000 000000000000 00 04 50C30000") +
                                 std::string(12, '\0') + from_hex("14000000") + sixteen_zeros + footer);
}

TEST_CASE("ocean: the checksum is the MD5 of header and payload") {
  Message message = request_for_serial_number();
  message.md5 = true;
  const std::string bytes = encode(message);
  CHECK(bytes[22] == '\1');
  CHECK(bytes.substr(44, 16) == from_hex("D9 6B A8 12 1C A9 BB 7F 93 64 49 0E A8 6D 93 DC"));
}

TEST_CASE("ocean: the reply with a serial number and the refusal of an unknown type are read") {
  const std::string reply =
      from_hex("C1C0 0011 0100 0000 00010000 00000000 000000000000 00 08 4E43543030303031") +
      std::string(8, '\0') + from_hex("14000000") + sixteen_zeros + footer;
  Message message;
  CHECK(examine(reply, message).kind == Kind::reply);
  CHECK(message.data == "NCT00001");
  CHECK(message.flags == ocean::is_reply);
  const std::string refusal = from_hex("C1C0 0011 0900 0200 EFCDAB00 00000000 000000000000 00 00") +
                              sixteen_zeros + from_hex("14000000") + sixteen_zeros + footer;
  CHECK(examine(refusal, message).kind == Kind::reply);
  CHECK(message.flags == (ocean::is_reply | ocean::is_nack));
  CHECK(ocean::error_text(message.error) == "unknown message type");
}

TEST_CASE("ocean: an acknowledgement carries type and number of the command, and no data") {
  const std::string reply = from_hex("C1C0 0011 0300 0000 10001100 07000000 000000000000 00 00") +
                            sixteen_zeros + from_hex("14000000") + sixteen_zeros + footer;
  Message message;
  CHECK(examine(reply, message).kind == Kind::reply);
  CHECK(message.flags == (ocean::is_reply | ocean::is_ack));
  CHECK(message.type == 0x110010);
  CHECK(message.regarding == 7);
  CHECK(message.data.empty());
}

TEST_CASE("ocean: short data travels inside the header, long data behind it, and both come back") {
  for (const std::size_t size : {0, 1, 16, 17, 4272}) {
    for (const bool md5 : {false, true}) {
      Message sent = request_for_serial_number();
      sent.regarding = 0xDEADBEEF;
      sent.error = 300;
      sent.md5 = md5;
      for (std::size_t i = 0; i < size; ++i) sent.data += static_cast<char>(i * 37);
      const std::string bytes = encode(sent);
      CHECK(bytes.size() == 64 + (size > 16 ? size : 0));
      Message received;
      const FrameVerdict verdict = examine(bytes + "tail", received);
      CHECK(verdict.kind == Kind::reply);
      CHECK(verdict.length == bytes.size());
      CHECK(received.data == sent.data);
      CHECK(received.type == sent.type);
      CHECK(received.regarding == sent.regarding);
      CHECK(received.error == sent.error);
    }
  }
}

TEST_CASE("ocean: short data is accepted as payload too") {
  std::string bytes = encode(request_for_serial_number());
  bytes[40] = 24;
  bytes.insert(44, "FX01");
  Message message;
  CHECK(examine(bytes, message).kind == Kind::reply);
  CHECK(message.data == "FX01");
}

TEST_CASE("ocean: a message is incomplete until its last byte") {
  Message sent = request_for_serial_number();
  sent.data = std::string(40, 'x');
  const std::string bytes = encode(sent);
  Message message;
  for (std::size_t length = 1; length < bytes.size(); ++length)
    REQUIRE(examine(bytes.substr(0, length), message).kind == Kind::incomplete);
}

TEST_CASE("ocean: with a checksum no damaged message is accepted") {
  Message sent = request_for_serial_number();
  sent.data = "a payload that is longer than sixteen bytes";
  sent.md5 = true;
  const std::string good = encode(sent);
  Message message;
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (i == 22) continue;  // that one says whether there is a checksum
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    CAPTURE(i);
    CHECK(examine(damaged, message).kind != Kind::reply);
  }
}

TEST_CASE("ocean: garbage is skipped up to the next message, also when that has only just begun") {
  const std::string good = encode(request_for_serial_number());
  Message message;
  CHECK(examine("garbage" + good, message).length == 7);
  CHECK(examine(from_hex("C1 FF") + good, message).length == 2);
  CHECK(examine("garbage\xC1", message).length == 7);
  CHECK(examine("\xC1", message).kind == Kind::incomplete);
  std::string bad_footer = good;
  bad_footer.back() = '?';
  const FrameVerdict verdict = examine(bad_footer + good, message);
  CHECK(verdict.kind == Kind::noise);
  CHECK(verdict.length == good.size());
  std::string absurd_length = good;
  absurd_length[43] = '\x7F';
  CHECK(examine(absurd_length, message).kind == Kind::noise);
}

}  // namespace
}  // namespace nocturne::ocean::test
