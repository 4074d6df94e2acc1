#include "controller/reagent_account.hpp"

#include <utility>

namespace nocturne {
namespace {

constexpr double kCounterStep_uL = 0.5;  // a counter may show less digits than a reading

double value_of(const std::map<std::string, double>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? 0.0 : found->second;
}

}  // namespace

void ReagentAccount::read(std::map<std::string, double> delivered_uL,
                          std::map<std::string, double> flow_uL_min, Instant when) {
  delivered_uL_ = std::move(delivered_uL);
  flow_uL_min_ = std::move(flow_uL_min);
  when_ = when;
}

void ReagentAccount::close(Duration unseen) {
  if (delivered_uL_.empty()) return;  // it read nothing: what is known of the one before stands
  guessed_uL_.clear();
  for (const auto& [stock, volume_uL] : delivered_uL_) {
    guessed_uL_[stock] = value_of(flow_uL_min_, stock) * in_seconds(unseen) / 60.0;
    before_[stock] = before_[stock] + microliters(volume_uL + guessed_uL_[stock]);
    guessed_[stock] = guessed_[stock] + microliters(guessed_uL_[stock]);
  }
  read_uL_ = std::exchange(delivered_uL_, {});
  flow_uL_min_.clear();
}

void ReagentAccount::recount(const std::string& stock, std::optional<Volume> from) {
  armed_.erase(stock);
  if (from) armed_[stock].from = *from;
}

void ReagentAccount::arm(const std::map<std::string, CounterAtArming>& counters) {
  for (const auto& [stock, counter] : counters) {
    const auto last = armed_.find(stock);
    if (last == armed_.end()) continue;
    const double counted_uL = in_microliters(counter.found - last->second.from);
    const double read_uL = value_of(read_uL_, stock);
    if (counted_uL < read_uL - kCounterStep_uL) continue;  // it was switched off and begins from nothing
    const double unknown_uL = counted_uL - read_uL - value_of(guessed_uL_, stock);
    before_[stock] = before_[stock] + microliters(unknown_uL);
    guessed_[stock] = guessed_[stock] - microliters(value_of(guessed_uL_, stock));
  }
  armed_ = counters;
  read_uL_.clear();
  guessed_uL_.clear();
}

}  // namespace nocturne
