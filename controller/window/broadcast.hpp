#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace nocturne {

/// What goes out to everybody who looks on. The last pieces are kept once for all, and each viewer has a
/// place among them: whoever falls behind the oldest one has lost the thread.
class Broadcast {
 public:
  /// Keeps the newest pieces, `most_bytes` of them or one.
  explicit Broadcast(std::size_t most_bytes) : most_bytes_{most_bytes} {}

  using Place = std::uint64_t;
  void add(std::string piece);
  Place end() const { return first_ + pieces_.size(); }
  bool keeps(Place place) const { return place >= first_; }
  /// The pieces from `place` on, about `enough` bytes of them, and moves `place` behind them; nullopt if they
  /// are not kept any more.
  std::optional<std::string> take(Place& place, std::size_t enough) const;

 private:
  const std::size_t most_bytes_;
  std::deque<std::string> pieces_;
  Place first_ = 0;  ///< of pieces_
  std::size_t bytes_ = 0;
};

}  // namespace nocturne
