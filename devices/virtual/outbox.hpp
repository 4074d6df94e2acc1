#pragma once

#include <map>
#include <string>

#include "devices/byte_link.hpp"
#include "devices/signal.hpp"

namespace nocturne {

/// Bytes on their way out of instruments that share one line. Those of one lane leave in the order in which
/// they were put; one lane's delay does not hold up another. What a partner who does not read lets pile up
/// beyond `capacity` is lost, as in any instrument's buffer.
class Outbox {
 public:
  static constexpr std::size_t capacity = 65536;
  explicit Outbox(Clock& clock) : clock_{clock}, filled_{clock.io()} {}

  /// `bytes` leave after `delay`.
  void put(std::string bytes, Duration delay, int lane = 0);
  /// How many are put and not yet being written.
  std::size_t waiting() const { return items_.size(); }
  /// Ends write_to() when what was put before has left.
  void hang_up();
  /// Writes what is put, as it is put, until hang_up().
  Task<void> write_to(ByteLink& link);

 private:
  Clock& clock_;
  Signal filled_;
  std::multimap<Instant, std::string> items_;  // by when they are due
  std::map<int, Instant> last_due_;            // by lane
  std::size_t waiting_ = 0;                    // bytes
  bool hung_up_ = false;
};

}  // namespace nocturne
