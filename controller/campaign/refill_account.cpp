#include "controller/campaign/refill_account.hpp"

#include <algorithm>

namespace nocturne {

RefillAccount::Entry RefillAccount::of(const std::string& stock) const {
  const auto found = entries_.find(stock);
  return found == entries_.end() ? Entry{} : found->second;
}

void RefillAccount::follow(const Event& event) {
  if (is<PumpsArmed>(event)) arm(read<PumpsArmed>(event).counters);
  if (is<Refilling>(event)) {
    const auto begins = read<Refilling>(event);
    begin(begins.stock, milliliters(begins.volume_mL));
  }
  if (is<Refilled>(event)) {
    const auto refilled = read<Refilled>(event);
    end(refilled.stock, milliliters(refilled.volume_mL));
  }
}

void RefillAccount::begin(const std::string& stock, Volume volume) {
  Entry& entry = entries_[stock];
  entry.perhaps = perhaps(stock);
  entry.open = volume;
}

void RefillAccount::end(const std::string& stock, Volume drawn) {
  Entry& entry = entries_[stock];
  entry.drawn = entry.drawn + drawn;
  entry.open.reset();
}

/// A counter at nothing tells nothing: its pump may have been switched off meanwhile.
std::vector<std::string> RefillAccount::arm(const std::map<std::string, CounterAtArming>& counters) {
  std::vector<std::string> unknown;
  for (auto& [stock, entry] : entries_) {
    if (!entry.open) continue;
    const auto counter = counters.find(stock);
    const bool told = counter != counters.end() && counter->second.drawn.value_or(Volume{}) > Volume{};
    if (told) {
      entry.drawn = entry.drawn + std::min(*counter->second.drawn, *entry.open);
    } else {
      entry.perhaps = entry.perhaps + *entry.open;
      unknown.push_back(stock);
    }
    entry.open.reset();
  }
  return unknown;
}

Volume RefillAccount::perhaps(const std::string& stock) const {
  const Entry entry = of(stock);
  return entry.perhaps + entry.open.value_or(Volume{});
}

std::vector<std::string> RefillAccount::open() const {
  std::vector<std::string> stocks;
  for (const auto& [stock, entry] : entries_)
    if (entry.open) stocks.push_back(stock);
  return stocks;
}

}  // namespace nocturne
