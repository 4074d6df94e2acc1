#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/log.hpp"

namespace nocturne {

/// Writes a campaign's events into its log, off the loop's thread: when record() has completed, the event is
/// on disk, and only then may anyone act on it. Cannot be cancelled. A disk that does not answer within
/// `patience` of the wall clock (a network drive that is gone) is given up like one that is full: LogError,
/// now and whatever is recorded afterwards.
class Recorder {
 public:
  /// `resumed_at`: campaign time already in the log; this process adds its own to it.
  Recorder(Clock& clock, Log log, Duration resumed_at, Duration patience = std::chrono::seconds{10})
      : clock_{clock}, log_{std::move(log)}, resumed_at_{resumed_at}, patience_{patience} {}
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// The campaign time that the event has in the log.
  template <class T>
  Task<Instant> record(T what) {
    Event event = event_of(now(), what);
    const Instant time = event.time;
    Event told;
    if (tell_) told = without_spectra(event);
    co_await write(std::move(event), true);
    if (tell_) tell_(told);
    co_return time;
  }
  /// Survives this process at once, and a power cut from the next record() on: for readings, on which nobody
  /// acts.
  template <class T>
  Task<void> note(T what) {
    Event event = event_of(now(), what);
    co_await write(std::move(event), false);
  }
  /// Once the loop has ended, on this thread: records `what` and waits as long as the disk takes.
  template <class T>
  void record_after_loop(const T& what) {
    if (given_up_) throw no_answer();
    log_.append(event_of(now(), what));
  }
  /// `tell` learns of every event that was recorded, without its spectra, on the loop's thread.
  void listen(std::function<void(const Event&)> tell) { tell_ = std::move(tell); }
  /// Campaign time, earlier processes included.
  Instant now() const { return clock_.now() + resumed_at_; }

 private:
  static Event without_spectra(const Event& event) {
    Event told;
    told.time = event.time;
    told.kind = event.kind;
    told.experiment = event.experiment;
    told.body = event.body;
    return told;
  }
  struct Entry;
  Task<void> write(Event event, bool durable);
  LogError no_answer() const;

  Clock& clock_;
  Log log_;
  const Duration resumed_at_, patience_;
  /// Not joined once it is stuck in a write.
  std::unique_ptr<asio::thread_pool> writer_ = std::make_unique<asio::thread_pool>(1);
  bool given_up_ = false;
  std::function<void(const Event&)> tell_;
};

}  // namespace nocturne
