#include "controller/campaign_record.hpp"

#include <algorithm>

#include "controller/supervisor.hpp"

namespace nocturne {
namespace {

/// Builds a record event by event.
class Reader {
 public:
  explicit Reader(const Log& log) : file_{log.file().string()} { record_.header = log.header(); }

  void take(const Event& event) {
    if (is<Resumed>(event)) close_account();
    ++record_.events;
    record_.last_time = event.time;
    if (is<Decided>(event)) decided(read<Decided>(event));
    if (is<Foreseen>(event)) foreseen(read<Foreseen>(event));
    if (is<Finished>(event)) finished(read<Finished>(event), event.time);
    if (is<StateChanged>(event)) record_.state = read<StateChanged>(event).to;
    if (is<DetectorRead>(event)) record_.detector = read<DetectorRead>(event).detector;
    if (is<Calibrated>(event))
      for (const SpectrumRecord& spectrum : event.spectra) record_.calibration[spectrum.role] = spectrum;
    if (is<CampaignEnded>(event)) record_.ended = read<CampaignEnded>(event);
    if (is<PumpsArmed>(event)) armed(read<PumpsArmed>(event));
    if (is<Refilling>(event)) refilling(read<Refilling>(event));
    if (is<Refilled>(event)) refilled(read<Refilled>(event));
    if (is<ReadingTaken>(event)) reading(read<ReadingTaken>(event), event.time);
    if (is<Steered>(event))
      if (const auto experiments = read<Steered>(event).request.experiments) record_.budget = experiments;
    if (is<Resumed>(event)) {
      record_.ended.reset();
      ++record_.resumes;
    }
  }

  CampaignRecord done() && {
    close_account();
    for (const auto& [experiment, decision] : record_.decisions)
      if (!record_.outcomes.contains(experiment)) record_.unfinished.push_back(experiment);
    return std::move(record_);
  }

 private:
  void close_account() { record_.reagents.close(record_.ended ? Duration{} : unseen()); }

  /// A process that did not end its campaign died between its last event and the next reading: on average
  /// halfway. So long the pumps went on after its last reading.
  Duration unseen() const {
    const SupervisorLimits usual;
    const Instant last = record_.reagents.last_reading();
    const Instant due = std::max(record_.last_time, last + usual.readings_per_note * usual.period);
    return (record_.last_time - last + (due - last)) / 2;
  }

  void armed(const PumpsArmed& event) {
    record_.reagents.arm(event.counters);
    record_.refills.arm(event.counters);
  }

  void refilling(const Refilling& event) {
    record_.reagents.recount(event.stock, std::nullopt);
    record_.refills.begin(event.stock, milliliters(event.volume_mL));
  }

  void refilled(const Refilled& event) {
    if (event.counts_from_uL) record_.reagents.recount(event.stock, microliters(*event.counts_from_uL));
    record_.refills.end(event.stock, milliliters(event.volume_mL));
  }

  void reading(ReadingTaken seen, Instant time) {
    record_.reagents.read(std::move(seen.delivered_uL), std::move(seen.flow_uL_min), time);
  }

  void foreseen(Foreseen outlook) {
    const int target = outlook.target;
    record_.outlooks.insert_or_assign(target, std::move(outlook));
  }

  void decided(Decided decision) {
    const int experiment = decision.experiment;
    record_.steps.push_back({true, experiment});
    if (!record_.decisions.emplace(experiment, std::move(decision)).second)
      contradict(experiment, "is decided twice");
  }

  void finished(Finished end, Instant time) {
    record_.finished[end.experiment] = time;
    record_.steps.push_back({false, end.experiment});
    if (!record_.decisions.contains(end.experiment))
      contradict(end.experiment, "has an outcome but no decision");
    if (!record_.outcomes.emplace(end.experiment, std::move(end.outcome)).second)
      contradict(end.experiment, "has two outcomes");
  }

  [[noreturn]] void contradict(int experiment, const std::string& what) const {
    throw LogError{file_ + ": experiment " + std::to_string(experiment) + " " + what};
  }

  std::string file_;
  CampaignRecord record_;
};

}  // namespace

double hours_of(Instant time) { return in_seconds(time) / 3600.0; }

CampaignRecord read_campaign(const Log& log) {
  Reader reader{log};
  log.for_each([&](const Event& event) { reader.take(event); });
  return std::move(reader).done();
}

}  // namespace nocturne
