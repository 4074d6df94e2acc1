#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "devices/byte_link.hpp"

namespace nocturne {

/// What a protocol makes of the bytes received so far.
struct FrameVerdict {
  enum class Kind {
    incomplete,      ///< may become a frame: wait for more
    noise,           ///< the first `length` bytes belong to no frame
    foreign,         ///< the first `length` bytes are a sound frame, but not the answer waited for
    reply,           ///< the first `length` bytes are the answer
    reply_if_quiet,  ///< the first `length` bytes are the answer unless more follows within the line's quiet
                     ///< time
  };
  Kind kind = Kind::incomplete;
  std::size_t length = 0;
};

/// Judges the beginning of what was received; called again whenever more has arrived or something was
/// dropped.
using Framing = std::function<FrameVerdict(std::string_view received)>;

struct LineSettings {
  Duration quiet = std::chrono::milliseconds{20};  ///< silence that ends a left-over reply
  Duration first_backoff =
      std::chrono::milliseconds{100};  ///< pause after a failed opening, doubled each time
  Duration longest_backoff = std::chrono::seconds{5};
};

/// One line and all who talk over it: one transaction at a time, in order of asking. It repeats nothing by
/// itself.
class Line {
 public:
  using Opener = std::function<Task<std::unique_ptr<ByteLink>>()>;

  /// Opens at the first transaction, and again at the first one after the line broke.
  Line(Clock& clock, std::string endpoint, Opener opener, LineSettings settings = {});
  /// A line that cannot be opened again once it is broken.
  Line(Clock& clock, std::unique_ptr<ByteLink> link, LineSettings settings = {});

  const std::string& endpoint() const { return endpoint_; }
  /// How often the line has been opened. A change means that the instrument may have lost its state.
  int connections() const { return connections_; }

  /// Sends `request` and returns the frame that `framing` calls the reply, both within `deadline`. Left-overs
  /// of an earlier transaction are thrown away first. `device` is for messages. Throws DeviceError: timed_out
  /// (silence), garbled (bytes, but no reply), unreachable (broken, or too early to open it again).
  Task<std::string> transact(std::string device, std::string request, Framing framing, Duration deadline);

 private:
  struct Exchange;
  Task<void> open(const std::string& device);
  Task<void> drain();
  Task<bool> hears_more(Exchange& exchange);
  Task<std::string> converse(Exchange& exchange);

  Clock& clock_;
  const std::string endpoint_;
  const LineSettings settings_;
  Opener opener_;
  Mutex mutex_;
  std::unique_ptr<ByteLink> link_;
  int connections_ = 0;
  bool unfinished_ = false;  // the last transaction did not end with its reply
  Duration backoff_;
  Instant next_attempt_{};
};

}  // namespace nocturne
