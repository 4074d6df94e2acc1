#include "devices/mettler_balance.hpp"

#include <utility>

#include "devices/concurrency.hpp"

namespace nocturne {
namespace {

constexpr int most_busy_answers = 10;
constexpr Duration busy_pause = std::chrono::milliseconds{100};

}  // namespace

MettlerBalance::MettlerBalance(Clock& clock, Line& line, MettlerSettings settings)
    : clock_{clock}, line_{line}, settings_{std::move(settings)}, talking_{clock.io()} {}

void MettlerBalance::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

void MettlerBalance::disarm(const std::string& why) {
  connection_ = not_connected;
  lost_ = why;
  fail(DeviceFault::refused, why);
}

void MettlerBalance::require_armed() const {
  if (connection_ == not_connected) fail(DeviceFault::refused, lost_.empty() ? "is not armed" : lost_);
  if (connection_ != line_.connections())
    fail(DeviceFault::refused, "was reconnected and may have lost its zero; arm it again");
}

/// One exchange. A serial number that nobody asked for is how a balance announces that it was switched on.
Task<sics::Reply> MettlerBalance::send(std::string command, std::string id, Duration deadline) {
  Reply reply;
  const bool expects_serial = id == "I4" || in_doubt_;
  Framing framing = [&](std::string_view received) {
    const FrameVerdict verdict = sics::examine(received, id, reply);
    if (verdict.kind == FrameVerdict::Kind::foreign && reply.id == "I4" && !expects_serial) restarted_ = true;
    return verdict;
  };
  std::string bytes = command + "\r\n";
  try {
    co_await line_.transact(settings_.name, std::move(bytes), std::move(framing), deadline);
  } catch (...) {
    in_doubt_ = true;
    throw;
  }
  if (reply.id == "ES" || reply.id == "ET")
    fail(DeviceFault::garbled, "does not understand '" + command + "' (" + reply.id + ")");
  if (reply.id == "EL") fail(DeviceFault::refused, "cannot do '" + command + "' (EL)");
  co_return reply;
}

Task<sics::Reply> MettlerBalance::ask(std::string command, std::string id, Duration deadline) {
  if (in_doubt_) co_await recover();
  Reply reply = co_await send(std::move(command), std::move(id), deadline);
  if (restarted_) disarm("was switched off and on and may have lost its zero; arm it again");
  co_return reply;
}

/// Weights carry nothing that tells which question they answer; a serial number does.
Task<void> MettlerBalance::recover() {
  const Reply reply = co_await send("I4", "I4", settings_.reply_deadline);
  const std::string serial = serial_of(reply);
  in_doubt_ = false;
  if (serial != serial_) disarm("was exchanged for the balance " + serial + "; arm it again");
  if (!tare_g_) co_return;
  const std::optional<double> tare = co_await tared_grams();
  if (tare != tare_g_) disarm("has another tare than before (restarted?); arm it again");
}

std::string MettlerBalance::serial_of(const Reply& reply) const {
  if (reply.status != "A" || reply.fields.empty())
    fail(DeviceFault::garbled, "does not tell its serial number");
  return reply.fields.front();
}

Task<std::string> MettlerBalance::arm() {
  const Mutex::Lock lock = co_await talking_.lock();
  connection_ = not_connected;
  lost_.clear();
  in_doubt_ = false;
  serial_ = co_await reset();
  in_doubt_ = false;
  const std::string kind = co_await model();
  tare_g_ = co_await tared_grams();
  restarted_ = false;
  connection_ = line_.connections();
  co_return kind + " " + serial_;
}

/// Ends what it was doing, such as a stream of weights; it answers with its serial number.
Task<std::string> MettlerBalance::reset() {
  std::string failure;
  DeviceFault fault = DeviceFault::timed_out;
  for (int i = 0; i < 2; ++i) {
    try {
      const Reply reply = co_await send("@", "I4", settings_.reply_deadline);
      co_return serial_of(reply);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      fault = error.fault();
      failure = error.what();
    }
  }
  fail(fault,
       "does not answer @ as an MT-SICS balance (check power, line, baud rate and its MT-SICS mode): " +
           failure);
}

/// Not every balance tells.
Task<std::string> MettlerBalance::model() {
  try {
    const Reply reply = co_await send("I2", "I2", settings_.reply_deadline);
    if (reply.status == "A" && !reply.fields.empty()) co_return reply.fields.front();
  } catch (const DeviceError& error) {
    if (error.fault() == DeviceFault::unreachable || error.fault() == DeviceFault::timed_out) throw;
  }
  co_return std::string{"MT-SICS balance"};
}

/// Nothing from one that does not tell.
Task<std::optional<double>> MettlerBalance::tared_grams() {
  try {
    const Reply reply = co_await send("TA", "TA", settings_.reply_deadline);
    if (reply.status != "A") co_return std::nullopt;
    co_return sics::grams(reply.fields);
  } catch (const DeviceError& error) {
    if (error.fault() == DeviceFault::unreachable || error.fault() == DeviceFault::timed_out) throw;
  }
  co_return std::nullopt;
}

double MettlerBalance::to_grams(const Reply& reply) const {
  const std::optional<double> grams = sics::grams(reply.fields);
  if (grams) return *grams;
  std::string said;
  for (const std::string& field : reply.fields) said += (said.empty() ? "" : " ") + field;
  fail(DeviceFault::garbled, "says that '" + said + "' is a weight (known units: g, kg, mg, ug, ct, lb, oz)");
}

void MettlerBalance::refuse_load(const Reply& reply) const {
  if (reply.status == "+") fail(DeviceFault::out_of_range, "is overloaded");
  if (reply.status == "-") fail(DeviceFault::out_of_range, "is underloaded (is the pan in its place?)");
}

/// Nothing while it is busy.
Task<std::optional<BalanceReading>> MettlerBalance::weigh() {
  const Reply reply = co_await ask("SI", "S", settings_.reply_deadline);
  refuse_load(reply);
  if (reply.status == "I") co_return std::nullopt;
  if (reply.status != "S" && reply.status != "D")
    fail(DeviceFault::garbled, "answers SI with status '" + reply.status + "'");
  co_return BalanceReading{to_grams(reply), reply.status == "S"};
}

/// One bad exchange is repeated: weighing changes nothing.
Task<BalanceReading> MettlerBalance::read() {
  const Mutex::Lock lock = co_await talking_.lock();
  require_armed();
  bool may_repeat = true;
  for (int i = 0; i < most_busy_answers; ++i) {
    std::optional<BalanceReading> reading;
    try {
      reading = co_await weigh();
    } catch (const DeviceError& error) {
      if (!is_line_fault(error) || !std::exchange(may_repeat, false)) throw;
      continue;
    }
    require_armed();
    if (reading) co_return *reading;
    co_await clock_.sleep_for(busy_pause);
  }
  fail(DeviceFault::refused, "is busy and does not weigh");
}

/// Sent once: if its answer is lost, the next reading finds out whether the tare has changed.
Task<void> MettlerBalance::tare() {
  const Mutex::Lock lock = co_await talking_.lock();
  require_armed();
  const Reply reply = co_await ask("T", "T", settings_.stable_deadline + settings_.reply_deadline);
  require_armed();
  refuse_load(reply);
  if (reply.status == "I") fail(DeviceFault::refused, "does not come to rest and cannot be tared");
  if (reply.status != "S") fail(DeviceFault::garbled, "answers T with status '" + reply.status + "'");
  to_grams(reply);
  if (tare_g_) tare_g_ = co_await tared_grams();
}

}  // namespace nocturne
