#include "devices/virtual/virtual_vici.hpp"

#include <algorithm>
#include <stdexcept>

#include "devices/ascii.hpp"
#include "devices/words.hpp"

namespace nocturne {

namespace {

constexpr std::size_t most_waiting_replies = 100;  // replies
constexpr std::size_t longest_vici_command = 32;
constexpr Duration slowest_move = std::chrono::seconds{2};

}  // namespace

VirtualVici::VirtualVici(Clock& clock, VirtualViciOptions options, PositionListener listener)
    : clock_{clock},
      options_{std::move(options)},
      listener_{std::move(listener)},
      mode_{options_.mode},
      positions_{options_.positions},
      feedback_{options_.feedback},
      line_end_{options_.line_end},
      id_{options_.id},
      encoder_{options_.position},
      valve_{options_.position},
      mover_{clock} {
  const auto within = [this](const char* what, int value, int least, int most) {
    if (value < least || value > most)
      throw std::invalid_argument{options_.name + ": " + what + " is " + std::to_string(value) + " (" +
                                  std::to_string(least) + " to " + std::to_string(most) + ")"};
  };
  within("the mode", mode_, 1, 3);
  within("the number of positions", positions_, 2, 99);
  within("the position", valve_, 1, count());
  within("the feedback", feedback_, 0, 2);
  within("the line end", line_end_, 1, 3);
  within("the length of the id", static_cast<int>(id_.size()), 0, 1);
}

void VirtualVici::power_cycle() {
  mover_.stop();
  moving_ = false;
  received_.clear();
}

Task<void> VirtualVici::serve(ByteLink& link) {
  const auto outbox = std::make_shared<Outbox>(clock_);
  line_ = outbox;
  received_.clear();
  co_await race(listen(link), outbox->write_to(link));
}

Task<void> VirtualVici::listen(ByteLink& link) {
  for (;;) {
    const std::string bytes = co_await link.read_some();
    receive(bytes);
    // Who asks without reading the answers is not heard until he does.
    while (!line_.expired() && line_.lock()->waiting() > most_waiting_replies)
      co_await clock_.sleep_for(std::chrono::milliseconds{10});
  }
}

void VirtualVici::receive(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte == '\r' || byte == '\n') {
      const bool whole = !received_.empty() && !overlong_;
      overlong_ = false;
      std::string line;
      line.swap(received_);
      if (whole && !faults_.reply.deaf) obey(std::move(line));
    } else if (received_.size() < longest_vici_command) {
      received_ += byte;
    } else {
      overlong_ = true;
    }
  }
}

void VirtualVici::obey(std::string line) {
  if (line == "*ID*") {
    id_.clear();
    return;
  }
  if (!line.starts_with(id_)) return;  // for another one on this line
  try {
    execute(line.substr(id_.size()));
  } catch (const Refusal&) {
    if (!options_.refusal.empty()) reply(options_.refusal);
  }
}

void VirtualVici::execute(const std::string& line) {
  for (const Named& named : words()) {
    const std::string_view word = named.word;
    if (line.starts_with(word)) return (this->*named.obey)(line.substr(word.size()));
  }
  throw Refusal{};
}

void VirtualVici::reply(const std::string& text) {
  const auto line = line_.lock();
  if (!line) return;
  const ReplyFaults faults = faults_.reply.take();
  if (faults.drop_link) return line->hang_up();
  std::string bytes = options_.id_in_replies ? id_ + text : text;
  if (faults.wrong_address) bytes = (id_ == "Z" ? "Y" : "Z") + text;
  bytes += line_end_ == 1 ? "\r" : line_end_ == 2 ? "\n" : "\r\n";
  line->put(damaged(std::move(bytes), faults), options_.reply_delay + faults.delay);
}

// ---- motion

std::string VirtualVici::position_text(int position) const {
  if (!multiposition()) return position == 1 ? "A" : "B";
  return print("%02d", position);
}

int VirtualVici::position_of(const std::string& text) const {
  if (!multiposition()) {
    if (text != "A" && text != "B") throw Refusal{};
    return text == "A" ? 1 : 2;
  }
  const bool digits = std::ranges::all_of(text, is_digit);
  if (text.empty() || text.size() > 2 || !digits) throw Refusal{};
  const int position = std::stoi(text);
  if (position < 1 || position > positions_) throw Refusal{};
  return position;
}

int VirtualVici::shortest_way(int target) const {
  const int ahead = (target - encoder_ + count()) % count();
  const int behind = (count() - ahead) % count();
  if (rotation_ == 'F') return ahead;
  if (rotation_ == 'R') return behind;
  return std::min(ahead, behind);
}

void VirtualVici::move(int target, int steps) {
  if (moving_ || steps == 0) return;
  if (feedback_ == 2) reply("GO" + position_text(target));
  if (faults_.jammed) return;
  const Duration fast = std::min(options_.first_step + (steps - 1) * options_.further_step, slowest_move);
  const Duration time = seconds(faults_.slowness * in_seconds(fast));
  moving_ = true;
  mover_.stop();
  mover_.start(turn(target, time), [](std::exception_ptr failure) { std::rethrow_exception(failure); });
}

Task<void> VirtualVici::turn(int target, Duration time) {
  co_await clock_.sleep_for(time);
  moving_ = false;
  if (!faults_.jammed) arrive(target);
}

Task<void> VirtualVici::toggle_and_return(int other, Duration there_and_back) {
  const int first = encoder_;
  co_await clock_.sleep_for(options_.first_step);
  if (!faults_.jammed) arrive(other);
  co_await clock_.sleep_for(there_and_back);
  co_await clock_.sleep_for(options_.first_step);
  moving_ = false;
  if (!faults_.jammed) arrive(first);
}

void VirtualVici::arrive(int target) {
  const int there = (target - 1 + faults_.misses_by % count() + count()) % count() + 1;
  encoder_ = there;
  cycles_ = (cycles_ + 1) % 100'000;
  if (!faults_.coupling_slips) stand(there);
  if (feedback_ > 0) reply("CP" + position_text(encoder_));
}

void VirtualVici::renumber() {
  encoder_ = std::min(encoder_, count());
  stand(std::min(valve_, count()));
}

void VirtualVici::stand(int position) {
  if (valve_ == position) return;
  valve_ = position;
  if (listener_) listener_(valve_, clock_.now());
}

}  // namespace nocturne
