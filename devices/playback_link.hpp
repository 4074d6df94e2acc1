#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/byte_link.hpp"
#include "devices/wire_event.hpp"

namespace nocturne {

/// An event of a recorded line.
struct RecordedEvent {
  Duration at{};  ///< since the start of the recording
  WireEvent event;
  int file_line = 0;
};

/// Where a host says something else than the recorded one did.
struct WireDifference {
  int file_line = 0;
  std::string expected;  ///< the recorded request; empty = none was left
  std::string got;       ///< what was sent instead of it
};

/// A recorded instrument line that answers as it did. When the host has sent a recorded request, what
/// followed it arrives, each piece as long after it as it did then. At the first other byte the line tells of
/// the difference, once, and whoever wrote it waits until cancelled.
class PlaybackLine {
 public:
  using OnDifference = std::function<void(const WireDifference&)>;
  /// `clock` must outlive the line.
  PlaybackLine(Clock& clock, std::string name, std::vector<RecordedEvent> events, OnDifference on_difference);

  /// The host's end. Throws DeviceError{unreachable} if the recorded line could not be opened at this point.
  /// The line must outlive it; one at a time.
  std::unique_ptr<ByteLink> open();

  /// How many recorded requests were sent again.
  int agreed() const { return agreed_; }
  /// Recorded requests that were not sent again.
  struct Rest {
    int file_line = 0;
    std::string request;  ///< the first of them
    int count = 0;
  };
  std::optional<Rest> rest() const;

 private:
  using Kind = WireEvent::Kind;
  class End;
  struct Delivery {
    Instant due{};
    bool lost = false;
    std::string text;
  };
  const WireEvent& event(std::size_t i) const { return events_[i].event; }
  /// Where the next request stands, or the end.
  std::size_t next_request() const;
  /// Returns whether it was what is recorded.
  bool hear(std::string bytes);
  bool differ(WireDifference difference);
  /// Lets everything arrive that followed the event recorded at `base`.
  void deliver_after(Duration base);

  Clock& clock_;
  const std::string endpoint_;
  const std::vector<RecordedEvent> events_;
  const OnDifference on_difference_;
  std::size_t next_ = 0;  // event
  std::string heard_;     // of the next request
  int agreed_ = 0;
  bool differs_ = false;
  std::deque<Delivery> deliveries_;
  Signal delivery_;
};

}  // namespace nocturne
