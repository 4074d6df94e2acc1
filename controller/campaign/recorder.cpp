#include "controller/campaign/recorder.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

namespace nocturne {

/// One event on its way to the disk, where it and its log may outlive the recorder.
struct Recorder::Entry {
  Event event;
  asio::steady_timer answered;  // the wall clock: a disk does not know virtual time
  bool is_written = false;
  std::exception_ptr failure{};
};

Recorder::~Recorder() {
  if (given_up_) static_cast<void>(writer_.release());
}

LogError Recorder::no_answer() const {
  return LogError{
      fmt::format("{}: the disk has not answered for {:.1f} s", log_.file().string(), in_seconds(patience_))};
}

Task<void> Recorder::write(Event event, bool durable) {
  const Clock::Hold hold = co_await clock_.hold();
  if (given_up_) throw no_answer();
  asio::io_context& loop = clock_.io();
  const auto entry = std::make_shared<Entry>(Entry{std::move(event), asio::steady_timer{loop, patience_}});
  asio::post(*writer_, [entry, durable, &loop, log = log_]() mutable {
    try {
      durable ? log.append(std::move(entry->event)) : log.note(std::move(entry->event));
    } catch (...) {
      entry->failure = std::current_exception();
    }
    asio::post(loop, [entry] {
      entry->is_written = true;
      entry->answered.cancel();
    });
  });
  co_await wait_uncancelled(entry->answered);
  if (!entry->is_written) {
    given_up_ = true;
    throw no_answer();
  }
  if (entry->failure) std::rethrow_exception(entry->failure);
}

}  // namespace nocturne
