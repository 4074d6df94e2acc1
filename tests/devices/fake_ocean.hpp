#pragma once

#include <bit>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "devices/memory_link.hpp"
#include "devices/ocean_spectrometer.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {

inline std::string f32_bytes(float value) { return ocean::u32_bytes(std::bit_cast<std::uint32_t>(value)); }

/// A spectrometer's side of the conversation, as far as the driver's tests need it. Every spectrum is flat
/// but for its last pixel, which stands for noise: its counts tell which exposure and lights it was taken
/// with, and lag one spectrum behind the settings.
class FakeOcean {
 public:
  /// May replace what it would say to a message.
  using Tamper = std::function<Utterances(const ocean::Message& request, Utterances usual)>;

  FakeOcean(Clock& clock, std::unique_ptr<ByteLink> link, OceanInstrument kind = ocean_instrument("FX"))
      : model{std::move(kind)},
        spectrum_message{model.spectrum_messages.front()},
        metadata(static_cast<std::size_t>(model.metadata_bytes.front()), 'm'),
        partner_{clock, std::move(link), cut,
                 [this](const std::string& request) { return answer(request); }} {
    data[0x110220] = ocean::u32_bytes(static_cast<std::uint32_t>(model.pixels));
  }

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }
  /// Requests as they came over the line.
  const std::vector<std::string>& frames() const { return partner_.requests; }
  bool lamp_on() const { return !data.at(0x110400).empty() && data.at(0x110400).front() == '\1'; }
  bool led_on() const { return (ocean::u32_at(data.at(0x200300), 0) & enabled & 1) != 0; }
  /// Counts of a spectrum that was exposed with the present settings.
  std::uint32_t level() const {
    const std::uint32_t exposure_ms = ocean::u32_at(data.at(0x110000), 0) / 1000;
    return exposure_ms + (lamp_on() ? 1000 : 0) + (led_on() ? 2000 : 0);
  }
  /// Power off and on: exposure and lights are those of a new one.
  void restart() {
    data[0x110000] = ocean::u32_bytes(10'000);
    data[0x110400] = std::string(1, '\0');
    data[0x200300] = ocean::u32_bytes(0);
  }

  OceanInstrument model;
  std::uint32_t spectrum_message;
  std::string metadata;

  /// What it answers to a question without argument.
  std::map<std::uint32_t, std::string> data{{0x000100, "FX01234"},
                                            {0x110000, ocean::u32_bytes(10'000)},
                                            {0x110001, ocean::u32_bytes(6'000)},
                                            {0x110002, ocean::u32_bytes(10'000'000)},
                                            {0x110400, std::string("\1", 1)},
                                            {0x1010A0, ocean::u32_bytes(64'000)},
                                            {0x180100, "\x04"},
                                            {0x181100, "\x03"},
                                            {0x200300, ocean::u32_bytes(1)}};
  std::vector<float> wavelengths{350.0f, 0.32f, -1e-5f, 0.0f};
  std::vector<float> nonlinearity{0.9f, 1e-6f, -2e-12f};
  std::uint32_t enabled = 1;                   ///< outputs
  std::set<std::uint32_t> unknown;             ///< types that it refuses
  std::vector<std::uint32_t> requests;         ///< types, in order
  std::uint32_t per_scan = 0;                  ///< counts by which successive spectra differ
  std::map<std::size_t, std::uint32_t> stuck;  ///< counts of single pixels
  std::deque<std::uint32_t> buffer;            ///< old spectra, of a model that keeps them
  bool buffering = false;
  bool frozen = false;
  bool shutter_open = false;
  bool md5 = false;  ///< of its answers
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
    reply.md5 = md5;
    if (unknown.contains(request.type) || !obey(request, reply)) {
      reply.flags |= ocean::is_nack;
      reply.error = reply.error == 0 ? ocean::unknown_type : reply.error;
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
    if (request.type == spectrum_message) {
      if (model.buffered && !buffering) return reply.error = ocean::not_ready, false;
      return reply.data = next_spectrum(), true;
    }
    if (request.type == 0x000010) return md5 = request.data.front() == '\1', true;
    if (request.type == 0x100810 && model.buffered) return buffering = request.data.front() == '\1', true;
    if (request.type == 0x100830 && model.buffered) return buffer.clear(), true;
    if (request.type == 0x110610) return shutter_open = request.data.front() == '\1', true;
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
    const auto pixels = static_cast<std::size_t>(model.pixels);
    std::vector<std::uint32_t> counts(pixels, buffer.empty() ? under_way_ : buffer.front());
    if (!buffer.empty()) buffer.pop_front();
    for (const auto& [pixel, value] : stuck) counts.at(pixel) = value;
    ++spectra_;
    if (!frozen) counts.back() ^= spectra_ & 7;
    under_way_ = level() + per_scan * spectra_;
    std::string bytes = metadata;
    for (const std::uint32_t count : counts)
      bytes += ocean::u32_bytes(count).substr(0, static_cast<std::size_t>(model.bytes_per_pixel));
    return bytes;
  }

  std::uint32_t under_way_ = 9999;
  std::uint32_t spectra_ = 0;
  Partner partner_;
};

}  // namespace nocturne::test
