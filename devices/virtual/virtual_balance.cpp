#include "devices/virtual/virtual_balance.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace nocturne {

namespace {

constexpr std::size_t most_waiting_weights = 100;  // replies
constexpr std::size_t longest_balance_command = 64;
constexpr double underload_g = -1.0;     // less than an empty pan
constexpr double draught_digits = 40.0;  // standard deviation

void fail(std::exception_ptr failure) { std::rethrow_exception(failure); }

}  // namespace

VirtualBalance::VirtualBalance(Clock& clock, VirtualBalanceOptions options, WeighingCell::Delivered delivered)
    : clock_{clock},
      options_{std::move(options)},
      cell_{options_.cell, std::move(delivered)},
      power_up_zero_{std::llround(options_.cell.load_g / cell_.digit_g())},
      zero_{power_up_zero_},
      waiter_{clock},
      streamer_{clock} {}

void VirtualBalance::power_cycle() {
  cancel();
  received_.clear();
  power_up_zero_ = zero_ = cell_.digits(cell_.number(clock_.now()));
  tare_ = 0;
  reply("I4 A \"" + options_.serial + "\"");
}

Task<void> VirtualBalance::serve(ByteLink& link) {
  cancel();
  received_.clear();
  const auto outbox = std::make_shared<Outbox>(clock_);
  line_ = outbox;
  co_await race(listen(link), outbox->write_to(link));
}

Task<void> VirtualBalance::listen(ByteLink& link) {
  for (;;) {
    const std::string bytes = co_await link.read_some();
    receive(bytes);
    // Who asks without reading the answers is not heard until he does.
    while (!line_.expired() && line_.lock()->waiting() > most_waiting_weights)
      co_await clock_.sleep_for(std::chrono::milliseconds{10});
  }
}

void VirtualBalance::receive(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte != '\n') {
      const bool plain =
          static_cast<unsigned char>(byte) < 0x80 && received_.size() < longest_balance_command;
      if (plain) received_ += byte;
      transmission_error_ |= !plain;
      continue;
    }
    std::string line;
    line.swap(received_);
    if (line.ends_with('\r')) line.pop_back();
    const bool damaged_line = std::exchange(transmission_error_, false);
    if (faults_.reply.deaf) continue;
    if (damaged_line)
      reply("ET");
    else if (!line.empty())
      obey(line);
  }
}

void VirtualBalance::obey(const std::string& line) {
  if (line == "@") {
    cancel();
    if (options_.reset_clears_tare) tare_ = 0;
    return reply("I4 A \"" + options_.serial + "\"");
  }
  if (line == "TA") return reply("TA A " + weight(tare_));
  if (line.starts_with("TA ")) return preset_tare(std::string_view{line}.substr(3));
  if (!inform(line) && !weigh(line)) reply("ES");
}

bool VirtualBalance::inform(const std::string& command) {
  if (command == "I0") {
    static constexpr std::array level_0{"I0", "I1", "I2", "I3", "I4", "I5", "S", "SI", "SIR", "Z", "ZI", "@"};
    static constexpr std::array level_1{"T", "TA", "TAC", "TI"};
    for (const char* known : level_0) reply(std::string{"I0 B 0 \""} + known + "\"");
    for (const char* known : level_1)
      reply(std::string{known == level_1.back() ? "I0 A 1 \"" : "I0 B 1 \""} + known + "\"");
  } else if (command == "I1") {
    reply("I1 A \"01\" \"2.30\" \"2.20\" \"\" \"\"");
  } else if (command == "I2") {
    reply("I2 A \"" + options_.model + "\"");
  } else if (command == "I3") {
    reply("I3 A \"" + options_.software + "\"");
  } else if (command == "I4") {
    reply("I4 A \"" + options_.serial + "\"");
  } else if (command == "I5") {
    reply("I5 A \"11780711A\"");
  } else {
    return false;
  }
  return true;
}

bool VirtualBalance::weigh(const std::string& command) {
  const bool weighs = command == "S" || command == "SI" || command == "SIR";
  const bool zeroes = command == "Z" || command == "ZI", tares = command == "T" || command == "TI";
  if (command == "TAC") {
    tare_ = 0;
    reply("TAC A");
    return true;
  }
  if (!weighs && !zeroes && !tares) return false;
  if (weighs) streamer_.stop();
  const Purpose purpose = weighs ? Purpose::weigh : zeroes ? Purpose::zero : Purpose::tare;
  if (waiting_)
    reply((weighs ? "S" : command) + " I");
  else if (command == "SIR")
    streamer_.start(stream(), fail);
  else if (command.ends_with('I'))
    answer(command, purpose, reading(), true);
  else
    when_stable(command, purpose);
  return true;
}

