#include "controller/campaign/refill.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nocturne {
namespace {

Task<void> note_refilled(Laboratory& laboratory, std::string stock, Volume drawn, RefillAccount& refills) {
  refills.end(stock, drawn);
  const Volume from_bottle = refills.drawn(stock) + refills.perhaps(stock);
  const Volume left = laboratory.bench.taps.at(stock).bottle - from_bottle;
  Refilled refilled;
  refilled.stock = stock;
  refilled.volume_mL = in_milliliters(drawn);
  refilled.bottle_left_mL = in_milliliters(std::max(Volume{}, left));
  const CounterAtArming counter = laboratory.bench.feeds.at(stock)->counter();
  if (counter.drawn) refilled.counts_from_uL = in_microliters(counter.from);
  co_await laboratory.recorder.record(std::move(refilled));
}

}  // namespace

Task<void> refill(Laboratory& laboratory, std::string stock, Volume volume, RefillAccount& refills) {
  Pump& pump = *laboratory.bench.feeds.at(stock);
  const Tap& tap = laboratory.bench.taps.at(stock);
  laboratory.progress.step(fmt::format("drawing {:.1f} mL of {}", in_milliliters(volume), stock));
  laboratory.supervisor.expect_flow(stock, false);
  co_await pump.stop();
  co_await tap.valve.go_to(tap.to_bottle);
  co_await laboratory.supervisor.note_reading();
  Refilling begins{stock, in_milliliters(volume)};
  co_await laboratory.recorder.record(std::move(begins));
  refills.begin(stock, volume);
  const Volume drawn = co_await pump.draw(volume, tap.flow);
  co_await tap.valve.go_to(tap.to_reactor);
  co_await note_refilled(laboratory, stock, drawn, refills);
}

Task<void> end_refills(Laboratory& laboratory, RefillAccount& refills) {
  co_await lead_to_reactor(laboratory.bench);
  for (const std::string& stock : refills.open()) {
    const PumpReading reading = co_await laboratory.bench.feeds.at(stock)->read();
    co_await note_refilled(laboratory, stock, reading.drawn, refills);
  }
}

}  // namespace nocturne
