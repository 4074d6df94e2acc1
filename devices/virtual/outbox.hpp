#pragma once

#include <deque>
#include <string>

#include "devices/byte_link.hpp"
#include "devices/signal.hpp"

namespace nocturne {

/// Bytes on their way out of instruments that share one line. They leave in the order in which they were put.
class Outbox {
 public:
  explicit Outbox(Clock& clock) : clock_{clock}, filled_{clock.io()} {}

  /// `bytes` leave after `delay`.
  void put(std::string bytes, Duration delay);
  /// Ends write_to() when what was put before has left.
  void hang_up();
  /// Writes what is put, as it is put, until hang_up().
  Task<void> write_to(ByteLink& link);

 private:
  struct Item {
    Instant due;
    std::string bytes;
  };
  Clock& clock_;
  Signal filled_;
  std::deque<Item> items_;
  bool hung_up_ = false;
};

}  // namespace nocturne
