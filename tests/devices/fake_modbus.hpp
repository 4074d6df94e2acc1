#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "devices/modbus_bus.hpp"
#include "devices/partner.hpp"
#include "devices/pseudo_terminal.hpp"

namespace nocturne::test {

inline std::uint16_t modbus_crc(const std::string& frame) {
  std::uint16_t crc = 0xFFFF;
  for (const char byte : frame) {
    crc = static_cast<std::uint16_t>(crc ^ static_cast<unsigned char>(byte));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1);
  }
  return crc;
}

inline std::string with_crc(std::string frame) {
  const std::uint16_t crc = modbus_crc(frame);
  frame += static_cast<char>(crc & 0xFF);
  frame += static_cast<char>(crc >> 8);
  return frame;
}

/// A serial Modbus instrument on a pseudo-terminal: registers, and a way to spoil what it says.
class FakeModbus {
 public:
  using Registers = std::map<int, std::uint16_t>;
  /// May replace what it would say to a request.
  using Tamper = std::function<Utterances(const std::string& request, Utterances usual)>;

  explicit FakeModbus(Clock& clock) : FakeModbus{clock, std::make_unique<PseudoTerminal>(clock)} {}

  const std::string& path() const { return path_; }
  Task<void> serve() { return partner_.serve(); }
  std::size_t requests() const { return partner_.requests.size(); }
  const std::vector<std::string>& frames() const { return partner_.requests; }

  int unit = 1;
  Registers registers;                                       ///< others answer "illegal address"
  Registers inputs;                                          ///< read with function 4
  std::function<void(int address, std::uint16_t)> on_write;  ///< after the register has changed
  std::vector<std::pair<int, std::uint16_t>> writes;
  Tamper tamper;
  std::function<bool(const std::string& request)> deaf;  ///< whether a request is not obeyed

 private:
  FakeModbus(Clock& clock, std::unique_ptr<PseudoTerminal> terminal)
      : path_{terminal->path()},
        partner_{clock, std::move(terminal), cut,
                 [this](const std::string& request) { return answer(request); }} {}

  static int number_at(const std::string& frame, std::size_t at) {
    return static_cast<unsigned char>(frame[at]) << 8 | static_cast<unsigned char>(frame[at + 1]);
  }
  static std::size_t cut(const std::string& heard) {
    if (heard.size() < 8) return 0;
    if (heard[1] != 16) return 8;
    const std::size_t length = 9 + static_cast<std::size_t>(static_cast<unsigned char>(heard[6]));
    return heard.size() < length ? 0 : length;
  }

  Utterances answer(const std::string& request) {
    if (static_cast<unsigned char>(request[0]) != unit) return {};
    const bool obeyed = !deaf || !deaf(request);
    Utterances usual{{with_crc(obeyed ? obey(request) : request.substr(0, 6))}};
    return tamper ? tamper(request, std::move(usual)) : usual;
  }
  static std::string exception(const std::string& request, char code) {
    return {request[0], static_cast<char>(request[1] | 0x80), code};
  }

  std::string obey(const std::string& request) {
    const int address = number_at(request, 2);
    if (request[1] == 3) return read(registers, request, address, number_at(request, 4));
    if (request[1] == 4) return read(inputs, request, address, number_at(request, 4));
    const int count = request[1] == 16 ? number_at(request, 4) : 1;
    for (int i = 0; i < count; ++i) {
      if (!registers.contains(address + i)) return exception(request, 2);
      const std::size_t at = request[1] == 16 ? 7 + 2 * static_cast<std::size_t>(i) : 4;
      const auto value = static_cast<std::uint16_t>(number_at(request, at));
      registers[address + i] = value;
      writes.emplace_back(address + i, value);
      if (on_write) on_write(address + i, value);
    }
    return request.substr(0, 6);
  }
  static std::string read(const Registers& held, const std::string& request, int address, int count) {
    std::string reply{request[0], request[1], static_cast<char>(2 * count)};
    for (int i = 0; i < count; ++i) {
      const auto found = held.find(address + i);
      if (found == held.end()) return exception(request, 2);
      reply += static_cast<char>(found->second >> 8);
      reply += static_cast<char>(found->second & 0xFF);
    }
    return reply;
  }

  const std::string path_;
  Partner partner_;
};

}  // namespace nocturne::test
