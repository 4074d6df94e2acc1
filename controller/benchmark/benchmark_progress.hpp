#pragma once

#include <cstddef>
#include <iosfwd>
#include <mutex>
#include <string>

#include "devices/clock.hpp"

namespace nocturne {

/// "120 of 2400 runs, 3 min left", every second in place on a terminal, else a line every half minute.
/// Thread-safe.
class BenchmarkProgress {
 public:
  BenchmarkProgress(std::string what, std::size_t total, bool live, const Clock& wall_clock,
                    std::ostream& messages);
  /// Ends the line on a terminal.
  ~BenchmarkProgress();
  BenchmarkProgress(const BenchmarkProgress&) = delete;
  BenchmarkProgress& operator=(const BenchmarkProgress&) = delete;

  /// One more is done.
  void advance();

 private:
  std::string line(Instant now) const;

  std::mutex mutex_;
  std::string what_;
  std::size_t total_, done_ = 0;
  bool live_, shown_ = false;
  const Clock& wall_clock_;
  std::ostream& messages_;
  Instant began_, last_;
};

}  // namespace nocturne
