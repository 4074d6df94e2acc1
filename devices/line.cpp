#include "devices/line.hpp"

#include <algorithm>
#include <utility>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

constexpr int most_left_over_reads = 50;
constexpr std::size_t most_told_bytes = 24;

}  // namespace

struct Line::Exchange {
  Exchange(std::string bytes, Framing judge) : request{std::move(bytes)}, framing{std::move(judge)} {}
  std::string request;
  Framing framing;
  void hear(std::string bytes) {
    heard += bytes;
    received += std::move(bytes);
  }
  std::string heard;     // all that came
  std::string received;  // what is left of it to be judged
  bool noisy = false;
};

Line::Line(Clock& clock, std::string endpoint, Opener opener, LineSettings settings)
    : clock_{clock},
      endpoint_{std::move(endpoint)},
      settings_{settings},
      opener_{std::move(opener)},
      mutex_{clock.io()},
      backoff_{settings.first_backoff} {}

Line::Line(Clock& clock, std::unique_ptr<ByteLink> link, LineSettings settings)
    : Line{clock, link->endpoint(), Opener{}, settings} {
  link_ = std::move(link);
  connections_ = 1;
}

Task<void> Line::open(const std::string& device) {
  if (link_) co_return;
  if (!opener_) throw DeviceError{DeviceFault::unreachable, device, endpoint_ + " is gone"};
  if (clock_.now() < next_attempt_)
    throw DeviceError{DeviceFault::unreachable, device,
                      endpoint_ + " is gone; next attempt in " + in_words(next_attempt_ - clock_.now(), 3)};
  try {
    link_ = co_await opener_();
  } catch (const DeviceError& error) {
    next_attempt_ = clock_.now() + backoff_;
    backoff_ = std::min(2 * backoff_, settings_.longest_backoff);
    throw DeviceError{error.fault(), device, error.what()};
  }
  backoff_ = settings_.first_backoff;
  ++connections_;
  unfinished_ = true;  // a partner may have been talking to someone else
}

Task<void> Line::drain() {
  for (int i = 0; i < most_left_over_reads; ++i) {
    bool silent = false;
    try {
      co_await with_timeout(clock_, settings_.quiet, link_->read_some());
    } catch (const TimedOut&) {
      silent = true;
    }
    if (silent) co_return;
  }
}

Task<bool> Line::hears_more(Exchange& exchange) {
  bool silent = false;
  try {
    exchange.hear(co_await with_timeout(clock_, settings_.quiet, link_->read_some()));
  } catch (const TimedOut&) {
    silent = true;
  }
  co_return !silent;
}

Task<std::string> Line::converse(Exchange& exchange) {
  link_->discard_input();
  co_await link_->write(exchange.request);
  std::size_t complete = 0;
  for (;;) {
    if (complete == 0)
      exchange.hear(co_await link_->read_some());
    else if (!co_await hears_more(exchange))
      co_return exchange.received.substr(0, complete);
    complete = 0;
    while (!exchange.received.empty()) {
      const FrameVerdict verdict = exchange.framing(exchange.received);
      if (verdict.kind == FrameVerdict::Kind::incomplete) break;
      if (verdict.kind == FrameVerdict::Kind::reply) co_return exchange.received.substr(0, verdict.length);
      if (verdict.kind == FrameVerdict::Kind::reply_if_quiet) {
        complete = verdict.length;
        break;
      }
      exchange.noisy |= verdict.kind == FrameVerdict::Kind::noise;
      exchange.received.erase(0, std::max<std::size_t>(verdict.length, 1));
    }
  }
}

Task<std::string> Line::transact(std::string device, std::string request, Framing framing,
                                 Duration deadline) {
  const Mutex::Lock lock = co_await mutex_.lock();
  co_await open(device);
  Exchange exchange{std::move(request), std::move(framing)};
  try {
    if (unfinished_) co_await drain();
    unfinished_ = true;
    std::string reply = co_await with_timeout(clock_, deadline, converse(exchange));
    unfinished_ = false;
    co_return reply;
  } catch (const TimedOut&) {
    const bool silent = exchange.received.empty() && !exchange.noisy;
    std::string told = silent ? "no reply within " : "no sound reply within ";
    told += in_words(deadline, 3) + " on " + endpoint_;
    if (!exchange.heard.empty()) told += "; what came: " + bytes_in_words(exchange.heard, most_told_bytes);
    throw DeviceError{silent ? DeviceFault::timed_out : DeviceFault::garbled, device, told};
  } catch (const DeviceError& error) {
    link_.reset();
    throw DeviceError{error.fault(), device, error.what()};
  }
}

}  // namespace nocturne
