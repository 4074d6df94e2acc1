#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/clock.hpp"

namespace spdlog {
class logger;
}

namespace nocturne {

/// What the person watching is told. Steps overwrite one another on a terminal and are left out elsewhere;
/// reports stay. Both go to stderr, with the campaign time in front.
class Progress {
 public:
  enum class Style { live, lines, silent };
  explicit Progress(Style style);
  ~Progress();

  /// Where the time in front comes from; without it there is none.
  void keep_time(std::function<Instant()> now) { now_ = std::move(now); }
  void step(const std::string& text);
  void report(const std::string& text);

 private:
  std::string stamp() const;
  const Style style_;
  std::function<Instant()> now_;
  std::shared_ptr<spdlog::logger> logger_;
  bool line_open_ = false;
};

}  // namespace nocturne
