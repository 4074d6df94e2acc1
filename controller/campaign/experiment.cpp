#include "controller/campaign/experiment.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "controller/campaign/procedures.hpp"
#include "devices/error.hpp"
#include "models/series/settling.hpp"
#include "recipes/experiment_cost.hpp"

namespace nocturne {
namespace {

using namespace std::chrono_literals;

constexpr double kThermalBand_K = 1.0;   // of the target counts as there
constexpr double kFlowFromBand_K = 5.0;  // full flow begins this close to the target
constexpr Duration kPoll = 1s;
constexpr double kDriftShareOfTolerance = 0.25;  // allowed over the window of reads
constexpr double kIntensityDrift = 0.05;         // likewise, of the intensity itself
constexpr int kMostDoublings = 2;                // of the reads that are judged, where they scatter
constexpr double kBlindVolumes = 1.0;  // reads without emission for so many arrival times mean: there is none
constexpr int kTransmissionReads = 2;
constexpr double kMostBadPixels = 0.1;  // share of the detector

/// The smallest tolerance of all targets: a product stands still if it does for the strictest of them.
double tightest(const std::vector<Target>& targets) {
  return std::ranges::min(targets, {}, &Target::tolerance).tolerance;
}

int most_judged(const MeasurementPlan& measurement) {
  int reads = measurement.reads;
  for (int i = 0; i < kMostDoublings && 2 * reads <= measurement.max_reads; ++i) reads *= 2;
  return reads;
}

/// One experiment, step by step, as the notebook has it.
class Experiment {
 public:
  Experiment(Laboratory& laboratory, int number, FlowPlan plan, Frame reference)
      : lab_{laboratory},
        number_{number},
        plan_{std::move(plan)},
        measurement_{laboratory.recipe.measurement},
        peak_{judging(kDriftShareOfTolerance * tightest(laboratory.recipe.targets))},
        intensity_{judging(kIntensityDrift)} {
    frames_.reference = std::move(reference);
    frames_.fed_lead_mmol_per_L = plan_.lead_in_cell.si();  // mol/m³ is mmol/L
  }

  Task<Outcome> run() {
    began_ = lab_.bench.clock.now();
    co_await set_flows(kHeatingFlow);
    co_await heat();
    co_await set_flows(1.0);
    co_await take_darks();
    co_await flush();
    co_await dilute(true);
    const bool steady = co_await wait_for_steady_product();
    if (steady) co_await measure_absorption();
    co_await dilute(false);
    Outcome outcome = unseen_;
    if (steady) outcome = interpreted();
    co_return outcome;
  }

 private:
  /// What `look` sees in frames. Frames that contradict their darks are a fault of the spectrometer.
  template <class Look>
  auto seen_by(Look look) const {
    try {
      return look();
    } catch (const std::invalid_argument& error) {
      throw DeviceError{DeviceFault::garbled, lab_.bench.flow_cell.name(), error.what()};
    }
  }

  Outcome interpreted() const {
    return seen_by([this] {
      return interpret(frames_, lab_.bench.flow_cell.detector(), lab_.material, lab_.interpretation);
    });
  }

  /// `share` of the planned rates; stocks that the plan leaves out stand still.
  Task<void> set_flows(double share) {
    for (const auto& [stock, pump] : lab_.bench.feeds) {
      if (stock == lab_.recipe.diluent) continue;
      const auto planned = plan_.feeds.find(stock);
      co_await set_flow(stock, planned == plan_.feeds.end() ? FlowRate{} : share * planned->second);
    }
  }

  Task<void> set_flow(std::string stock, FlowRate flow) {
    Pump& pump = *lab_.bench.feeds.at(stock);
    const bool flowing = flow > FlowRate{};
    if (!flowing) lab_.supervisor.expect_flow(stock, false);
    if (flowing && flow < pump.min_flow()) flow = pump.min_flow();
    co_await pump.set_flow(flow);
    if (flowing) lab_.supervisor.expect_flow(stock, true);
  }

  Task<void> dilute(bool on) {
    if (lab_.recipe.diluent.empty()) co_return;
    co_await set_flow(lab_.recipe.diluent, on ? plan_.diluent : FlowRate{});
  }