void VirtualBalance::preset_tare(std::string_view arguments) {
  double grams = 0.0;
  char unit[8] = {};
  int used = 0;
  const std::string text{arguments};
  if (std::sscanf(text.c_str(), "%lf %7s%n", &grams, unit, &used) != 2 ||
      static_cast<std::size_t>(used) != text.size())
    return reply("ES");
  const bool possible = std::string_view{unit} == "g" && grams >= 0.0 && grams <= options_.cell.capacity_g;
  if (!possible) return reply("EL");
  tare_ = std::llround(grams / cell_.digit_g());
  reply("TA A " + weight(tare_));
}

void VirtualBalance::reply(const std::string& text) {
  const auto line = line_.lock();
  if (!line) return;
  const ReplyFaults faults = faults_.reply.take();
  if (faults.drop_link) return line->hang_up();
  const std::string named = faults.wrong_address ? "X" + text : text;
  line->put(damaged(named + "\r\n", faults), options_.reply_delay + faults.delay);
}

// ---- weighing

VirtualBalance::Reading VirtualBalance::reading() {
  cell_.disturb(faults_.unstable ? draught_digits * cell_.digit_g() : 0.0);
  std::int64_t number = cell_.number(clock_.now());
  if (!faults_.frozen)
    frozen_at_.reset();
  else
    number = *(frozen_at_ = frozen_at_.value_or(number));
  Reading seen;
  seen.gross = cell_.digits(number);
  seen.stable = cell_.stable(number);
  const double grams = static_cast<double>(seen.gross) * cell_.digit_g();
  if (faults_.overload || grams > options_.cell.capacity_g) seen.beyond = '+';
  if (faults_.underload || grams < underload_g) seen.beyond = '-';
  return seen;
}

std::string VirtualBalance::weight(std::int64_t digits) const {
  char text[40];
  std::snprintf(text, sizeof text, "%10.*f g", options_.cell.decimals,
                static_cast<double>(digits) * cell_.digit_g());
  return text;
}

void VirtualBalance::answer(const std::string& command, Purpose purpose, const Reading& seen,
                            bool immediately) {
  const std::string id = purpose == Purpose::weigh ? "S" : command;
  reply(id + " " + (seen.beyond != ' ' ? std::string{seen.beyond} : done(purpose, seen, immediately)));
}

std::string VirtualBalance::done(Purpose purpose, const Reading& seen, bool immediately) {
  const std::string state = seen.stable ? "S" : "D";
  const std::int64_t net = seen.gross - zero_;
  if (purpose == Purpose::weigh) return state + " " + weight(net - tare_);
  if (purpose == Purpose::tare) {
    if (net < 0) return "-";
    tare_ = net;
    return state + " " + weight(tare_);
  }
  const double moved = static_cast<double>(seen.gross - power_up_zero_) * cell_.digit_g();
  if (std::abs(moved) > options_.zero_range * options_.cell.capacity_g) return moved > 0.0 ? "+" : "-";
  zero_ = seen.gross;
  tare_ = 0;
  return immediately ? state : "A";
}

void VirtualBalance::when_stable(const std::string& command, Purpose purpose) {
  waiting_ = true;
  waiter_.stop();
  waiter_.start(wait_for_stability(command, purpose), fail);
}

Task<void> VirtualBalance::wait_for_stability(std::string command, Purpose purpose) {
  const Instant deadline = clock_.now() + options_.stability_timeout;
  Reading seen = reading();
  while (!seen.stable && seen.beyond == ' ' && clock_.now() < deadline) {
    co_await clock_.sleep_until(cell_.shown_at(cell_.number(clock_.now()) + 1));
    seen = reading();
  }
  waiting_ = false;
  if (seen.stable || seen.beyond != ' ')
    answer(command, purpose, seen, false);
  else
    reply(command + " I");
}

Task<void> VirtualBalance::stream() {
  while (!line_.expired()) {
    // A partner who does not read gets no more than what already waits.
    if (line_.lock()->waiting() == 0) answer("SIR", Purpose::weigh, reading(), true);
    co_await clock_.sleep_until(cell_.shown_at(cell_.number(clock_.now()) + 1));
  }
}

void VirtualBalance::cancel() {
  waiter_.stop();
  streamer_.stop();
  waiting_ = false;
}

}  // namespace nocturne
