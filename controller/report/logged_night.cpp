#include "controller/report/logged_night.hpp"

#include <algorithm>
#include <stdexcept>

#include "controller/journal/journal.hpp"
#include "controller/replay/replay_frames.hpp"
#include "optimizer/emission_problem.hpp"
#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

/// Emission of one experiment; nothing if what was read of it makes no spectrum.
std::optional<Spectrum> emission_of(const FrameCollector& frames, int experiment) {
  if (auto imported = frames.imported(experiment)) return imported;
  const MeasurementFrames measured = frames.measurement(experiment);
  if (!frames.detector() || measured.emission.empty()) return std::nullopt;
  try {
    Spectrum light = Correction{*frames.detector(), measured.darks}.light(measured.emission).counts;
    light.value /= measured.emission.front().exposure_s;
    return light;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

/// Follows the events of a log beside its campaign's record.
class NightReader {
 public:
  explicit NightReader(LoggedNight& night) : night_{night} {}

  void take(const Event& event) {
    const double hours = hours_of(event.time);
    if (auto text = journal_.tell(event))
      night_.journal.push_back({hours, *std::move(text), tells_of_trouble(event)});
    if (is<StateChanged>(event)) enter(read<StateChanged>(event).to, hours);
    if (is<ReadingTaken>(event)) night_.readings.push_back({hours, read<ReadingTaken>(event).temperature_C});
    if (is<InstrumentArmed>(event)) {
      const auto armed = read<InstrumentArmed>(event);
      night_.instruments[armed.name] = armed.identity;
    }
    if (is<Refilled>(event)) ++night_.refills[read<Refilled>(event).stock];
    if (is<Planned>(event)) {
      const auto planned = read<Planned>(event);
      night_.plans.push_back({planned.experiment, hours, planned.plan.temperature.celsius()});
    }
    if (is<Finished>(event))
      if (auto spectrum = emission_of(frames_, *event.experiment))
        night_.emission[*event.experiment] = *std::move(spectrum);
    frames_.take(event);
  }

  void end() {
    if (!night_.phases.empty()) night_.phases.back().to_hours = night_.hours();
  }

 private:
  void enter(std::string state, double hours) {
    if (!night_.phases.empty()) night_.phases.back().to_hours = hours;
    night_.phases.push_back({std::move(state), hours, hours});
  }

  LoggedNight& night_;
  Journal journal_;
  FrameCollector frames_;
};

void restore_optimizer(LoggedNight& night) {
  const CampaignHeader& header = night.record.header;
  if (header.origin != "campaign") {
    night.material = parse_material(header.material_text, header.material_file);
    return;
  }
  night.campaign = std::make_unique<RestoredCampaign>(header);
  night.material = night.campaign->files.material;
  night.optimizer = night.campaign->fresh_optimizer();
  restore(*night.optimizer, night.record);
}

}  // namespace

const Observation* LoggedNight::product(int experiment) const {
  const auto found = record.outcomes.find(experiment);
  return found == record.outcomes.end() ? nullptr : std::get_if<Observation>(&found->second);
}

int LoggedNight::products() const {
  return static_cast<int>(std::ranges::count_if(
      record.outcomes, [](const auto& one) { return std::holds_alternative<Observation>(one.second); }));
}

LoggedNight read_night(const Log& log) {
  LoggedNight night;
  night.file = log.file();
  night.record = read_campaign(log);
  NightReader reader{night};
  log.for_each([&](const Event& event) {
    if (event.seq <= night.record.events) reader.take(event);  // a campaign that runs goes on meanwhile
  });
  reader.end();
  const Log::Check check = log.check();
  night.fingerprint = check.fingerprint;
  night.first_damaged = check.first_damaged();
  restore_optimizer(night);
  return night;
}

std::optional<int> best_experiment(const LoggedNight& night, std::size_t target) {
  const auto best = night.optimizer->best(target);
  if (!best) return std::nullopt;
  for (const auto& [experiment, decision] : night.record.decisions) {
    const Observation* seen = night.product(experiment);
    if (seen && decision.suggestion.conditions == best->first && seen->peak_nm && best->second.peak_nm &&
        seen->peak_nm->value == best->second.peak_nm->value)
      return experiment;
  }
  return std::nullopt;
}

std::optional<int> first_meeting(const LoggedNight& night, const Target& target) {
  const auto first = std::ranges::find_if(night.record.outcomes,
                                          [&](const auto& one) { return is_met(target, one.second); });
  return first == night.record.outcomes.end() ? std::nullopt : std::optional{first->first};
}

std::optional<SeenSpectra> spectra_behind(const Log& log, const LoggedNight& night, int experiment) {
  FrameCollector frames;
  std::optional<SeenSpectra> seen;
  log.for_each([&](const Event& event) {
    if (is<Finished>(event) && event.experiment == experiment && frames.detector()) {
      const MeasurementFrames measured = frames.measurement(experiment);
      if (!measured.emission.empty())
        seen =
            seen_spectra(measured, *frames.detector(), interpretation_settings(night.campaign->files.bench));
    }
    if (!seen) frames.take(event);
  });
  return seen;
}

}  // namespace nocturne
