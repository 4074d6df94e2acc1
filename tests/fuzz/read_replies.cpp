#include "fuzz/read_replies.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "devices/ocean_protocol.hpp"
#include "devices/sics_protocol.hpp"
#include "devices/vici_protocol.hpp"
#include "fuzz/hold.hpp"

namespace nocturne::test {
namespace {

using Kind = FrameVerdict::Kind;

constexpr std::size_t longest_ocean = 64 * 1024 + 64, longest_text = 512;

FrameVerdict examine_ocean(std::string_view received) {
  ocean::Message message;
  const FrameVerdict verdict = ocean::examine(received, message);
  if (verdict.kind == Kind::reply) {
    hold(message.data.size() <= verdict.length, "more data than bytes");
    ocean::error_text(message.error);
    ocean::Message again;
    const FrameVerdict twice = ocean::examine(ocean::encode(message), again);
    hold(twice.kind == Kind::reply && again.type == message.type && again.regarding == message.regarding &&
             again.flags == message.flags && again.error == message.error && again.data == message.data,
         "a message that does not survive being written again");
  }
  return verdict;
}

FrameVerdict examine_vici(std::string_view received, std::string_view command, char id) {
  std::string value;
  const FrameVerdict verdict = vici::examine(received, id, command, value);
  if (verdict.kind == Kind::reply) {
    hold(value.size() < verdict.length, "a value longer than its line");
    const auto position = vici::position(value);
    hold(!position || (*position >= 0 && *position <= 99), "a position out of range");
  }
  return verdict;
}

FrameVerdict examine_sics(std::string_view received) {
  sics::Reply reply;
  const FrameVerdict verdict = sics::examine(received, "S", reply);
  if (verdict.kind == Kind::reply) {
    hold(reply.id == "S" || reply.is_error(), "a reply to another command");
    const auto grams = sics::grams(reply.fields);
    hold(!grams || std::isfinite(*grams), "a weight that is no number");
  }
  return verdict;
}

FrameVerdict examine(unsigned parser, std::string_view received) {
  switch (parser) {
    case 0:
      return examine_ocean(received);
    case 1:
      return examine_vici(received, "CP", vici::no_id);
    case 2:
      return examine_vici(received, "", 'C');
    default:
      return examine_sics(received);
  }
}

}  // namespace

bool read_replies(std::string_view bytes) {
  if (bytes.empty()) return false;
  const auto choice = static_cast<unsigned char>(bytes.front());
  const unsigned parser = choice % 4u;
  const std::size_t piece = 1 + (choice / 4u) * 16;
  const std::size_t longest = parser == 0 ? longest_ocean : longest_text;
  bytes.remove_prefix(1);
  std::string received;
  bool sound = false;
  while (!bytes.empty()) {
    received += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (!received.empty()) {
      const FrameVerdict verdict = examine(parser, received);
      if (verdict.kind == Kind::incomplete) break;
      hold(verdict.length >= 1 && verdict.length <= received.size(), "a frame of impossible length");
      sound |= verdict.kind == Kind::reply;
      received.erase(0, verdict.length);
    }
    hold(received.size() <= longest, "waits for more than a frame can be long");
  }
  return sound;
}

}  // namespace nocturne::test
