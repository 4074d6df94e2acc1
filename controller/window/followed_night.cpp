#include "controller/window/followed_night.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne {
namespace {

constexpr std::int64_t kBetweenCheckpoints = 256;  // events

bool shows_product(const SpectrumRecord& spectrum) {
  return spectrum.role == "emission" || spectrum.role == "transmission";
}

}  // namespace

FollowedNight::FollowedNight(const std::filesystem::path& file)
    : log_{Log::open(file, Log::Access::read)}, view_{log_.header()} {
  const CampaignHeader& header = log_.header();
  if (header.origin == "campaign") {
    recipe_ = parse_recipe(header.recipe_text, header.recipe_file);
    bench_ = parse_bench(header.bench_text, header.bench_file,
                         std::filesystem::path{header.bench_file}.parent_path());
  }
  checkpoints_.push_back({0, view_});
  follow();
}

void FollowedNight::follow() {
  if (!damage_.empty()) throw LogError{damage_};
  log_.for_each(
      [&](const Event& event) {
        try {
          take(event);
        } catch (const std::exception& error) {
          damage_ = error.what();
          throw;
        }
      },
      {.first = last_ + 1, .detail = LogDetail::brief});
}

void FollowedNight::take(const Event& event) {
  view_.take(event);
  last_ = event.seq;
  end_ = event.time;
  if (event.seq - checkpoints_.back().seq >= kBetweenCheckpoints) checkpoints_.push_back({event.seq, view_});
  if (auto text = journal_.tell(event))
    sentences_.push_back({event.seq, event.time, *std::move(text), tells_of_trouble(event)});
  if (is<Decided>(event)) {
    auto decision = read<Decided>(event);
    const int experiment = decision.experiment;
    experiments_.try_emplace(experiment, Experiment{std::move(decision), event.time, event.seq});
  }
  if (is<Finished>(event)) {
    const auto found = experiments_.find(event.experiment.value_or(0));
    if (found == experiments_.end())
      throw LogError{log_.file().string() + ": event " + std::to_string(event.seq) +
                     " is the outcome of an experiment that was never chosen"};
    found->second.outcome = read<Finished>(event).outcome;
    found->second.finished = event.time;
    found->second.finished_seq = event.seq;
  }
  if (is<InstrumentArmed>(event)) {
    const auto armed = read<InstrumentArmed>(event);
    identities_[armed.name] = {event.seq, armed.identity};
  }
  if (is<Planned>(event)) {
    targets_C_.time_s.push_back(in_seconds(event.time));
    targets_C_.value.push_back(read<Planned>(event).plan.temperature.celsius());
  }
  if (is<Finished>(event) || is<Tripped>(event) || is<CampaignEnded>(event)) {
    targets_C_.time_s.push_back(in_seconds(event.time));
    targets_C_.value.push_back(NAN);
  }
  index(event);
}

const std::map<FollowedNight::SeriesName, FollowedNight::Series>& FollowedNight::series() const {
  if (last_in_series_ == last_) return series_;
  log_.for_each(
      [&](const Event& event) {
        if (is<ReadingTaken>(event)) keep(read<ReadingTaken>(event), in_seconds(event.time));
        last_in_series_ = event.seq;
      },
      {.first = last_in_series_ + 1, .last = last_, .detail = LogDetail::outline});
  return series_;
}

void FollowedNight::keep(const ReadingTaken& reading, double time_s) const {
  const std::pair<const char*, const std::map<std::string, double>&> quantities[] = {
      {"temperature_C", reading.temperature_C}, {"output", reading.output},
      {"flow_uL_min", reading.flow_uL_min},     {"delivered_uL", reading.delivered_uL},
      {"pressure_bar", reading.pressure_bar},   {"mass_g", reading.mass_g}};
  for (const auto& [quantity, values] : quantities)
    for (const auto& [name, value] : values) {
      Series& series = series_[{quantity, name}];
      series.time_s.push_back(time_s);
      series.value.push_back(value);
    }
}

void FollowedNight::index(const Event& event) {
  if (is<Finished>(event) || is<TargetAdded>(event) || is<Recovering>(event)) lessons_.push_back(event.seq);
  if (is<DetectorRead>(event) || is<Calibrated>(event) || is<Resumed>(event)) common_.push_back(event.seq);
  if (is<Planned>(event) || is<FramesTaken>(event) || is<Settled>(event) || is<Finished>(event))
    of_experiment_[event.experiment.value_or(0)].push_back(event.seq);
  if (is<FramesTaken>(event) && std::ranges::any_of(event.spectra, shows_product))
    spectra_.push_back({event.seq, event.time, read<FramesTaken>(event)});
}

std::vector<std::int64_t> FollowedNight::events_behind(int experiment, std::int64_t last) const {
  std::vector<std::int64_t> all = common_;
  if (const auto own = of_experiment_.find(experiment); own != of_experiment_.end())
    all.insert(all.end(), own->second.begin(), own->second.end());
  std::ranges::sort(all);
  all.erase(std::ranges::upper_bound(all, last), all.end());
  return all;
}

std::vector<FollowedNight::Sentence>::const_iterator FollowedNight::sentences_after(std::int64_t seq) const {
  return std::ranges::upper_bound(sentences_, seq, {}, &Sentence::seq);
}

std::int64_t FollowedNight::last_lesson(std::int64_t last) const {
  const auto after = std::ranges::upper_bound(lessons_, last);
  return after == lessons_.begin() ? 0 : *std::prev(after);
}

NightView FollowedNight::view_after(std::int64_t last) const {
  const auto after = std::ranges::upper_bound(checkpoints_, last, {}, &Checkpoint::seq);
  const Checkpoint& before = *std::prev(after);
  NightView view = before.view;
  log_.for_each([&](const Event& event) { view.take(event); },
                {.first = before.seq + 1, .last = last, .detail = LogDetail::brief});
  return view;
}

Moment FollowedNight::at(std::optional<Instant> time) const {
  if (!time) return {*this, end_, last_, view_.facts(), true};
  const std::int64_t last = std::min(log_.last_until(*time), last_);
  return {*this, std::min(*time, end_), last, last == last_ ? view_.facts() : view_after(last).facts(),
          false};
}

}  // namespace nocturne
