#include "devices/virtual/fault_board.hpp"

#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

// Later than any driver waits, so that the reply meets the next request.
constexpr Duration kLate = std::chrono::milliseconds{1500};
const std::string kGarbage = "\x55\xaa~#\x7f";

}  // namespace

FaultBoard& FaultBoard::add(std::string name, Switch turn) {
  switches_[std::move(name)] = std::move(turn);
  return *this;
}

FaultBoard& FaultBoard::add(std::string name, bool& flag) {
  return add(std::move(name), [&flag](bool on) { flag = on; });
}

FaultBoard& FaultBoard::add_once(std::string name, std::function<void()> strike) {
  return add(std::move(name), [strike = std::move(strike)](bool on) {
    if (on) strike();
  });
}

FaultBoard& FaultBoard::add(ReplyFaults& faults) {
  add("silence", faults.silent);
  add("deaf", faults.deaf);
  add("truncated", faults.truncated);
  add("wrong_checksum", faults.wrong_checksum);
  add("wrong_address", faults.wrong_address);
  add("disconnect", faults.drop_link);
  add("late_reply", [&faults](bool on) { faults.delay = on ? kLate : Duration{}; });
  return add("garbage", [&faults](bool on) { faults.garbage = on ? kGarbage : std::string{}; });
}

std::vector<std::string> FaultBoard::names() const {
  std::vector<std::string> names;
  for (const auto& [name, turn] : switches_) names.push_back(name);
  return names;
}

void FaultBoard::set(const std::string& name, bool on) {
  require(name);
  switches_.at(name)(on);
}

void FaultBoard::require(const std::string& name) const {
  if (switches_.contains(name)) return;
  std::string known;
  for (const auto& [other, turn] : switches_) known += (known.empty() ? "" : ", ") + other;
  throw std::invalid_argument{"there is no fault '" + name + "' (known: " + known + ")"};
}

}  // namespace nocturne
