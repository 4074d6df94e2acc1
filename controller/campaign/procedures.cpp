#include "controller/campaign/procedures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nocturne {
namespace {

using namespace std::chrono_literals;

constexpr Duration kReadingsEvery = 1s;
constexpr FlowRate kPrimingFlow = milliliters_per_minute(1.0);
constexpr double kPrimedVolumes = 1.2;  // of a dry tube: its volume is known from a ruler
constexpr FlowRate kReferenceFlow = milliliters_per_minute(2.0);
constexpr Volume kReferenceFlush = kReferenceFlow * Seconds{20.0};
constexpr double kProofOfArrival_mL = 0.5;  // against drops

/// Until enough solvent is seen to arrive; if it does not, the supervisor ends the night before any heat.
Task<void> wait_for_arrival(const Laboratory& laboratory, double before_g) {
  const auto& stocks = laboratory.recipe.stocks;
  const auto diluent = std::ranges::find(stocks, laboratory.recipe.diluent, &Stock::name);
  const double enough_g = kProofOfArrival_mL * density_range(*diluent).least_g_per_mL;
  while (*laboratory.supervisor.arrived_g() - before_g < enough_g)
    co_await laboratory.bench.clock.sleep_for(kReadingsEvery);
}

/// What flows then: as much of `flow` as pump and cell bear.
Task<FlowRate> let_flow(Laboratory& laboratory, std::string stock, FlowRate flow) {
  Pump& pump = *laboratory.bench.feeds.at(stock);
  const FlowRate borne = std::min({flow, pump.max_flow(), laboratory.most_flow});
  const FlowRate flows = co_await pump.set_flow(std::max(borne, pump.min_flow()));
  laboratory.supervisor.expect_flow(stock, true);
  co_return flows;
}

Task<void> let_stand(Laboratory& laboratory, std::string stock) {
  laboratory.supervisor.expect_flow(stock, false);
  co_await laboratory.bench.feeds.at(stock)->set_flow(FlowRate{});
}

/// What a blank says that is not as it should be, in words; nothing if it is.
std::string flaw_of(const Laboratory& laboratory, const Frame& blank, const Frame& dark) {
  try {
    const Correction correction{laboratory.bench.flow_cell.detector(), {dark}};
    const auto seen = read_emission(blank, correction, laboratory.interpretation);
    if (const auto* emission = std::get_if<EmissionRead>(&seen))
      return fmt::format(
          "with solvent in it the cell emits at {:.1f} nm: product left in it, a dirty window, or a solvent "
          "that is not clean",
          emission->peak_nm.value);
    if (std::get<Failure>(seen).kind == FailureKind::saturated)
      return "with solvent in it the cell saturates the detector: expose for a shorter time";
    return "";
  } catch (const std::invalid_argument& error) {
    return std::string{"the frames of the blank cannot be used: "} + error.what();
  }
}

/// The solvent under the LED, and the dark of that exposure.
Task<void> take_blank(Laboratory& laboratory) {
  Spectrometer& cell = laboratory.bench.flow_cell;
  const int scans = laboratory.recipe.measurement.scans;
  co_await cell.set_exposure(duration_of(laboratory.recipe.measurement.led_exposure));
  Frame dark = co_await cell.acquire(scans);
  co_await cell.set_light(Light::led, true);
  Frame blank = co_await cell.acquire(scans);
  co_await cell.set_light(Light::led, false);
  std::string flaw = flaw_of(laboratory, blank, dark);
  Calibrated calibrated;
  calibrated.purpose = "solvent in the cell, LED on";
  calibrated.spectra.push_back(spectrum_record("blank_dark", std::move(dark)));
  calibrated.spectra.push_back(spectrum_record("blank", std::move(blank)));
  co_await laboratory.recorder.record(std::move(calibrated));
  if (!flaw.empty()) co_await warn(laboratory, std::move(flaw));
}

}  // namespace

Task<void> warn(Laboratory& laboratory, std::string what) {
  laboratory.progress.report("warning: " + what);
  Warned warning{std::move(what)};
  co_await laboratory.recorder.record(std::move(warning));
}

std::map<std::string, CounterAtArming> counters_of(const Bench& bench) {
  std::map<std::string, CounterAtArming> counters;
  for (const auto& [stock, pump] : bench.feeds) counters[stock] = pump->counter();
  return counters;
}

