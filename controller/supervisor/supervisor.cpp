#include "controller/supervisor/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "devices/error.hpp"

namespace nocturne {
namespace {

constexpr Duration kJudgeEvery = std::chrono::milliseconds{250};

}  // namespace

void Supervisor::expect_flow(const std::string& stock, bool flowing) {
  if (!flowing)
    flowing_since_.erase(stock);
  else
    flowing_since_.emplace(stock, bench_.clock.now());
}

void Supervisor::trip(Trip why) {
  const bool graver = !trip_ || (trip_->reaction == Reaction::hold && why.reaction == Reaction::safe);
  if (graver) trip_ = std::move(why);
  tripped_.notify_all();
}

void Supervisor::hold(bool on) {
  holding_ = on;
  if (on) flowing_since_.clear();
}

bool Supervisor::is_clear() const {
  return std::ranges::none_of(
      concerns_, [](const auto& concern) { return concern.first->limit.reaction == Reaction::hold; });
}

Task<Trip> Supervisor::watch() {
  trip_.reset();
  heater_.reset();
  heat_watch_.reset();
  signs_.clear();
  read_now_.clear();
  if (limits_.heating) heat_watch_.emplace(*limits_.heating);
  auto wait = [this]() -> Task<void> {
    while (!trip_) co_await tripped_.wait();
  };
  std::vector<Task<void>> watchers;
  auto heater = [this](Instant) { return look_at_heater(); };
  watchers.push_back(keep_reading(bench_.reactor.name(), std::move(heater)));
  for (const auto& [stock, pump] : bench_.feeds) {
    auto look = [this, stock, pump](Instant began) { return look_at_pump(stock, *pump, began); };
    watchers.push_back(keep_reading(pump->name(), std::move(look)));
  }
  for (const Interlock& interlock : bench_.interlocks) {
    if (!interlock.input) continue;  // the heater's own reading
    auto look = [this, &interlock](Instant) { return look_at(interlock); };
    watchers.push_back(keep_reading(interlock.input->name(), std::move(look)));
  }
  if (bench_.balance) {
    auto look = [this](Instant) { return look_at_balance(); };
    watchers.push_back(keep_reading(bench_.balance->name(), std::move(look)));
  }
  for (const auto& [stock, tap] : bench_.taps) {
    auto look = [this, stock, &tap](Instant began) { return look_at_tap(stock, tap, began); };
    watchers.push_back(keep_reading(tap.valve.name(), std::move(look)));
  }
  watchers.push_back(watch_time());
  watchers.push_back(note_readings());
  co_await race(wait(), all(std::move(watchers)));
  co_return *trip_;
}

/// Whoever waits for a reply that does not come cannot tell how long it has been.
void Supervisor::judge_silence() {
  for (const auto& [name, sign] : signs_) {
    const Duration silent = bench_.clock.now() - sign.last_good;
    if (silent < limits_.lost_after) continue;
    const std::string trouble = sign.trouble.empty() ? "" : ": " + sign.trouble;
    trip(FailureKind::instrument_lost,
         fmt::format("{}: no reading for {:.1f} s{}", name, in_seconds(silent), trouble));
  }
}

void Supervisor::judge(const HeaterReading& reading) {
  const std::string& name = bench_.reactor.name();
  if (reading.sensor_fault)
    trip(FailureKind::instrument_lost, name + ": the temperature sensor is broken");
  else if (reading.process > limits_.max_temperature)
    trip(FailureKind::over_temperature,
         fmt::format("{}: {:.1f} °C is above the limit of {:.1f} °C", name, reading.process.celsius(),
                     limits_.max_temperature.celsius()));
  else if (reading.alarm)
    trip(FailureKind::over_temperature, name + ": the controller's own alarm is active");
  if (reading.sensor_fault) return;
  if (heat_watch_)
    if (const auto implausible = heat_watch_->judge(bench_.clock.now(), reading))
      trip(FailureKind::instrument_lost, name + ": " + *implausible);
  for (const Interlock& interlock : bench_.interlocks)
    if (!interlock.input) weigh(interlock, name, reading.process.celsius(), "°C");
}

void Supervisor::judge(const Interlock& interlock, const AnalogReading& reading) {
  const AnalogInput& input = *interlock.input;
  if (!reading.fault.empty()) return trip(FailureKind::instrument_lost, input.name() + ": " + reading.fault);
  weigh(interlock, input.name(), reading.value, input.unit());
}

void Supervisor::weigh(const Interlock& interlock, const std::string& signal, double value,
                       const std::string& unit) {
  const SignalLimit& limit = interlock.limit;
  const bool above = limit.above && value > *limit.above;
  if (!above && !(limit.below && value < *limit.below)) {
    concerns_.erase(&interlock);
    return;
  }
  const Instant now = bench_.clock.now();
  Concern& concern = concerns_.try_emplace(&interlock, Concern{now}).first->second;
  if (concern.told || now - concern.since < seconds(limit.lasting.count())) return;
  if (limit.reaction == Reaction::hold && holding_) return;  // afterwards it is a reason again
  concern.told = true;
  std::string what = fmt::format("{}: {:.5g} {} is {} the limit of {:.5g} {}", signal, value, unit,
                                 above ? "above" : "below", above ? *limit.above : *limit.below, unit);
  const bool of_pressure = interlock.input && interlock.input == bench_.pressure;
  const FailureKind kind = of_pressure ? FailureKind::over_pressure : FailureKind::interlock;
  if (limit.reaction == Reaction::warn)
    warnings_.push_back(std::move(what));
  else
    trip({kind, std::move(what), limit.reaction});
}

/// Into the log first, then on the screen.
Task<void> Supervisor::tell_warnings() {
  while (!warnings_.empty()) {
    std::vector<std::string> now;
    now.swap(warnings_);
    for (const std::string& what : now) {
      Warned warning{what};
      co_await recorder_.record(std::move(warning));
      progress_.report("warning: " + what);
    }
  }
}

/// Once a period, for ever.
Task<void> Supervisor::keep_reading(std::string name, Look look) {
  Sign& sign = signs_[name] = {bench_.clock.now(), ""};
  for (;;) {
    const Instant began = bench_.clock.now();
    try {
      co_await look(began);
      sign = {bench_.clock.now(), ""};
      co_await tell_warnings();
    } catch (const DeviceError& error) {
      sign.trouble = error.what();
    }
    co_await bench_.clock.sleep_until(began + limits_.period);
  }
}

Task<void> Supervisor::look_at_heater() {
  heater_ = co_await bench_.reactor.read();
  judge(*heater_);
}

Task<void> Supervisor::look_at(const Interlock& interlock) {
  const AnalogReading reading = co_await interlock.input->read();
  if (interlock.input == bench_.pressure) {
    pressure_bar_ = reading.fault.empty() ? std::optional{reading.value} : std::nullopt;
    if (pressure_bar_) judge_pressure(*pressure_bar_);
  }
  judge(interlock, reading);
}

void Supervisor::judge(const std::string& stock, const PumpReading& reading, Instant asked) {
  if (reading.stalled) return trip(FailureKind::stalled, "pump of " + stock + ": the motor is stalled");
  if (!should_flow(stock, asked)) return;
  if (reading.drawing)
    trip(FailureKind::stalled, "pump of " + stock + ": it draws although it was told to flow");
  else if (!reading.moving)
    trip(FailureKind::stalled, "pump of " + stock + ": it stands still although it was told to flow");
}

/// Whether it was told so before `asked`.
bool Supervisor::should_flow(const std::string& stock, Instant asked) const {
  const auto since = flowing_since_.find(stock);
  return since != flowing_since_.end() && asked > since->second;
}

Task<void> Supervisor::look_at_tap(std::string stock, const Tap& tap, Instant began) {
  const int position = co_await tap.valve.read();
  if (position != tap.to_reactor && should_flow(stock, began))
    trip(FailureKind::instrument_lost,
         fmt::format("{}: stands at {} while {} flows, not at {}, which leads to the reactor",
                     tap.valve.name(), position, stock, tap.to_reactor));
}

Task<void> Supervisor::look_at_pump(std::string stock, Pump& pump, Instant began) {
  try {
    const PumpReading reading = co_await pump.read();
    pumps_[stock] = reading;
    read_now_.insert(stock);
    judge(stock, reading, began);
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::stalled && error.fault() != DeviceFault::refused) throw;
    trip(FailureKind::stalled, error.what());
  }
}

