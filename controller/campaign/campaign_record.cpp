#include "controller/campaign/campaign_record.hpp"

#include "controller/campaign/campaign_state.hpp"
namespace nocturne {
namespace {

/// Builds a record event by event.
class Reader {
 public:
  explicit Reader(const Log& log) : log_{log} { record_.header = log.header(); }

  void take(const Event& event) {
    record_.reagents.follow(event);
    record_.refills.follow(event);
    record_.events = event.seq;
    record_.last_time = event.time;
    if (is<Decided>(event)) decided(read<Decided>(event));
    if (is<Foreseen>(event)) foreseen(read<Foreseen>(event));
    if (is<Finished>(event)) finished(read<Finished>(event), event.time);
    if (is<StateChanged>(event)) record_.state = read<StateChanged>(event).to;
    if (!record_.armed && record_.state == name_of(CampaignState::arming)) record_.armed = event.time;
    if (is<DetectorRead>(event)) record_.detector = read<DetectorRead>(event).detector;
    if (is<Calibrated>(event))
      for (SpectrumRecord& spectrum : log_.spectra(event.seq))
        record_.calibration[spectrum.role] = std::move(spectrum);
    if (is<CampaignEnded>(event)) record_.ended = read<CampaignEnded>(event);
    if (is<Primed>(event)) record_.primed.insert(read<Primed>(event).stock);
    if (is<Steered>(event)) steered(read<Steered>(event).request);
    if (is<TargetAdded>(event)) added(read<TargetAdded>(event).target);
    if (is<Recovering>(event) && read<Recovering>(event).action == Recovery::standard)
      record_.steps.push_back({Call::want_standard, 0});
    if (is<Resumed>(event)) {
      record_.ended.reset();
      ++record_.resumes;
    }
  }

  CampaignRecord done() && {
    record_.reagents.close();
    for (const auto& [experiment, decision] : record_.decisions)
      if (!record_.outcomes.contains(experiment)) record_.unfinished.push_back(experiment);
    return std::move(record_);
  }

 private:
  using Call = CampaignRecord::Step::Call;

  void steered(const SteerRequest& request) {
    if (request.experiments) record_.budget = request.experiments;
    if (request.target) record_.wished_targets.push_back(*request.target);
  }

  /// Wishes are granted in their order.
  void added(Target target) {
    if (!record_.wished_targets.empty()) record_.wished_targets.erase(record_.wished_targets.begin());
    record_.steps.push_back({Call::add_target, static_cast<int>(record_.added_targets.size())});
    record_.added_targets.push_back(std::move(target));
  }

  void foreseen(Foreseen outlook) {
    const int target = outlook.target;
    record_.outlooks.insert_or_assign(target, std::move(outlook));
  }

  void decided(Decided decision) {
    const int experiment = decision.experiment;
    record_.steps.push_back({Call::ask, experiment});
    if (!record_.decisions.emplace(experiment, std::move(decision)).second)
      contradict(experiment, "is decided twice");
  }

  void finished(Finished end, Instant time) {
    record_.finished[end.experiment] = time;
    record_.steps.push_back({Call::tell, end.experiment});
    if (!record_.decisions.contains(end.experiment))
      contradict(end.experiment, "has an outcome but no decision");
    if (!record_.outcomes.emplace(end.experiment, std::move(end.outcome)).second)
      contradict(end.experiment, "has two outcomes");
  }

  [[noreturn]] void contradict(int experiment, const std::string& what) const {
    throw LogError{log_.file().string() + ": experiment " + std::to_string(experiment) + " " + what};
  }

  const Log& log_;
  CampaignRecord record_;
};

}  // namespace

double hours_of(Instant time) { return in_seconds(time) / 3600.0; }

CampaignRecord read_campaign(const Log& log, std::int64_t last) {
  Reader reader{log};
  log.for_each([&](const Event& event) { reader.take(event); }, {.last = last, .detail = LogDetail::brief});
  return std::move(reader).done();
}

}  // namespace nocturne
