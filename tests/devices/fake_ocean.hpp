#pragma once

#include <bit>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "devices/memory_link.hpp"
#include "devices/ocean_spectrometer.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {

inline std::string f32_bytes(float value) { return ocean::u32_bytes(std::bit_cast<std::uint32_t>(value)); }

/// An FX spectrometer's side of the conversation, as far as the driver's tests need it. Every spectrum is
/// flat: its counts tell which exposure and lights it was taken with, and lag one spectrum behind the
/// settings.
class FakeOcean {
 public:
  /// May replace what it would say to a message.
  using Tamper = std::function<Utterances(const ocean::Message& request, Utterances usual)>;
  static constexpr int pixels = 2136;

  FakeOcean(Clock& clock, std::unique_ptr<ByteLink> link)
      : partner_{clock, std::move(link), cut,
                 [this](const std::string& request) { return answer(request); }} {}

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }
  bool lamp_on() const { return !data.at(0x110400).empty() && data.at(0x110400).front() == '\1'; }
  bool led_on() const { return (ocean::u32_at(data.at(0x200300), 0) & enabled & 1) != 0; }
  /// Counts of a spectrum that was exposed with the present settings.
  std::uint16_t level() const {
    const std::uint32_t exposure_ms = ocean::u32_at(data.at(0x110000), 0) / 1000;
    return static_cast<std::uint16_t>(exposure_ms + (lamp_on() ? 1000 : 0) + (led_on() ? 2000 : 0));
  }

  /// What it answers to a question without argument.
  std::map<std::uint32_t, std::string> data{{0x000100, "FX01234"},
                                            {0x110000, ocean::u32_bytes(10'000)},
                                            {0x110001, ocean::u32_bytes(6'000)},
                                            {0x110002, ocean::u32_bytes(10'000'000)},
                                            {0x110220, ocean::u32_bytes(pixels)},
                                            {0x110400, std::string("\1", 1)},
                                            {0x1010A0, ocean::u32_bytes(64'000)},
                                            {0x180100, "\x04"},
                                            {0x181100, "\x03"},
                                            {0x200300, ocean::u32_bytes(1)}};
  std::vector<float> wavelengths{350.0f, 0.32f, -1e-5f, 0.0f};
  std::vector<float> nonlinearity{0.9f, 1e-6f, -2e-12f};
  std::uint32_t enabled = 1;            ///< outputs
  std::set<std::uint32_t> unknown;      ///< types that it refuses
  std::vector<std::uint32_t> requests;  ///< types, in order
  std::uint16_t per_scan = 0;           ///< counts by which successive spectra differ
  Tamper tamper;

 private:
  static std::size_t cut(const std::string& heard) {
    ocean::Message ignored;
    const FrameVerdict verdict = ocean::examine(heard, ignored);
    return verdict.kind == FrameVerdict::Kind::reply ? verdict.length : 0;
  }

  Utterances answer(const std::string& bytes) {
    ocean::Message request;
    ocean::examine(bytes, request);
    requests.push_back(request.type);
    ocean::Message reply = request;
    reply.flags = ocean::is_reply;
    reply.data.clear();
    if (unknown.contains(request.type) || !obey(request, reply)) {
      reply.flags |= ocean::is_nack;
      reply.error = 2;
    } else if ((request.flags & ocean::ack_requested) != 0) {
      reply.flags |= ocean::is_ack;
    }
    Utterances usual{{ocean::encode(reply)}};
    return tamper ? tamper(request, std::move(usual)) : usual;
  }

  bool obey(const ocean::Message& request, ocean::Message& reply) {
    const auto index = static_cast<std::size_t>(request.data.empty() ? 0 : request.data.front());
    if (request.type == 0x180101) return reply.data = f32_bytes(wavelengths.at(index)), true;
    if (request.type == 0x181101) return reply.data = f32_bytes(nonlinearity.at(index)), true;
    if (request.type == 0x101000) return reply.data = next_spectrum(), true;
    if (request.type == 0x110110 || request.type == 0x120010) return true;
    if (request.type == 0x110010) return data[0x110000] = request.data, true;
    if (request.type == 0x110410) return data[0x110400] = request.data, true;
    if (request.type == 0x200110) return enabled = ocean::u32_at(request.data, 0), true;
    if (request.type == 0x200310) {
      const std::uint32_t mask = ocean::u32_at(request.data, 4), held = ocean::u32_at(data[0x200300], 0);
      data[0x200300] = ocean::u32_bytes((held & ~mask) | (ocean::u32_at(request.data, 0) & mask));
      return true;
    }
    const auto found = data.find(request.type);
    if (found == data.end()) return false;
    reply.data = found->second;
    return true;
  }

  std::string next_spectrum() {
    std::string counts;
    for (int i = 0; i < pixels; ++i) counts += ocean::u32_bytes(under_way_).substr(0, 2);
    under_way_ = static_cast<std::uint16_t>(level() + per_scan * ++spectra_);
    return counts;
  }

  std::uint16_t under_way_ = 9999;
  int spectra_ = 0;
  Partner partner_;
};

}  // namespace nocturne::test
