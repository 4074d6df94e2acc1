#include "fuzz/read_pump_replies.hpp"

#include <cmath>
#include <string>

#include "devices/chemyx_protocol.hpp"
#include "devices/new_era_protocol.hpp"
#include "devices/pump_chain_protocol.hpp"
#include "fuzz/hold.hpp"

namespace nocturne::test {
namespace {

using Kind = FrameVerdict::Kind;
constexpr std::size_t longest_wait = 4096;

template <class Quantity>
void hold_sound(const std::optional<Quantity>& value) {
  hold(!value || (std::isfinite(value->si()) && value->si() >= 0.0), "a value is not a finite amount");
}

/// As a line does it: bytes come in two pieces, and what is judged is taken away.
template <class Judge, class Use>
std::size_t converse(std::string_view bytes, Judge judge, Use use) {
  const std::size_t cut = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) % bytes.size();
  std::string received;
  std::size_t replies = 0;
  for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
    received += piece;
    while (!received.empty()) {
      const FrameVerdict verdict = judge(received);
      if (verdict.kind == Kind::incomplete) {
        hold(received.size() <= longest_wait, "it waits for more without end");
        break;
      }
      hold(verdict.length >= 1 && verdict.length <= received.size(), "a frame of impossible length");
      const bool reply = verdict.kind == Kind::reply || verdict.kind == Kind::reply_if_quiet;
      if (reply) use();
      replies += reply ? 1 : 0;
      received.erase(0, verdict.length);
    }
  }
  return replies;
}

std::size_t read_new_era(std::string_view bytes) {
  new_era::Reply reply;
  const auto judge = [&](std::string_view received) { return new_era::examine(received, 0, reply); };
  return converse(bytes, judge, [&] {
    hold(reply.address == 0, "another pump's reply");
    hold((reply.status == 'A') == (reply.alarm != '\0'), "an alarm without its kind");
    if (const auto measure = new_era::parse_measure(reply.data)) hold_sound(new_era::to_flow(*measure));
    if (const auto counted = new_era::parse_dispensed(reply.data))
      hold(std::isfinite(counted->infused.si()) && std::isfinite(counted->withdrawn.si()),
           "a volume is not finite");
    new_era::is_version(reply.data);
  });
}

void read_chain_text(std::string_view text) {
  using namespace pump_chain;
  hold_sound(parse_flow(text));
  hold_sound(parse_volume(text));
  hold_sound(parse_length(text));
  if (const auto limits = parse_limits(text)) hold(limits->low <= limits->high, "limits upside down");
  const auto status = parse_status(text);
  if (status) hold(status->time_ms >= 0 && status->volume.si() >= 0.0, "a negative counter");
  hold(!(is_version(text) && (status || parse_flow(text) || parse_limits(text))), "a value like a version");
}

std::size_t read_chain(std::string_view bytes, int address, pump_chain::Prefix prefix) {
  pump_chain::Reply reply;
  const auto judge = [&](std::string_view received) {
    return pump_chain::examine(received, address, prefix, reply);
  };
  return converse(bytes, judge, [&] {
    hold(!reply.address || *reply.address == address, "another pump's reply");
    for (const std::string& line : reply.lines) read_chain_text(line);
  });
}

std::size_t read_chemyx(std::string_view bytes) {
  chemyx::Reply reply;
  const auto judge = [&](std::string_view received) {
    return chemyx::examine(received, "set rate 0.65", reply);
  };
  return converse(bytes, judge, [&] {
    hold(!reply.lines.empty(), "a reply of nothing");
    const auto value = chemyx::parse_value(reply, "rate");
    hold(!value || std::isfinite(value->number), "a value is not finite");
    if (const auto ranges = chemyx::parse_ranges(reply))
      hold(ranges->first_least < ranges->first_most && ranges->second_least < ranges->second_most,
           "limits upside down");
    chemyx::parse_state(reply);
  });
}

}  // namespace

std::size_t read_pump_replies(std::string_view bytes) {
  using pump_chain::Prefix;
  return read_new_era(bytes) + read_chain(bytes, 0, Prefix::automatic) +
         read_chain(bytes, 2, Prefix::always) + read_chain(bytes, 25, Prefix::never) + read_chemyx(bytes);
}

}  // namespace nocturne::test
