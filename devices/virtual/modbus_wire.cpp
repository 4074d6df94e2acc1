#include "devices/virtual/modbus_wire.hpp"

namespace nocturne::virtual_modbus {

namespace {

constexpr Duration silence = std::chrono::milliseconds{100};
constexpr std::size_t largest_frame = 260;
constexpr std::size_t mbap = 6;  // transaction, protocol, length
constexpr int most_coils = 2000;
constexpr int coil_on = 0xFF00;

unsigned byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

std::uint16_t word_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint16_t>(byte_at(bytes, i) << 8 | byte_at(bytes, i + 1));
}

void append_word(std::string& bytes, unsigned word) {
  bytes += static_cast<char>(word >> 8 & 0xFFu);
  bytes += static_cast<char>(word & 0xFFu);
}

std::string with_crc(std::string frame) {
  const unsigned check = crc(frame);
  frame += static_cast<char>(check & 0xFFu);
  return frame += static_cast<char>(check >> 8);
}

/// Length of an RTU request by its function; 0 while too little has arrived to tell, nothing for other
/// functions.
std::optional<std::size_t> rtu_length(std::string_view frame) {
  if (frame.size() < 2) return 0;
  switch (byte_at(frame, 1)) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 8:
      return 8;
    case 7:
    case 11:
    case 12:
    case 17:
      return 4;
    case 15:
    case 16:
      return frame.size() < 7 ? 0 : 9 + byte_at(frame, 6);
    case 23:
      return frame.size() < 11 ? 0 : 13 + byte_at(frame, 10);
    default:
      return std::nullopt;
  }
}

bool crc_matches(std::string_view frame) {
  return frame.size() >= 4 && with_crc(std::string{frame.substr(0, frame.size() - 2)}) == frame;
}

}  // namespace

std::uint16_t crc(std::string_view bytes) {
  unsigned value = 0xFFFFu;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value ^= byte_at(bytes, i);
    for (int bit = 0; bit < 8; ++bit) value = (value & 1u) ? value >> 1 ^ 0xA001u : value >> 1;
  }
  return static_cast<std::uint16_t>(value);
}

void RequestReader::feed(std::string_view bytes, Instant now) {
  if (framing_ == Framing::rtu && now - last_byte_ > silence) buffer_.clear();
  if (buffer_.empty()) fresh_ = true;
  last_byte_ = now;
  buffer_ += bytes;
}

std::optional<Request> RequestReader::next() { return framing_ == Framing::rtu ? next_rtu() : next_tcp(); }

std::optional<Request> RequestReader::next_rtu() {
  while (!buffer_.empty()) {
    // A function of unknown length: the frame can only be all that has arrived together.
    const std::size_t length = rtu_length(buffer_).value_or(fresh_ ? buffer_.size() : 1);
    const bool incomplete = length == 0 || length > buffer_.size();
    if (incomplete && length <= largest_frame) return std::nullopt;
    if (!incomplete && crc_matches(std::string_view{buffer_}.substr(0, length))) {
      Request request{static_cast<int>(byte_at(buffer_, 0)), 0, buffer_.substr(1, length - 3)};
      buffer_.erase(0, length);
      fresh_ = true;
      return request;
    }
    buffer_.erase(0, 1);
    fresh_ = false;
  }
  return std::nullopt;
}

std::optional<Request> RequestReader::next_tcp() {
  if (lost_ || buffer_.size() < mbap) return std::nullopt;
  const std::size_t length = word_at(buffer_, 4);
  lost_ = word_at(buffer_, 2) != 0 || length < 2 || length > largest_frame - mbap;
  if (lost_ || buffer_.size() < mbap + length) return std::nullopt;
  Request request{static_cast<int>(byte_at(buffer_, mbap)), word_at(buffer_, 0),
                  buffer_.substr(mbap + 1, length - 1)};
  buffer_.erase(0, mbap + length);
  return request;
}