Task<void> arm(Laboratory& laboratory) {
  Bench& bench = laboratory.bench;
  auto record = [&laboratory](std::string name, std::string identity) -> Task<void> {
    InstrumentArmed armed{std::move(name), std::move(identity)};
    co_await laboratory.recorder.record(std::move(armed));
  };
  laboratory.progress.step("arming the instruments");
  std::string identity = co_await bench.reactor.arm();
  co_await record(bench.reactor.name(), std::move(identity));
  for (const auto& [stock, pump] : bench.feeds) {
    identity = co_await pump->arm();
    co_await record(pump->name(), std::move(identity));
  }
  PumpsArmed counted{counters_of(bench)};
  co_await laboratory.recorder.record(std::move(counted));
  for (const auto& [stock, tap] : bench.taps) {
    identity = co_await tap.valve.arm();
    co_await record(tap.valve.name(), std::move(identity));
  }
  co_await lead_to_reactor(bench);
  std::set<std::string> armed;
  for (const Interlock& interlock : bench.interlocks) {
    if (!interlock.input) continue;  // the heater is armed already
    const std::string& name = interlock.input->name();
    if (!armed.insert(name).second) continue;  // an input with several interlocks
    identity = co_await interlock.input->arm();
    co_await record(name, std::move(identity));
  }
  if (bench.balance) {
    identity = co_await bench.balance->arm();
    co_await record(bench.balance->name(), std::move(identity));
  }
  identity = co_await bench.flow_cell.arm();
  co_await record(bench.flow_cell.name(), std::move(identity));
  DetectorRead detector{bench.flow_cell.detector()};
  co_await laboratory.recorder.record(std::move(detector));
}

Volume taken_by_priming(const FeedDescription& feed) {
  constexpr Seconds kLateStop{3.0};  // of readings once a second
  return kPrimedVolumes * feed.line_volume + kPrimingFlow * kLateStop;
}

Task<void> prime(Laboratory& laboratory, FeedDescription feed) {
  const Volume wanted = kPrimedVolumes * feed.line_volume;
  laboratory.progress.step(fmt::format("filling the tube of {}", feed.stock));
  const Volume before = laboratory.supervisor.delivered(feed.stock);
  co_await let_flow(laboratory, feed.stock, kPrimingFlow);
  while (laboratory.supervisor.delivered(feed.stock) - before < wanted)
    co_await laboratory.bench.clock.sleep_for(kReadingsEvery);
  co_await let_stand(laboratory, feed.stock);
  Primed primed{feed.stock, in_milliliters(laboratory.supervisor.delivered(feed.stock) - before)};
  co_await laboratory.recorder.record(std::move(primed));
}

std::map<std::string, Volume> taken_by_reference(const Recipe& recipe) {
  if (recipe.diluent.empty()) return {};
  const MeasurementPlan& m = recipe.measurement;
  const Seconds reads = m.lamp_exposure + 2 * m.led_exposure + Seconds{3.0};
  const Seconds exposed = (m.scans + 2) * reads;
  const Seconds flows = Seconds{in_seconds(kLampSettling)} + exposed;
  return {{recipe.diluent, kReferenceFlush + kReferenceFlow * flows}};
}

Task<Frame> take_reference(Laboratory& laboratory) {
  Bench& bench = laboratory.bench;
  Spectrometer& cell = bench.flow_cell;
  const std::string& diluent = laboratory.recipe.diluent;
  laboratory.progress.step("reference: solvent in the cell");
  if (!diluent.empty()) {
    const std::optional<double> before_g = laboratory.supervisor.arrived_g();
    const FlowRate flow = co_await let_flow(laboratory, diluent, kReferenceFlow);
    co_await bench.clock.sleep_for(duration_of(kReferenceFlush / flow));
    if (before_g) co_await wait_for_arrival(laboratory, *before_g);
  }
  co_await cell.set_exposure(duration_of(laboratory.recipe.measurement.lamp_exposure));
  co_await cell.set_light(Light::lamp, true);
  co_await bench.clock.sleep_for(kLampSettling);
  Frame reference = co_await cell.acquire(laboratory.recipe.measurement.scans);
  co_await cell.set_light(Light::lamp, false);
  Calibrated calibrated;
  calibrated.purpose = "solvent in the cell, lamp on";
  calibrated.spectra.push_back(spectrum_record("reference", reference));
  co_await laboratory.recorder.record(std::move(calibrated));
  co_await take_blank(laboratory);
  if (!diluent.empty()) co_await let_stand(laboratory, diluent);
  co_return reference;
}

Task<Frame> clean_cell(Laboratory& laboratory) {
  for (const auto& [stock, pump] : laboratory.bench.feeds) {
    laboratory.supervisor.expect_flow(stock, false);
    co_await pump->stop();
  }
  co_return co_await take_reference(laboratory);
}

}  // namespace nocturne
