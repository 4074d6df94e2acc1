#include "controller/benchmark/benchmark_progress.hpp"

#include <fmt/format.h>

#include <ostream>
#include <utility>

namespace nocturne {

BenchmarkProgress::BenchmarkProgress(std::string what, std::size_t total, bool live, const Clock& wall_clock,
                                     std::ostream& messages)
    : what_{std::move(what)},
      total_{total},
      live_{live},
      wall_clock_{wall_clock},
      messages_{messages},
      began_{wall_clock.now()},
      last_{began_} {}

BenchmarkProgress::~BenchmarkProgress() {
  if (live_ && shown_) messages_ << std::endl;
}

std::string BenchmarkProgress::line(Instant now) const {
  const double left =
      in_seconds(now - began_) / static_cast<double>(done_) * static_cast<double>(total_ - done_);
  const std::string time = left < 90.0     ? fmt::format("{:.0f} s", left)
                           : left < 5400.0 ? fmt::format("{:.0f} min", left / 60.0)
                                           : fmt::format("{:.1f} h", left / 3600.0);
  return fmt::format("{} of {} {}, {} left", done_, total_, what_, time);
}

void BenchmarkProgress::advance() {
  const std::lock_guard lock{mutex_};
  ++done_;
  const Instant now = wall_clock_.now();
  if (now - last_ < (live_ ? seconds(1.0) : seconds(30.0)) && (done_ < total_ || !shown_)) return;
  last_ = now;
  shown_ = true;
  if (live_)
    messages_ << '\r' << line(now) << "\x1b[K" << std::flush;
  else
    messages_ << line(now) << std::endl;
}

}  // namespace nocturne
