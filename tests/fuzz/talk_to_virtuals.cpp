#include "fuzz/talk_to_virtuals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "devices/concurrency.hpp"
#include "devices/memory_link.hpp"
#include "devices/virtual/virtual_balance.hpp"
#include "devices/virtual/virtual_ocean.hpp"
#include "devices/virtual/virtual_vici.hpp"
#include "fuzz/hold.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_talk = 4096;  // more would take the fuzzer's time
constexpr std::size_t most_heard = 64u << 20;

struct Talk : VirtualLab {
  MemoryLinkPair line = make_memory_link(clock, "fuzz", 0);
  Background serving{clock};
  std::string heard;

  void serve(VirtualInstrument& instrument) {
    serving.start(instrument.serve(*line.instrument),
                  [](std::exception_ptr failure) { std::rethrow_exception(failure); });
  }
  void listen(Duration wait) {
    auto read = [&]() -> Task<void> {
      for (;;) heard += co_await line.host->read_some();
    };
    auto both = [&]() -> Task<void> { co_await race(read(), clock.sleep_for(wait)); };
    run(both());
    hold(heard.size() <= most_heard, "more replies than anybody asked for");
  }
  void say(std::string bytes, Duration wait) {
    run(line.host->write(std::move(bytes)));
    listen(wait);
  }
  void say_in_pieces(std::string_view bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) say(std::string{bytes.substr(at, piece)}, 20ms);
    listen(2s);
  }
};

std::size_t byte_or_zero(std::string_view bytes, std::size_t i) {
  return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

std::string_view talk_of(std::string_view bytes) {
  return bytes.substr(std::min<std::size_t>(2, bytes.size()), longest_talk);
}

/// Whole messages only, each a response whose error and refusal agree.
int count_messages(const std::string& heard) {
  using virtual_obp::number_at;
  int count = 0;
  for (std::size_t at = 0; at < heard.size(); ++count) {
    hold(heard.size() - at >= 64 && heard.compare(at, 2, "\xC1\xC0") == 0, "no beginning of a message");
    const std::size_t remaining = number_at(heard, at + 40, 4), size = 44 + remaining;
    hold(remaining >= 20 && size <= heard.size() - at, "a wrong length");
    hold(heard.compare(at + size - 4, 4, "\xC5\xC4\xC3\xC2") == 0, "no footer");
    const unsigned flags = number_at(heard, at + 4, 2), error = number_at(heard, at + 6, 2);
    hold((flags & 1) == 1, "no response");
    hold(((flags & 8) != 0) == (error != 0), "an error that is no refusal");
    hold(error == 0 || remaining == 20, "a refusal with data");
    hold(byte_or_zero(heard, at + 23) <= 16, "too much immediate data");
    hold(byte_or_zero(heard, at + 23) == 0 || remaining == 20, "data in two places");
    at += size;
  }
  return count;
}

/// Messages that the instrument knows, with types, flags and data as the bytes say: random bytes alone would
/// seldom get past the header.
std::string framed(std::string_view bytes, const std::string& known_types) {
  std::string frames;
  while (bytes.size() >= 3) {
    virtual_obp::Message message;
    message.type =
        virtual_obp::number_at(known_types, 4 * (byte_or_zero(bytes, 0) % (known_types.size() / 4)), 4);
    message.flags = static_cast<std::uint16_t>(byte_or_zero(bytes, 1) & 0x27);
    message.md5 = (byte_or_zero(bytes, 1) & 0x80) != 0;
    const std::size_t size = std::min(byte_or_zero(bytes, 2) % 24, bytes.size() - 3);
    message.data = bytes.substr(3, size);
    frames += virtual_obp::encoded(message);
    bytes.remove_prefix(3 + size);
  }
  return frames;
}

Detector detector_of(int pixels) {
  Detector detector;
  detector.serial = "FUZZ";
  detector.wavelength_nm = Eigen::VectorXd::LinSpaced(pixels, 350.0, 1000.0);
  return detector;
}

/// Lines of printable characters.
int count_lines(const std::string& heard, const std::string& end, std::size_t longest) {
  int count = 0;
  for (std::size_t at = 0; at < heard.size(); ++count) {
    const std::size_t stop = heard.find(end, at);
    hold(stop != std::string::npos, "a line without end");
    hold(stop > at && stop - at <= longest, "a line too long or empty");
    for (std::size_t i = at; i < stop; ++i) hold(heard[i] >= ' ' && heard[i] <= '~', "an unprintable reply");
    at = stop + end.size();
  }
  return count;
}

}  // namespace

