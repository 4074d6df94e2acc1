#include "controller/rehearsal/rehearse_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>

#include "controller/in_parallel.hpp"
#include "controller/json.hpp"
#include "controller/rehearsal/rehearsal.hpp"

namespace nocturne {
namespace {

constexpr int kUntilRefilled = 4;          // experiments, which empty a small syringe
constexpr double kOutOfReach_nm = 1000.0;  // so that they are made

bool is_asked_for(const std::vector<std::string>& asked, const std::string& name) {
  return asked.empty() || std::ranges::find(asked, name) != asked.end();
}

template <class Known>
void refuse_unknown(const std::vector<std::string>& asked, const Known& known, const std::string& what) {
  for (const std::string& name : asked)
    if (std::ranges::find(known, name) == known.end())
      throw FileError{fmt::format("no {} {} here (there are: {})", what, name, fmt::join(known, ", "))};
}

std::vector<Mishap> mishaps_of(const CampaignFiles& files, const RehearseOptions& options) {
  std::vector<std::string> instruments, faults, names;
  const auto known = faults_of(files);
  for (const auto& [instrument, fault] : known) {
    if (std::ranges::find(instruments, instrument) == instruments.end()) instruments.push_back(instrument);
    if (std::ranges::find(faults, fault) == faults.end()) faults.push_back(fault);
  }
  const std::vector<Phase> phases = phases_of(files);
  for (const Phase& phase : phases) names.push_back(phase.name);
  refuse_unknown(options.instruments, instruments, "instrument");
  refuse_unknown(options.faults, faults, "fault");
  refuse_unknown(options.phases, names, "phase");
  std::vector<Mishap> mishaps;
  for (const auto& [instrument, fault] : known)
    for (const Phase& phase : phases)
      if (is_asked_for(options.instruments, instrument) && is_asked_for(options.faults, fault) &&
          is_asked_for(options.phases, phase.name))
        mishaps.push_back({instrument, fault, phase});
  return mishaps;
}

Json json_of(const Rehearsed& night) {
  Json json{{"instrument", night.mishap.instrument},
            {"fault", night.mishap.fault},
            {"phase", night.mishap.phase.name},
            {"struck_at_s", night.mishap.phase.at.count()},
            {"status", night.status},
            {"hottest_C", night.hottest_C},
            {"heat_held_s", night.heat_held_s},
            {"reagent_lost_mL", night.reagent_lost_mL},
            {"leaked_unseen_mL", night.leaked_unseen_mL},
            {"attempts_lost", night.attempts_lost},
            {"breaches", night.breaches}};
  if (night.noticed_s) json["noticed_s"] = *night.noticed_s;
  if (night.noticed_s) json["noticed_as"] = night.noticed_as;
  if (night.flow_off_s) json["flow_off_s"] = *night.flow_off_s;
  if (night.heat_off_s) json["heat_off_s"] = *night.heat_off_s;
  if (night.limit_to_off_s) json["limit_to_off_s"] = *night.limit_to_off_s;
  return json;
}

std::string seconds_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value) : "-";
}

std::string for_people(const Rehearsed& night) {
  const bool over = night.status == "faulted";
  const bool alone = over && (!night.flow_off_s || !night.heat_off_s);
  const std::string end = alone                     ? "goes on alone"
                          : over                    ? "made safe"
                          : night.heat_held_s > 0.0 ? "held, went on"
                                                    : "went on";
  std::string text =
      fmt::format("{:<7} {:<13} {:<15} {:<9} {:<14} {:>8} {:>8} {:>8} {:>6.1f} {:>8.2f} {:>5}  {}",
                  night.breaches.empty() ? "ok" : "BREACH", night.mishap.instrument, night.mishap.fault,
                  night.mishap.phase.name, end, seconds_text(night.noticed_s),
                  over ? seconds_text(night.flow_off_s) : "-", over ? seconds_text(night.heat_off_s) : "-",
                  night.hottest_C, night.reagent_lost_mL, night.attempts_lost, night.noticed_as);
  for (const std::string& breach : night.breaches) text += "\n        " + breach;
  return text;
}

std::string heading() {
  return fmt::format("{:<7} {:<13} {:<15} {:<9} {:<14} {:>8} {:>8} {:>8} {:>6} {:>8} {:>5}  {}", "",
                     "instrument", "fault", "in", "the night", "noticed", "flow off", "heat off", "at °C",
                     "lost mL", "tries", "as");
}

CampaignFiles files_of(const RehearseOptions& options) {
  const auto refilled = [](const FeedDescription& feed) { return feed.refill.has_value(); };
  CampaignOverrides overrides;
  overrides.budget = 1;
  if (std::ranges::any_of(read_bench(options.bench).feeds, refilled)) {
    overrides.budget = kUntilRefilled;
    overrides.targets_nm = {kOutOfReach_nm};
  }
  overrides.optimizer = "sobol";  // what is chosen does not matter here
  CampaignFiles files = read_campaign_files(options.recipe, options.bench, overrides);
  make_virtual(files, options.plant);
  return files;
}

}  // namespace

int rehearse(const RehearseOptions& options, std::ostream& out, std::ostream& messages) {
  const CampaignFiles files = files_of(options);
  const std::vector<Mishap> mishaps = mishaps_of(files, options);
  messages << fmt::format("{} nights\n", mishaps.size()) << std::flush;
  std::vector<std::optional<Rehearsed>> done(mishaps.size());
  std::size_t told = 0;
  std::mutex telling;
  if (!options.json) out << heading() << '\n';
  in_parallel(options.jobs > 0 ? options.jobs : hardware_threads(), mishaps.size(), [&](std::size_t i) {
    Rehearsed night = rehearse(files, mishaps[i]);
    const std::lock_guard lock{telling};
    done[i] = std::move(night);
    for (; told < done.size() && done[told]; ++told)
      out << (options.json ? canonical_text(json_of(*done[told])) : for_people(*done[told])) << std::endl;
  });
  const auto breaches =
      std::ranges::count_if(done, [](const auto& night) { return !night->breaches.empty(); });
  messages << fmt::format("{} of {} nights with a breach\n", breaches, done.size());
  return breaches == 0 ? 0 : 1;
}

}  // namespace nocturne