std::string reply_frame(Framing framing, const Request& request, const std::string& pdu) {
  const std::string body = static_cast<char>(request.unit) + pdu;
  if (framing == Framing::rtu) return with_crc(body);
  std::string frame;
  append_word(frame, request.transaction);
  append_word(frame, 0);
  append_word(frame, static_cast<unsigned>(body.size()));
  return frame + body;
}

namespace {

std::string read_registers(Registers& registers, const std::string& pdu, int max_block) {
  if (pdu.size() != 5) throw Exception{ExceptionCode::illegal_value};
  const int count = word_at(pdu, 3);
  if (count < 1 || count > max_block) throw Exception{ExceptionCode::illegal_value};
  std::string reply{pdu[0], static_cast<char>(2 * count)};
  for (const std::uint16_t word : registers.read(word_at(pdu, 1), count)) append_word(reply, word);
  return reply;
}

std::string write_registers(Registers& registers, const std::string& pdu, int max_block) {
  if (pdu.size() < 6) throw Exception{ExceptionCode::illegal_value};
  const int count = word_at(pdu, 3);
  const std::size_t bytes = 2 * static_cast<std::size_t>(count);
  if (count < 1 || count > max_block || byte_at(pdu, 5) != bytes || pdu.size() != 6 + bytes)
    throw Exception{ExceptionCode::illegal_value};
  std::vector<std::uint16_t> words;
  for (std::size_t i = 6; i < pdu.size(); i += 2) words.push_back(word_at(pdu, i));
  registers.write(word_at(pdu, 1), words);
  return pdu.substr(0, 5);
}

std::string read_coils(Coils& coils, const std::string& pdu) {
  if (pdu.size() != 5) throw Exception{ExceptionCode::illegal_value};
  const int count = word_at(pdu, 3);
  if (count < 1 || count > most_coils) throw Exception{ExceptionCode::illegal_value};
  const std::vector<bool> bits = coils.read(word_at(pdu, 1), count);
  std::string packed((bits.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (bits[i]) packed[i / 8] = static_cast<char>(packed[i / 8] | 1 << (i % 8));
  return std::string{pdu[0], static_cast<char>(packed.size())} + packed;
}

std::string write_coil(Coils& coils, const std::string& pdu) {
  const int value = pdu.size() == 5 ? word_at(pdu, 3) : -1;
  if (value != coil_on && value != 0) throw Exception{ExceptionCode::illegal_value};
  coils.write(word_at(pdu, 1), value == coil_on);
  return pdu;
}

std::string write_register(Registers& registers, const std::string& pdu) {
  if (pdu.size() != 5) throw Exception{ExceptionCode::illegal_value};
  registers.write(word_at(pdu, 1), {word_at(pdu, 3)});
  return pdu;
}

std::string obey(const Banks& banks, const std::string& pdu, int max_block) {
  const unsigned function = byte_at(pdu, 0);
  if (banks.coils && function == 1) return read_coils(*banks.coils, pdu);
  if (banks.coils && function == 5) return write_coil(*banks.coils, pdu);
  if (function == 3) return read_registers(banks.holding, pdu, max_block);
  if (function == 4) return read_registers(banks.input, pdu, max_block);
  if (function == 6) return write_register(banks.holding, pdu);
  if (function == 16) return write_registers(banks.holding, pdu, max_block);
  throw Exception{ExceptionCode::illegal_function};
}

}  // namespace

std::string respond(const Banks& banks, const std::string& pdu, int max_block) {
  try {
    return obey(banks, pdu, max_block);
  } catch (const Exception& exception) {
    return {static_cast<char>(byte_at(pdu, 0) | 0x80u), static_cast<char>(exception.code)};
  }
}

std::string respond(Registers& registers, const std::string& pdu, int max_block) {
  return respond(Banks{registers, registers}, pdu, max_block);
}

}  // namespace nocturne::virtual_modbus
