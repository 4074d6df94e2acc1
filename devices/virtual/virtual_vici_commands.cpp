#include <algorithm>
#include <array>
#include <vector>

#include "devices/ascii.hpp"
#include "devices/virtual/virtual_vici.hpp"
#include "devices/words.hpp"

namespace nocturne {

namespace {

constexpr std::array rates{1200, 2400, 4800, 9600, 19200, 38400};
constexpr Duration learning = std::chrono::seconds{2};

}  // namespace

const std::vector<VirtualVici::Named>& VirtualVici::words() {
  static const std::vector<Named> all{{"AM", &VirtualVici::actuator_mode},
                                      {"CP", &VirtualVici::current_position},
                                      {"GO", &VirtualVici::go},
                                      {"CW", &VirtualVici::clockwise},
                                      {"CC", &VirtualVici::counter_clockwise},
                                      {"HM", &VirtualVici::home},
                                      {"LRN", &VirtualVici::learn},
                                      {"NP", &VirtualVici::number_of_positions},
                                      {"CNT", &VirtualVici::counter},
                                      {"DT", &VirtualVici::delay_time},
                                      {"TT", &VirtualVici::timed_toggle},
                                      {"IFM", &VirtualVici::feedback},
                                      {"SM", &VirtualVici::rotation},
                                      {"SB", &VirtualVici::baud},
                                      {"DEL", &VirtualVici::line_end},
                                      {"ID", &VirtualVici::identity},
                                      {"VR", &VirtualVici::version},
                                      {"STAT", &VirtualVici::status},
                                      {"?", &VirtualVici::help}};
  return all;
}

void VirtualVici::ask_or_set(const char* word, const std::string& argument, int& value, int least, int most,
                             int digits) {
  if (argument.empty()) return reply(word + print("%0*d", digits, value));
  const bool number = std::ranges::all_of(argument, is_digit);
  if (!number || argument.size() > 5) throw Refusal{};
  const int wanted = std::stoi(argument);
  if (wanted < least || wanted > most) throw Refusal{};
  value = wanted;
}

void VirtualVici::actuator_mode(const std::string& argument) {
  const int before = mode_;
  ask_or_set("AM", argument, mode_, 1, 3, 1);
  if (moving_) mode_ = before;
  renumber();
}

void VirtualVici::current_position(const std::string& argument) {
  if (!argument.empty()) throw Refusal{};
  reply("CP" + position_text(encoder_));
}

void VirtualVici::go(const std::string& argument) {
  const int target = argument.empty() ? forward(encoder_) : position_of(argument);
  move(target, multiposition() ? shortest_way(target) : target != encoder_);
}

void VirtualVici::clockwise(const std::string& argument) {
  if (!multiposition()) {
    if (!argument.empty()) throw Refusal{};
    return move(2, encoder_ != 2);
  }
  const int target = argument.empty() ? forward(encoder_) : position_of(argument);
  move(target, (target - encoder_ + count()) % count());
}

void VirtualVici::counter_clockwise(const std::string& argument) {
  if (!multiposition()) {
    if (!argument.empty()) throw Refusal{};
    return move(1, encoder_ != 1);
  }
  const int target = argument.empty() ? backward(encoder_) : position_of(argument);
  move(target, (encoder_ - target + count()) % count());
}

void VirtualVici::home(const std::string& argument) {
  if (!argument.empty()) throw Refusal{};
  move(1, shortest_way(1));
}

void VirtualVici::learn(const std::string& argument) {
  if (!argument.empty() || mode_ != 1) throw Refusal{};
  if (moving_ || faults_.jammed) return;
  moving_ = true;
  mover_.stop();
  mover_.start(turn(1, learning), [](std::exception_ptr failure) { std::rethrow_exception(failure); });
}

void VirtualVici::number_of_positions(const std::string& argument) {
  if (!multiposition() || (moving_ && !argument.empty())) throw Refusal{};
  ask_or_set("NP", argument, positions_, 2, 99, 2);
  renumber();
}

void VirtualVici::counter(const std::string& argument) { ask_or_set("CNT", argument, cycles_, 0, 99'999, 5); }

void VirtualVici::delay_time(const std::string& argument) {
  ask_or_set("DT", argument, delay_ms_, 0, 65'000, 1);
}

void VirtualVici::timed_toggle(const std::string& argument) {
  if (!argument.empty() || multiposition()) throw Refusal{};
  if (moving_ || faults_.jammed) return;
  moving_ = true;
  mover_.stop();
  mover_.start(toggle_and_return(forward(encoder_), std::chrono::milliseconds{delay_ms_}),
               [](std::exception_ptr failure) { std::rethrow_exception(failure); });
}

void VirtualVici::feedback(const std::string& argument) { ask_or_set("IFM", argument, feedback_, 0, 2, 1); }

void VirtualVici::rotation(const std::string& argument) {
  if (argument.empty()) return reply(std::string{"SM"} + rotation_);
  if (argument != "F" && argument != "R" && argument != "A") throw Refusal{};
  rotation_ = argument.front();
}

void VirtualVici::baud(const std::string& argument) {
  int rate = baud_;
  ask_or_set("SB", argument, rate, rates.front(), rates.back(), 4);
  if (std::ranges::find(rates, rate) == rates.end()) throw Refusal{};
  baud_ = rate;
}

void VirtualVici::line_end(const std::string& argument) { ask_or_set("DEL", argument, line_end_, 1, 3, 1); }

void VirtualVici::identity(const std::string& argument) {
  if (argument.empty()) return reply("ID" + id_);
  const char c = argument.front();
  if (argument.size() != 1 || !(is_digit(c) || (c >= 'A' && c <= 'Z'))) throw Refusal{};
  id_ = argument;
}

void VirtualVici::version(const std::string& argument) {
  if (!argument.empty()) throw Refusal{};
  reply(options_.version);
}

void VirtualVici::status(const std::string& argument) {
  if (!argument.empty()) throw Refusal{};
  reply("AM" + std::to_string(mode_) + " CP" + position_text(encoder_) + " CNT" + print("%05d", cycles_) +
        (moving_ ? " MOVING" : " READY"));
}

void VirtualVici::help(const std::string& argument) {
  if (!argument.empty()) throw Refusal{};
  std::string all;
  for (const Named& named : words()) all += (all.empty() ? "" : " ") + std::string{named.word};
  reply(all);
}

}  // namespace nocturne
