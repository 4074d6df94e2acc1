#include "controller/campaign/reagent_account.hpp"

#include <algorithm>
#include <utility>

#include "controller/supervisor/supervisor.hpp"

namespace nocturne {
namespace {

constexpr double kCounterStep_uL = 0.5;  // a counter may show less digits than a reading

double value_of(const std::map<std::string, double>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? 0.0 : found->second;
}

}  // namespace

void ReagentAccount::follow(const Event& event) {
  if (is<Resumed>(event)) close();
  last_event_ = event.time;
  if (is<CampaignEnded>(event)) ended_ = true;
  if (is<Resumed>(event)) ended_ = false;
  if (is<PumpsArmed>(event)) arm(read<PumpsArmed>(event).counters);
  if (is<Refilling>(event)) recount(read<Refilling>(event).stock, std::nullopt);
  if (is<Refilled>(event))
    if (const auto refilled = read<Refilled>(event); refilled.counts_from_uL)
      recount(refilled.stock, microliters(*refilled.counts_from_uL));
  if (is<ReadingTaken>(event)) last_reading_ = event;
}

Duration ReagentAccount::unseen(Instant last_reading) const {
  if (ended_) return Duration{};
  const SupervisorLimits usual;
  const Instant due = std::max(last_event_, last_reading + usual.readings_per_note * usual.period);
  return (last_event_ - last_reading + (due - last_reading)) / 2;
}

void ReagentAccount::close() {
  if (!last_reading_) return;  // it read nothing: what was known of the process before it stands
  auto reading = read<ReadingTaken>(*last_reading_);
  const Duration unread = unseen(last_reading_->time);
  last_reading_.reset();
  if (reading.delivered_uL.empty()) return;
  guessed_uL_.clear();
  for (const auto& [stock, volume_uL] : reading.delivered_uL) {
    guessed_uL_[stock] = value_of(reading.flow_uL_min, stock) * in_seconds(unread) / 60.0;
    before_[stock] = before_[stock] + microliters(volume_uL + guessed_uL_[stock]);
    guessed_[stock] = guessed_[stock] + microliters(guessed_uL_[stock]);
  }
  read_uL_ = std::move(reading.delivered_uL);
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