void Supervisor::tell(const std::string& instrument, std::optional<Trip> finding) {
  if (!finding) return;
  finding->what = instrument + ": " + finding->what;
  if (finding->reaction == Reaction::warn)
    warnings_.push_back(std::move(finding->what));
  else
    trip(*std::move(finding));
}

/// The pumps' counters of an earlier watch() say nothing about what arrived since.
void Supervisor::judge_weight(double grams) {
  if (read_now_.size() == bench_.feeds.size())
    tell(bench_.balance->name(), flow_watch_.judge(bench_.clock.now(), pumps_, grams));
}

void Supervisor::judge_pressure(double bar) {
  if (heater_ && read_now_.size() == bench_.feeds.size())
    tell(bench_.pressure->name(), pressure_watch_.judge(bench_.clock.now(), pumps_, heater_->process, bar));
}

/// One that is overloaded or misses its pan is no loss yet: somebody may be emptying the vessel.
Task<void> Supervisor::look_at_balance() {
  try {
    const BalanceReading reading = co_await bench_.balance->read();
    mass_g_ = reading.grams;
  } catch (const DeviceError& error) {
    mass_g_.reset();
    if (error.fault() != DeviceFault::out_of_range) throw;
    tell(bench_.balance->name(), flow_watch_.miss(bench_.clock.now(), pumps_, error.detail()));
  }
  if (mass_g_) judge_weight(*mass_g_);
}