  Task<void> heat() {
    lab_.progress.step(fmt::format("to {:.1f} °C", plan_.temperature.celsius()));
    co_await lab_.bench.reactor.set_target(plan_.temperature);
    Instant outside = lab_.bench.clock.now();
    bool flowing = false;
    for (;;) {
      co_await lab_.bench.clock.sleep_for(kPoll);
      const std::optional<HeaterReading> reading = lab_.supervisor.heater();
      if (!reading) continue;
      const double away_K = std::abs((reading->process - plan_.temperature).si());
      if (away_K > kThermalBand_K) outside = lab_.bench.clock.now();
      if (!flowing && away_K < kFlowFromBand_K) {
        co_await set_flows(1.0);
        flowing = true;
        full_flow_ = lab_.bench.clock.now();
      }
      hot_ = outside;
      if (lab_.bench.clock.now() - outside >= duration_of(kThermalHold)) co_return;
    }
  }

  Task<void> take_darks() {
    Spectrometer& cell = lab_.bench.flow_cell;
    co_await cell.set_light(Light::lamp, false);
    co_await cell.set_light(Light::led, false);
    co_await cell.set_exposure(duration_of(measurement_.lamp_exposure));
    frames_.darks.push_back(co_await cell.acquire(measurement_.scans));
    co_await cell.set_exposure(duration_of(measurement_.led_exposure));
    frames_.darks.push_back(co_await cell.acquire(measurement_.scans));
    correction_.emplace(cell.detector(), frames_.darks);
    FramesTaken taken;
    taken.experiment = number_;
    taken.purpose = fmt::format("darks, {} bad pixels", correction_->bad_pixels().size());
    taken.spectra.push_back(spectrum_record("transmission_dark", frames_.darks[0]));
    taken.spectra.push_back(spectrum_record("emission_dark", frames_.darks[1]));
    co_await lab_.recorder.record(std::move(taken));
    check_detector();
  }

  /// Throws DeviceError if so many pixels are bad that a product without emission would look the same.
  void check_detector() const {
    const auto bad = std::ssize(correction_->bad_pixels()),
               all = lab_.bench.flow_cell.detector().wavelength_nm.size();
    if (static_cast<double>(bad) <= kMostBadPixels * static_cast<double>(all)) return;
    throw DeviceError{DeviceFault::garbled, lab_.bench.flow_cell.name(),
                      fmt::format("{} of {} pixels are stuck, full or dead in the dark", bad, all)};
  }

  /// Until nearly all that passes the cell was mixed for this experiment and heated as it should be.
  Task<void> flush() {
    lab_.progress.step("flushing");
    const Duration trickled = seconds(kHeatingFlow * in_seconds(full_flow_ - began_));
    const Instant mixed = full_flow_ - trickled + duration_of(plan_.arrival_time);
    const Instant heated = std::max(hot_, full_flow_) + duration_of(plan_.heated_arrival_time);
    arrives_ = std::max(mixed, heated);
    co_await lab_.bench.clock.sleep_until(arrives_ + duration_of(lateness(measurement_, plan_)));
  }

  Task<void> record_frame(const char* role, const char* purpose, Frame frame) {
    FramesTaken taken;
    taken.experiment = number_;
    taken.purpose = purpose;
    taken.spectra.push_back(spectrum_record(role, std::move(frame)));
    taken.arrived = share_arrived(plan_, Seconds{in_seconds(lab_.bench.clock.now() - arrives_)});
    if (const auto heater = lab_.supervisor.heater()) taken.temperature_C = heater->process.celsius();
    co_await lab_.recorder.record(std::move(taken));
  }

  Settling::Options judging(double allowed_drift) const {
    return {measurement_.reads, most_judged(measurement_), allowed_drift};
  }

  /// How many of the last reads stand still, the fewest that do; nothing if none do.
  std::optional<int> steady_reads() const {
    for (int reads = measurement_.reads; reads <= most_judged(measurement_); reads *= 2)
      if (peak_.steady(reads) && intensity_.steady(reads)) return reads;
    return std::nullopt;
  }

