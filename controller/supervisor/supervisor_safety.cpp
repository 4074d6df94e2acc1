#include <fmt/format.h>

#include <algorithm>

#include "controller/supervisor/supervisor.hpp"
#include "devices/error.hpp"

namespace nocturne {
namespace {

constexpr Duration kCoolingWatched = std::chrono::seconds{30};

}  // namespace

Task<std::vector<std::string>> Supervisor::make_safe(Duration patience) {
  deadline_.reset();
  flowing_since_.clear();
  if (may_quench()) {
    auto stop_the_others = [&]() -> Task<void> {
      static_cast<void>(co_await insist(patience, limits_.quench->stock));
    };
    std::vector<Task<void>> both;
    both.push_back(stop_the_others());
    both.push_back(quench(*limits_.quench));
    co_await all(std::move(both));
  }
  co_return co_await insist(patience, "");
}

Task<void> Supervisor::stop_at_once() {
  deadline_.reset();
  flowing_since_.clear();
  static_cast<void>(co_await nocturne::make_safe(bench_));
}

Task<std::vector<std::string>> Supervisor::insist(Duration patience, std::string flowing) {
  const Instant end = bench_.clock.now() + patience;
  for (bool told = false;; told = true) {
    std::vector<std::string> disobeyed = co_await nocturne::make_safe(bench_, flowing);
    if (disobeyed.empty() || bench_.clock.now() >= end) co_return disobeyed;
    if (!told)
      for (const std::string& what : disobeyed) warnings_.push_back("tried again: " + what);
    try {
      co_await tell_warnings();
    } catch (const std::exception&) {
      // The log may be what is broken: the bench comes first.
    }
    co_await bench_.clock.sleep_for(limits_.period);
  }
}

/// Not into a tube that leaks or is clogged, nor when the bench's own signals stopped the night, whatever
/// they mean. A pump that nobody has read was not armed.
bool Supervisor::may_quench() const {
  if (!limits_.quench || !pumps_.contains(limits_.quench->stock) || !is_clear()) return false;
  if (!trip_) return true;
  return trip_->kind != FailureKind::leak && trip_->kind != FailureKind::over_pressure &&
         trip_->kind != FailureKind::interlock;
}

Task<void> Supervisor::quench(Quench with) {
  std::string trouble;
  try {
    co_await race(let_flow(with), keep_content(with.stock));
  } catch (const DeviceError& error) {
    trouble = error.what();
  }
  if (trouble.empty()) co_return;
  warnings_.push_back("the quench ended early: " + trouble);
  try {
    co_await bench_.feeds.at(with.stock)->stop();
  } catch (const DeviceError&) {
    // It is tried again, and told, with all the others.
  }
  try {
    co_await tell_warnings();
  } catch (const std::exception&) {
    // The log may be what is broken: the bench comes first.
  }
}

/// Instruments that nobody reads for the time of a quench would take this program for dead.
Task<void> Supervisor::keep_content(std::string flowing) {
  auto keep_reading_on = [this](std::function<Task<void>()> look) -> Task<void> {
    for (;;) {
      try {
        co_await look();
      } catch (const DeviceError&) {
        // Whoever makes it safe says so.
      }
      co_await bench_.clock.sleep_for(limits_.period);
    }
  };
  std::vector<Task<void>> readers;
  std::function<Task<void>()> look = [this]() -> Task<void> { heater_ = co_await bench_.reactor.read(); };
  readers.push_back(keep_reading_on(look));
  for (const auto& [stock, pump] : bench_.feeds) {
    if (stock == flowing) continue;
    look = [this, stock = stock, pump = pump]() -> Task<void> { pumps_[stock] = co_await pump->read(); };
    readers.push_back(keep_reading_on(look));
  }
  co_await all(std::move(readers));
}

/// Reading keeps the pump's watchdog content; if this program dies, the watchdog stops the quench.
Task<void> Supervisor::let_flow(Quench with) {
  Pump& pump = *bench_.feeds.at(with.stock);
  progress_.step("quenching with " + with.stock);
  co_await pump.set_flow(with.flow);
  const Instant end = bench_.clock.now() + seconds(with.lasting.count());
  while (bench_.clock.now() < end) {
    co_await bench_.clock.sleep_until(std::min(end, bench_.clock.now() + limits_.period));
    const PumpReading reading = co_await pump.read();
    pumps_[with.stock] = reading;
    if (reading.stalled || !reading.moving)
      throw DeviceError{DeviceFault::stalled, pump.name(), "it stands still"};
    co_await require_room();
  }
  co_await pump.stop();
  pumps_[with.stock] = co_await pump.read();
}

/// Throws DeviceError if an input is where everything has to stop.
Task<void> Supervisor::require_room() {
  for (const Interlock& interlock : bench_.interlocks) {
    if (!interlock.input || interlock.limit.reaction == Reaction::warn) continue;
    const AnalogReading reading = co_await interlock.input->read();
    const SignalLimit& limit = interlock.limit;
    const bool beyond =
        (limit.above && reading.value > *limit.above) || (limit.below && reading.value < *limit.below);
    if (!reading.fault.empty() || beyond)
      throw DeviceError{DeviceFault::out_of_range, interlock.input->name(),
                        reading.fault.empty() ? fmt::format("{:.3g} {} is beyond its limit", reading.value,
                                                            interlock.input->unit())
                                              : reading.fault};
  }
}

Task<std::optional<std::string>> Supervisor::watch_cooling() {
  if (!limits_.heating) co_return std::nullopt;
  HeatWatch cooling{*limits_.heating};
  const Instant end = bench_.clock.now() + kCoolingWatched;
  while (bench_.clock.now() < end) {
    std::optional<std::string> heats;
    try {
      const HeaterReading reading = co_await bench_.reactor.read();
      heater_ = reading;
      if (!reading.sensor_fault) heats = cooling.judge(bench_.clock.now(), reading);
    } catch (const DeviceError&) {
      co_return std::nullopt;  // said by make_safe()
    }
    if (heats) co_return bench_.reactor.name() + ": after the heat was cut " + *heats;
    co_await bench_.clock.sleep_for(limits_.period);
  }
  co_return std::nullopt;
}

}  // namespace nocturne
