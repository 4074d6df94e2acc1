#include "devices/new_era_protocol.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "devices/ascii.hpp"

namespace nocturne::new_era {
namespace {

using Kind = FrameVerdict::Kind;
constexpr char start_of_frame = '\x02';
constexpr char end_of_frame = '\x03';
constexpr std::size_t longest_reply = 64;
constexpr std::size_t shortest_packet = 7;  // what follows the start byte: length, 3 of data, 2 of CRC, end

std::optional<Reply> parse(std::string_view body) {
  constexpr std::string_view states = "IWSPTUXA";
  if (body.size() < 3 || !is_digit(body[0]) || !is_digit(body[1]) || states.find(body[2]) == states.npos)
    return std::nullopt;
  if (!std::ranges::all_of(body, is_text)) return std::nullopt;
  Reply reply;
  reply.address = 10 * (body[0] - '0') + (body[1] - '0');
  reply.status = body[2];
  reply.data = body.substr(3);
  if (reply.status != 'A') return reply;
  if (reply.data.size() != 2 || reply.data[0] != '?') return std::nullopt;
  reply.alarm = reply.data[1];
  reply.data.clear();
  return reply;
}

FrameVerdict judge(std::string_view body, std::size_t length, int address, Reply& reply) {
  std::optional<Reply> parsed = parse(body);
  if (!parsed) return {Kind::noise, 1};
  if (parsed->address != address) return {Kind::foreign, length};
  reply = *std::move(parsed);
  return {Kind::reply, length};
}

FrameVerdict examine_basic(std::string_view received, int address, Reply& reply) {
  const std::size_t end = received.find(end_of_frame);
  if (end == std::string_view::npos)
    return received.size() < longest_reply ? FrameVerdict{} : FrameVerdict{Kind::noise, 1};
  return judge(received.substr(1, end - 1), end + 1, address, reply);
}

FrameVerdict examine_packet(std::string_view received, int address, Reply& reply) {
  const std::size_t after_start = static_cast<unsigned char>(received[1]);
  if (after_start < shortest_packet || after_start > longest_reply) return {Kind::noise, 1};
  if (received.size() < after_start + 1) return {};
  const std::string_view body = received.substr(2, after_start - 4);
  const std::uint16_t crc = crc16(body);
  const std::string_view tail = received.substr(2 + body.size(), 3);
  const char expected[] = {static_cast<char>(crc >> 8), static_cast<char>(crc & 0xFF), end_of_frame};
  if (tail != std::string_view{expected, sizeof expected}) return {Kind::noise, 1};
  return judge(body, after_start + 1, address, reply);
}

}  // namespace

std::uint16_t crc16(std::string_view data) {
  std::uint16_t crc = 0;
  for (const char byte : data) {
    crc = static_cast<std::uint16_t>(crc ^ (static_cast<unsigned char>(byte) << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

std::string packet(std::string_view data) {
  assert(data.size() <= 251);
  const std::uint16_t crc = crc16(data);
  std::string frame{start_of_frame};
  frame += static_cast<char>(data.size() + 4);
  frame += data;
  frame += static_cast<char>(crc >> 8);
  frame += static_cast<char>(crc & 0xFF);
  frame += end_of_frame;
  return frame;
}

FrameVerdict examine(std::string_view received, int address, Reply& reply) {
  const std::size_t start = received.find(start_of_frame);
  if (start == std::string_view::npos) return {Kind::noise, received.size()};
  if (start > 0) return {Kind::noise, start};
  if (received.size() < 2) return {};
  // A packet whose length byte is a digit would be 44 bytes of data or more: no reply is that long.
  return is_digit(received[1]) ? examine_basic(received, address, reply)
                               : examine_packet(received, address, reply);
}

Number quantise(double value, double low, double high) {
  assert(value >= 0.0 && value < 9999.5);
  int decimals = 3;
  double scale = 1000.0;
  while (decimals > 0 && std::round(value * scale) > 9999.0) {
    --decimals;
    scale /= 10.0;
  }
  double steps = std::round(value * scale);
  constexpr double hair = 1e-9;  // a bound that is itself a pump's number must stay reachable
  if (steps / scale > high * (1.0 + hair)) steps -= 1.0;
  if (steps / scale < low * (1.0 - hair)) steps += 1.0;
  char text[16];
  std::snprintf(text, sizeof text, decimals > 0 ? "%.*f" : "%.*f.", decimals, steps / scale);
  return {steps / scale, text};
}

std::optional<Measure> parse_measure(std::string_view text) {
  Measure measure;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), measure.value, std::chars_format::fixed);
  if (error != std::errc{} || end == text.data() || !(is_digit(text[0]) || text[0] == '.'))
    return std::nullopt;
  measure.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return measure;
}

bool is_version(std::string_view data) {
  return data.size() > 4 && data.starts_with("NE") && is_digit(data[2]) && data[2] != '0' &&
         data.find('V') != data.npos;
}

std::optional<FlowRate> to_flow(const Measure& measure) {
  if (measure.unit == "UM") return microliters_per_minute(measure.value);
  if (measure.unit == "MM") return milliliters_per_minute(measure.value);
  if (measure.unit == "UH") return microliters_per_minute(measure.value / 60.0);
  if (measure.unit == "MH") return milliliters_per_minute(measure.value / 60.0);
  return std::nullopt;
}

std::optional<Volume> to_volume(const Measure& measure) {
  if (measure.unit == "ML") return milliliters(measure.value);
  if (measure.unit == "UL") return microliters(measure.value);
  return std::nullopt;
}

std::optional<Dispensed> parse_dispensed(std::string_view data) {
  const std::size_t withdrawn_at = data.find('W');
  if (!data.starts_with('I') || withdrawn_at == data.npos) return std::nullopt;
  auto infused = parse_measure(data.substr(1, withdrawn_at - 1));
  const auto withdrawn = parse_measure(data.substr(withdrawn_at + 1));
  if (!infused || !infused->unit.empty() || !withdrawn) return std::nullopt;
  infused->unit = withdrawn->unit;
  const auto pushed = to_volume(*infused), pulled = to_volume(*withdrawn);
  if (!pushed || !pulled) return std::nullopt;
  return Dispensed{*pushed, *pulled};
}

}  // namespace nocturne::new_era