  /// Reads emission until the last reads stand still; they span the tail of a smeared arrival, which moves no
  /// more over the next span than over the last. Where single reads scatter, more of them are judged. False,
  /// with the reason, if that does not happen or cannot.
  Task<bool> wait_for_steady_product() {
    const Instant began = lab_.bench.clock.now();
    const Duration blind = duration_of(kBlindVolumes * plan_.arrival_time);
    const Duration pace = duration_of(pace_of_reads(measurement_, plan_));
    co_await lab_.bench.flow_cell.set_light(Light::led, true);
    std::deque<Frame> window;
    bool seen = false, hopeless = false;
    for (int read = 1; read <= measurement_.max_reads && !hopeless; ++read) {
      const Instant next = lab_.bench.clock.now() + pace;
      Frame frame = co_await lab_.bench.flow_cell.acquire(measurement_.scans);
      co_await record_frame("emission", "settling", frame);
      window.push_back(frame);
      if (window.size() > static_cast<std::size_t>(most_judged(measurement_))) window.pop_front();
      seen = judge(read, frame) || seen;
      if (const std::optional<int> steady = steady_reads()) {
        frames_.emission.assign(window.end() - *steady, window.end());
        co_await record_settled(read, *steady);
        co_return true;
      }
      hopeless = peak_.hopeless() || intensity_.hopeless();
      if (!seen && lab_.bench.clock.now() - began > blind) break;
      co_await lab_.bench.clock.sleep_until(next);
    }
    co_await lab_.bench.flow_cell.set_light(Light::led, false);
    if (seen) {
      unseen_.kind = FailureKind::not_settled;
      unseen_.detail = hopeless
                           ? "single reads scatter so much that nothing could show it to stand"
                           : fmt::format("the emission still moves after {} reads", measurement_.max_reads);
    }
    co_return false;
  }

  /// Takes one read into account; true if there was emission.
  bool judge(int read, const Frame& frame) {
    const auto looked = seen_by([&] { return read_emission(frame, *correction_); });
    if (const auto* unseen = std::get_if<Failure>(&looked)) {
      peak_.restart();
      intensity_.restart();
      unseen_ = *unseen;
      lab_.progress.step(fmt::format("read {}: {}", read, unseen->detail));
      return false;
    }
    const auto* seen = std::get_if<EmissionRead>(&looked);
    const double time_s = in_seconds(lab_.bench.clock.now());
    peak_.add(time_s, seen->peak_nm);
    intensity_.add(time_s, Estimate{std::log(std::max(seen->light, 1.0)), 0.0});
    lab_.progress.step(fmt::format("read {}: {:.1f} nm", read, seen->peak_nm.value));
    return true;
  }

  Task<void> record_settled(int read, int judged) {
    const Estimate drift = *peak_.drift(judged);
    Settled settled;
    settled.experiment = number_;
    settled.why = fmt::format("after {} reads the peak moves {:.2f} ± {:.2f} nm over {} reads", read,
                              std::abs(drift.value), drift.standard_error, judged);
    settled.reads = judged;
    co_await lab_.recorder.record(std::move(settled));
  }

  Task<void> measure_absorption() {
    lab_.progress.step("absorption");
    Spectrometer& cell = lab_.bench.flow_cell;
    co_await cell.set_light(Light::led, false);
    co_await cell.set_exposure(duration_of(measurement_.lamp_exposure));
    co_await cell.set_light(Light::lamp, true);
    co_await lab_.bench.clock.sleep_for(kLampSettling);
    for (int read = 0; read < kTransmissionReads; ++read) {
      frames_.transmission.push_back(co_await cell.acquire(measurement_.scans));
      co_await record_frame("transmission", "absorption", frames_.transmission.back());
    }
    co_await cell.set_light(Light::lamp, false);
  }

  Laboratory& lab_;
  const int number_;
  const FlowPlan plan_;
  const MeasurementPlan measurement_;
  Instant began_{};      // to let the feeds flow
  Instant full_flow_{};  // since when they do in full
  Instant hot_{};        // since when it is at its temperature
  Instant arrives_{};    // on average, what is mixed and heated as planned
  Settling peak_;
  Settling intensity_;  // of its logarithm
  MeasurementFrames frames_;
  std::optional<Correction> correction_;  // once the darks are taken
  Failure unseen_;                        // why there is nothing to measure
};

}  // namespace

Task<Outcome> run_experiment(Laboratory& laboratory, int experiment, FlowPlan plan, Frame reference) {
  Experiment steps{laboratory, experiment, std::move(plan), std::move(reference)};
  co_return co_await steps.run();
}

Duration longest_experiment(const Recipe& recipe, const FlowPlan& plan) {
  const MeasurementPlan& m = recipe.measurement;
  const Seconds read = (m.scans + 2) * (m.led_exposure + Seconds{1.0});
  const Seconds reads = m.max_reads * std::max(read, pace_of_reads(m, plan)) + 4 * read;
  return duration_of(m.max_settling + plan.arrival_time + lateness(m, plan) + reads);
}

}  // namespace nocturne
