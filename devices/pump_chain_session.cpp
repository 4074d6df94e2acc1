#include "devices/pump_chain_session.hpp"

#include <cassert>
#include <utility>

namespace nocturne {

PumpChainSession::PumpChainSession(Clock& clock, Line& line, Settings settings)
    : line_{line}, settings_{std::move(settings)}, talking_{clock.io()} {
  assert(settings_.address >= 0 && settings_.address <= 99);
}

/// With `is_answer` the reply is one line of that kind, otherwise the prompt alone. `unmarked`: an end by
/// silence will do, too.
Task<PumpChainSession::Reply> PumpChainSession::send(std::string text, IsAnswer is_answer, bool unmarked) {
  using Kind = FrameVerdict::Kind;
  Reply reply;
  std::string other;
  Framing framing = [&](std::string_view received) {
    const FrameVerdict verdict = pump_chain::examine(received, settings_.address, settings_.prefix, reply);
    const bool by_silence = verdict.kind == Kind::reply_if_quiet;
    if (verdict.kind != Kind::reply && !by_silence) return verdict;
    if (by_silence && !unmarked) return FrameVerdict{};
    const bool alone = reply.lines.size() == 1;
    const bool expected = is_answer
                              ? alone && (is_answer(reply.lines[0]) || pump_chain::is_not_set(reply.lines[0]))
                              : reply.lines.empty();
    if (expected || !reply.error.empty()) return verdict;
    other = reply.lines.empty() ? "a prompt" : "'" + reply.lines[0] + "'";
    return by_silence ? FrameVerdict{} : FrameVerdict{Kind::foreign, verdict.length};
  };
  std::string request = pump_chain::request(settings_.address, text);
  try {
    co_await line_.transact(settings_.name, std::move(request), std::move(framing), settings_.reply_deadline);
  } catch (const DeviceError& error) {
    in_doubt_ = true;
    if (other.empty() || !is_line_fault(error)) throw;
    throw DeviceError{DeviceFault::garbled, settings_.name, "answers '" + text + "' with " + other};
  } catch (...) {
    in_doubt_ = true;
    throw;
  }
  co_return reply;
}

/// A pump that has forgotten to mark the end of its replies was reset.
void PumpChainSession::recognise(const Reply& reply) {
  if (!reply.error.empty())
    throw DeviceError{DeviceFault::refused, settings_.name,
                      "is not a pump of this kind: it answers 'ver' with '" + reply.error + "'"};
  const std::string& told = reply.lines[0];
  if (open_ && told != identity_) broken_ = "calls itself '" + told + "' now; arm it again";
  if (open_ && marks_ && !reply.marked) broken_ = "was reset (power failure?); arm it again";
  identity_ = told;
  marks_ = reply.marked;
  in_doubt_ = false;
}

/// Replies carry nothing that tells to which command they belong, except that no other one looks like a
/// version.
Task<void> PumpChainSession::resynchronise() {
  std::exception_ptr failure;
  for (int i = 0; i < 2; ++i) {
    try {
      const Reply reply = co_await send("ver", pump_chain::is_version, true);
      recognise(reply);
      co_return;
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      failure = std::current_exception();
    }
  }
  std::rethrow_exception(failure);
}

Task<void> PumpChainSession::open() {
  const Mutex::Lock lock = co_await talking_.lock();
  open_ = false;
  broken_.clear();
  co_await greet("echo off");
  co_await greet("poll on");
  co_await resynchronise();
  open_ = true;
}

Task<void> PumpChainSession::greet(std::string text) {
  std::exception_ptr failure;
  for (int i = 0; i < 2; ++i) {
    try {
      co_await send(text, nullptr, true);
      co_return;
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      failure = std::current_exception();
    }
  }
  std::rethrow_exception(failure);
}

Task<PumpChainSession::Reply> PumpChainSession::converse(std::string text, IsAnswer is_answer,
                                                         std::function<void()> last_check) {
  const Mutex::Lock lock = co_await talking_.lock();
  if (in_doubt_) co_await resynchronise();
  if (last_check) last_check();
  Reply reply = co_await send(text, is_answer, !marks_);
  if (reply.error.empty()) co_return reply;
  const bool range = reply.error.find("ut of range") != reply.error.npos;
  throw DeviceError{range ? DeviceFault::out_of_range : DeviceFault::refused, settings_.name,
                    "answers '" + text + "' with '" + reply.error + "'"};
}

Task<void> PumpChainSession::command(std::string text, std::function<void()> last_check) {
  co_await converse(std::move(text), nullptr, std::move(last_check));
}

Task<void> PumpChainSession::command_if_known(std::string text) {
  try {
    co_await command(std::move(text));
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused && error.fault() != DeviceFault::out_of_range) throw;
  }
}

Task<std::string> PumpChainSession::ask(std::string query, IsAnswer is_answer) {
  const std::function<void()> unchecked;
  try {
    const Reply reply = co_await converse(query, is_answer, unchecked);
    co_return reply.lines[0];
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  const Reply reply = co_await converse(query, is_answer, unchecked);
  co_return reply.lines[0];
}

Task<void> PumpChainSession::press(std::string text) {
  const Mutex::Lock lock = co_await talking_.lock();
  try {
    co_await send(std::move(text), nullptr, !marks_);
  } catch (const DeviceError&) {
  }
}

}  // namespace nocturne