int talk_to_ocean(std::string_view bytes) {
  static const std::array<const char*, 6> models{"FX", "HDX", "STS", "Spark", "QEPro", "Ventana"};
  const std::size_t variant = byte_or_zero(bytes, 0);
  VirtualOceanOptions options;
  options.model = models[variant % models.size()];
  options.serial_line = (variant & 0x40) != 0;
  options.power_up_exposure = 10ms;
  const int pixels = ocean_model(options.model).pixels;
  VirtualOceanWorld world;
  world.expose = [pixels](Instant, Duration) { return Eigen::VectorXd::Constant(pixels, 1234.0).eval(); };
  world.set_lamp = world.set_led = [](bool) {};

  Talk talk;
  VirtualOcean ocean{talk.clock, options, detector_of(pixels), world};
  talk.serve(ocean);
  std::string sent{talk_of(bytes)};
  if ((variant & 0x80) != 0) {
    virtual_obp::Message list;
    list.type = 0x82;
    talk.say(virtual_obp::encoded(list), 10ms);
    sent = framed(talk_of(bytes), talk.heard.substr(44, talk.heard.size() - 64));
  }
  talk.say_in_pieces(sent, 1 + 4 * byte_or_zero(bytes, 1));
  return count_messages(talk.heard);
}

int talk_to_vici(std::string_view bytes) {
  const std::size_t variant = byte_or_zero(bytes, 0);
  VirtualViciOptions options;
  options.mode = 1 + static_cast<int>(variant % 3);
  options.feedback = static_cast<int>(variant / 3 % 3);
  if ((variant & 0x40) != 0) options.id = "5";
  if ((variant & 0x80) != 0) options.refusal = "ERROR";
  int stood = 0;
  Talk talk;
  VirtualVici valve{talk.clock, options, [&](int position, Instant) {
                      hold(position >= 1 && position <= 99, "a position that no valve has");
                      ++stood;
                    }};
  talk.serve(valve);
  talk.say_in_pieces(talk_of(bytes), 1 + byte_or_zero(bytes, 1));
  hold(stood <= static_cast<int>(bytes.size()), "more moves than commands");
  std::string lines = talk.heard;  // the end of a line may have been changed in between
  for (char& c : lines)
    if (c == '\n') c = '\r';
  for (std::size_t at; (at = lines.find("\r\r")) != std::string::npos;) lines.erase(at, 1);
  return count_lines(lines, "\r", 100);
}

int talk_to_balance(std::string_view bytes) {
  const std::size_t variant = byte_or_zero(bytes, 0);
  VirtualBalanceOptions options;
  options.cell.decimals = static_cast<int>(variant % 7);
  if ((variant & 0x40) != 0) options.cell.drop_g = 0.0174;
  Talk talk;
  VirtualBalance balance{talk.clock, options, [](Instant when) { return 0.001 * in_seconds(when); }};
  balance.faults().unstable = (variant & 0x80) != 0;
  talk.serve(balance);
  talk.say_in_pieces(talk_of(bytes), 1 + byte_or_zero(bytes, 1));
  return count_lines(talk.heard, "\r\n", 60);
}

int talk_to_any(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::size_t which = byte_or_zero(bytes, 0) % 3;
  bytes.remove_prefix(1);
  return which == 0 ? talk_to_ocean(bytes) : which == 1 ? talk_to_vici(bytes) : talk_to_balance(bytes);
}

}  // namespace nocturne::test
