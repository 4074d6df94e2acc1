#include "devices/memory_link.hpp"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

#include "devices/error.hpp"

namespace nocturne {
namespace {

/// As with a real port, a reader is told of the first byte at once and of those behind it in bunches.
constexpr Duration longest_wait = std::chrono::milliseconds{10};

struct Segment {
  std::string bytes;
  Instant start;  // when its first bit leaves
};

/// One direction of the line.
struct Wire {
  Wire(Clock& owner, Duration byte_time) : clock{owner}, per_byte{byte_time}, arrival{owner.io()} {}

  std::string take() {
    std::string arrived;
    while (!segments.empty()) {
      Segment& first = segments.front();
      const std::size_t count = arrived_of(first);
      arrived.append(first.bytes, 0, count);
      if (count < first.bytes.size()) {
        first.bytes.erase(0, count);
        first.start += per_byte * static_cast<Duration::rep>(count);
        partly_read |= count > 0;
        break;
      }
      segments.pop_front();
      partly_read = false;
    }
    return arrived;
  }
  std::size_t arrived_of(const Segment& segment) const {
    if (per_byte == Duration::zero()) return segment.bytes.size();
    const Duration::rep count = std::max<Duration::rep>(0, (clock.now() - segment.start) / per_byte);
    return std::min(segment.bytes.size(), static_cast<std::size_t>(count));
  }
  /// When a reader that waits for more of the first segment is to look again.
  Instant next_look() const {
    const Segment& first = segments.front();
    const Instant first_byte = first.start + per_byte;
    if (clock.now() < first_byte && !partly_read) return first_byte;
    return std::min(end_of(first), first.start + std::max(per_byte, longest_wait));
  }
  Instant end_of(const Segment& segment) const {
    return segment.start + per_byte * static_cast<Duration::rep>(segment.bytes.size());
  }
  Instant send(std::string bytes) {
    Segment segment{std::move(bytes), std::max(clock.now(), free_at)};
    free_at = end_of(segment);
    segments.push_back(std::move(segment));
    arrival.notify_all();
    return free_at;
  }

  Clock& clock;
  const Duration per_byte;
  std::deque<Segment> segments;
  bool partly_read = false;  // the first segment
  Instant free_at{};
  Signal arrival;
};

struct Cable {
  Cable(Clock& clock, Duration byte_time) : to_instrument{clock, byte_time}, to_host{clock, byte_time} {}
  Wire to_instrument;
  Wire to_host;
  bool cut = false;
};

class MemoryLink final : public ByteLink {
 public:
  MemoryLink(std::string endpoint, std::shared_ptr<Cable> cable, bool is_host)
      : endpoint_{std::move(endpoint)},
        cable_{std::move(cable)},
        in_{is_host ? cable_->to_host : cable_->to_instrument},
        out_{is_host ? cable_->to_instrument : cable_->to_host} {}
  ~MemoryLink() override {
    cable_->cut = true;
    in_.arrival.notify_all();
    out_.arrival.notify_all();
  }

  const std::string& endpoint() const override { return endpoint_; }

  Task<std::string> read_some() override {
    for (;;) {
      std::string arrived = in_.take();
      if (!arrived.empty()) co_return arrived;
      require_whole();
      if (in_.segments.empty())
        co_await in_.arrival.wait();
      else
        co_await in_.clock.sleep_until(in_.next_look());
    }
  }

  Task<void> write(std::string bytes) override {
    require_whole();
    if (bytes.empty()) co_return;
    const Instant sent = out_.send(std::move(bytes));
    if (sent > out_.clock.now()) co_await out_.clock.sleep_until(sent);
  }

  std::string discard_input() override { return in_.take(); }

 private:
  void require_whole() const {
    if (cable_->cut) throw DeviceError{DeviceFault::unreachable, endpoint_, "the other end is gone"};
  }

  const std::string endpoint_;
  const std::shared_ptr<Cable> cable_;
  Wire& in_;
  Wire& out_;
};

}  // namespace

MemoryLinkPair make_memory_link(Clock& clock, std::string name, int baud) {
  assert(baud >= 0);
  const Duration byte_time = baud > 0 ? seconds(10.0 / baud) : Duration::zero();
  const auto cable = std::make_shared<Cable>(clock, byte_time);
  const std::string endpoint = "memory:" + name;
  return {std::make_unique<MemoryLink>(endpoint, cable, true),
          std::make_unique<MemoryLink>(endpoint, cable, false)};
}

}  // namespace nocturne
