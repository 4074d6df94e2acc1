#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <utility>

#include "devices/signal.hpp"

namespace nocturne {

namespace asio = boost::asio;
template <class T>
using Task = asio::awaitable<T>;

/// Campaign time: starts at zero when the clock is made.
struct CampaignTime {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CampaignTime>;
  static constexpr bool is_steady = true;
};
using Duration = CampaignTime::duration;
using Instant = CampaignTime::time_point;

constexpr double in_seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
constexpr double in_seconds(Instant t) { return in_seconds(t.time_since_epoch()); }
constexpr Duration seconds(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}

/// Where time comes from and where coroutines run: it owns the loop. Every wait in the product goes through a
/// Clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual asio::io_context& io() = 0;
  /// Completes at `deadline`. Cancellation ends it early with operation_aborted.
  virtual Task<void> sleep_until(Instant deadline) = 0;
  Task<void> sleep_for(Duration d) { return sleep_until(now() + d); }

  /// Runs `root`, and whatever it started, until `root` has ended; rethrows its failure. Throws
  /// std::logic_error if nothing is left to wait for while `root` has not ended (a deadlock).
  void run(Task<void> root);

  /// While a Hold lives another thread owes the loop a result. Virtual time stands still meanwhile and holds
  /// are granted one at a time, in order of asking; real time neither stops nor queues.
  class Hold {
   public:
    explicit Hold(Clock* clock) : clock_{clock} {}
    Hold(Hold&& other) noexcept : clock_{std::exchange(other.clock_, nullptr)} {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (clock_) clock_->release();
    }

   private:
    Clock* clock_;
  };
  virtual Task<Hold> hold() = 0;

 protected:
  virtual void release() = 0;
  /// Runs ready work until `ended` is set; returns false if there is nothing left to wait for.
  virtual bool run_until(const bool& ended) = 0;
};

/// Wall-clock time, for real hardware.
class SystemClock final : public Clock {
 public:
  Instant now() const override { return Instant{std::chrono::steady_clock::now() - start_}; }
  asio::io_context& io() override { return io_; }
  Task<void> sleep_until(Instant deadline) override;
  Task<Hold> hold() override;

 protected:
  void release() override {}
  bool run_until(const bool& ended) override;

 private:
  asio::io_context io_{1};
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Time that jumps from wake-up to wake-up: a night of chemistry in seconds, in the same order every run.
class VirtualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  asio::io_context& io() override { return io_; }
  Task<void> sleep_until(Instant deadline) override;
  Task<Hold> hold() override;

 protected:
  void release() override;
  bool run_until(const bool& ended) override;

 private:
  using Ticket = std::pair<Instant, std::uint64_t>;  // deadline, then order of asking
  Instant now_{};
  std::uint64_t next_ticket_ = 0;
  std::map<Ticket, asio::steady_timer*> sleepers_;
  bool held_ = false;
  Signal released_{io_};
  asio::io_context io_{1};  // last, so that it dies before what its coroutines touch
};

}  // namespace nocturne
