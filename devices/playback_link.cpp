#include "devices/playback_link.hpp"

#include <algorithm>
#include <utility>

#include "devices/error.hpp"

namespace nocturne {

class PlaybackLine::End final : public ByteLink {
 public:
  explicit End(PlaybackLine& line) : line_{line} {}

  const std::string& endpoint() const override { return line_.endpoint_; }

  Task<std::string> read_some() override {
    std::deque<Delivery>& deliveries = line_.deliveries_;
    for (;;) {
      if (deliveries.empty()) {
        co_await line_.delivery_.wait();
        continue;
      }
      const Instant due = deliveries.front().due;
      if (due > line_.clock_.now()) {
        co_await line_.clock_.sleep_until(due);
        continue;
      }
      const Delivery first = std::move(deliveries.front());
      deliveries.pop_front();
      if (first.lost) throw DeviceError{DeviceFault::unreachable, line_.endpoint_, first.text};
      co_return first.text;
    }
  }

  Task<void> write(std::string bytes) override {
    if (line_.hear(std::move(bytes))) co_return;
    Signal never{line_.clock_.io()};
    co_await never.wait();
  }

  std::string discard_input() override {
    std::string bytes;
    std::deque<Delivery>& deliveries = line_.deliveries_;
    while (!deliveries.empty() && !deliveries.front().lost && deliveries.front().due <= line_.clock_.now()) {
      bytes += deliveries.front().text;
      deliveries.pop_front();
    }
    return bytes;
  }

 private:
  PlaybackLine& line_;
};

PlaybackLine::PlaybackLine(Clock& clock, std::string name, std::vector<RecordedEvent> events,
                           OnDifference on_difference)
    : clock_{clock},
      endpoint_{"recorded:" + std::move(name)},
      events_{std::move(events)},
      on_difference_{std::move(on_difference)},
      delivery_{clock.io()} {}

std::unique_ptr<ByteLink> PlaybackLine::open() {
  deliveries_.clear();
  while (next_ < events_.size() && event(next_).kind == Kind::closed) ++next_;
  if (next_ < events_.size() && event(next_).kind == Kind::lost)
    throw DeviceError{DeviceFault::unreachable, endpoint_, event(next_++).text};
  if (next_ < events_.size() && event(next_).kind == Kind::opened) deliver_after(events_[next_++].at);
  return std::make_unique<End>(*this);
}

std::size_t PlaybackLine::next_request() const {
  std::size_t next = next_;
  while (next < events_.size() && event(next).kind != Kind::sent) ++next;
  return next;
}

std::optional<PlaybackLine::Rest> PlaybackLine::rest() const {
  const std::size_t first = next_request();
  if (first == events_.size()) return std::nullopt;
  const auto count = std::count_if(events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end(),
                                   [](const RecordedEvent& e) { return e.event.kind == Kind::sent; });
  return Rest{events_[first].file_line, event(first).text, static_cast<int>(count)};
}

bool PlaybackLine::differ(WireDifference difference) {
  if (!std::exchange(differs_, true)) on_difference_(difference);
  return false;
}

bool PlaybackLine::hear(std::string bytes) {
  if (differs_) return false;
  while (!bytes.empty()) {
    const std::size_t next = next_request();
    if (next == events_.size())
      return differ({events_.empty() ? 1 : events_.back().file_line, {}, std::move(bytes)});
    const RecordedEvent& request = events_[next];
    const std::string& expected = request.event.text;
    const std::size_t count = std::min(bytes.size(), expected.size() - heard_.size());
    heard_ += bytes.substr(0, count);
    bytes.erase(0, count);
    const bool whole = heard_.size() == expected.size();
    // Two requests in one breath were so recorded, or the first of them is longer now.
    const bool too_long =
        whole && !bytes.empty() && (next + 1 == events_.size() || event(next + 1).kind != Kind::sent);
    if (!expected.starts_with(heard_) || too_long)
      return differ({request.file_line, expected, heard_ + bytes});
    if (!whole) return true;
    heard_.clear();
    ++agreed_;
    next_ = next + 1;
    deliver_after(request.at);
  }
  return true;
}

void PlaybackLine::deliver_after(Duration base) {
  for (; next_ < events_.size(); ++next_) {
    const Kind kind = event(next_).kind;
    if (kind == Kind::discarded) continue;
    if (kind != Kind::received && kind != Kind::lost) break;
    const Instant due = clock_.now() + std::max(events_[next_].at - base, Duration{});
    deliveries_.push_back(Delivery{due, kind == Kind::lost, event(next_).text});
    if (kind != Kind::lost) continue;
    ++next_;
    break;
  }
  delivery_.notify_all();
}

}  // namespace nocturne