std::optional<double> Supervisor::arrived_g() const {
  return bench_.balance ? std::optional{flow_watch_.arrived_g()} : std::nullopt;
}

Task<void> Supervisor::watch_time() {
  for (;;) {
    co_await bench_.clock.sleep_for(kJudgeEvery);
    judge_silence();
    if (deadline_ && bench_.clock.now() > *deadline_)
      trip(FailureKind::not_settled, "the experiment did not end within its time");
  }
}

Task<void> Supervisor::note_readings() {
  for (;;) {
    co_await bench_.clock.sleep_for(limits_.readings_per_note * limits_.period);
    co_await note_reading();
  }
}

Task<void> Supervisor::read_pumps() {
  for (const auto& [stock, pump] : bench_.feeds) {
    try {
      const PumpReading reading = co_await pump->read();
      pumps_[stock] = reading;
    } catch (const DeviceError&) {
    }
  }
}

Task<void> Supervisor::note_reading() {
  ReadingTaken reading;
  if (heater_) {
    reading.temperature_C[bench_.reactor.name()] = heater_->process.celsius();
    reading.output[bench_.reactor.name()] = heater_->output;
  }
  for (const auto& [stock, pump] : pumps_) {
    const bool pushes = pump.moving && !pump.drawing;
    reading.flow_uL_min[stock] = pushes ? in_microliters_per_minute(pump.flow) : 0.0;
    reading.delivered_uL[stock] = in_microliters(pump.delivered);
  }
  if (mass_g_) reading.mass_g[bench_.balance->name()] = *mass_g_;
  if (pressure_bar_) reading.pressure_bar[bench_.pressure->name()] = *pressure_bar_;
  co_await recorder_.note(std::move(reading));
}

Volume Supervisor::delivered(const std::string& stock) const {
  const auto reading = pumps_.find(stock);
  return reading == pumps_.end() ? Volume{} : reading->second.delivered;
}

}  // namespace nocturne
