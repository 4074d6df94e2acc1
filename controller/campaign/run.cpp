#include "controller/campaign/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "controller/campaign/night.hpp"
#include "controller/json.hpp"
#include "controller/output_lines.hpp"
#include "controller/virtual/fault_player.hpp"
#include "recipes/experiment_cost.hpp"

namespace nocturne {
namespace {

int exit_status(const std::string& status) {
  if (status == "reached") return 0;
  return status == "faulted" ? 3 : 1;
}

double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const double rank = std::ceil(share * static_cast<double>(values.size()));  // nearest rank
  return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

Json json_of(const TargetResult& result) {
  Json json{{"target", result.target}, {"reached_at", nullptr}};
  if (result.reached_at) json["reached_at"] = *result.reached_at;
  if (result.best) json["best"] = Json{{"conditions", result.best->first}, {"observed", result.best->second}};
  return json;
}

Json summary(const CampaignResult& result, const Log& log, double wall_seconds) {
  Json json{{"campaign", log.header().id},
            {"status", result.status},
            {"why", result.why},
            {"experiments", result.experiments},
            {"reached_at", nullptr},
            {"failures", result.failures},
            {"targets", Json::array()},
            {"virtual_hours", result.campaign_hours},
            {"reagent_mL", result.reagent_mL},
            {"wall_seconds", wall_seconds},
            {"log", log.file().string()},
            {"fingerprint", log.fingerprint()}};
  if (!result.disobeyed.empty()) json["disobeyed"] = result.disobeyed;
  if (const auto reached = result.reached_at()) json["reached_at"] = *reached;
  for (const TargetResult& target : result.targets) json["targets"].push_back(json_of(target));
  if (const Json& first = json["targets"][0]; first.contains("best")) json["best"] = first["best"];
  if (!result.decision_seconds.empty())
    json["decision_seconds"] = Json{{"median", quantile(result.decision_seconds, 0.5)},
                                    {"p95", quantile(result.decision_seconds, 0.95)}};
  return json;
}

std::string heading(const TargetResult& result) {
  return fmt::format("{:.4g} nm, {}", result.target.value,
                     result.reached_at ? fmt::format("experiment {}", *result.reached_at) : "not reached");
}

void tell_people(const TargetResult& result, const std::string& heading, std::ostream& out) {
  if (!result.best) return;
  const Observation& seen = result.best->second;
  out << fmt::format("{}: {:.3f} ± {:.3f} nm", heading, seen.peak_nm->value, seen.peak_nm->standard_error);
  if (seen.fwhm_meV)
    out << fmt::format(", width {:.2f} ± {:.2f} meV", seen.fwhm_meV->value, seen.fwhm_meV->standard_error);
  if (const auto& size = seen.edge_length_nm)
    out << fmt::format(", edge {:.2f} nm ({:.2f} to {:.2f})", size->value, size->low, size->high);
  out << "\n";
  for (const auto& [name, value] : result.best->first) out << fmt::format("  {} = {:.4g}\n", name, value);
}

void tell_people(const CampaignResult& result, const Log& log, double wall_seconds, std::ostream& out) {
  out << fmt::format("{}: {} after {}, {:.1f} h ({:.1f} s of yours)\n", result.status, result.why,
                     counted_as(result.experiments, "experiment"), result.campaign_hours, wall_seconds);
  for (const std::string& what : result.disobeyed) out << "did not obey: " << what << "\n";
  for (const TargetResult& target : result.targets)
    tell_people(target, result.targets.size() == 1 ? "best" : heading(target), out);
  out << fmt::format("log: {}\nfingerprint: {}\n", log.file().string(), log.fingerprint());
}

/// Runs the campaign of an open log to its end.
CampaignResult conduct(const CampaignFiles& files, Log& log, const CampaignRecord* record,
                       const RunOptions& options, const Clock& wall_clock) {
  Progress progress{options.progress};
  Night night{files, log, record, progress, wall_clock};
  if (options.faults) night.rehearse(*options.faults);
  night.keep_to(options.schedule);
  if (options.log_is_there) options.log_is_there();
  return night.run();
}

int report(const CampaignResult& result, const Log& log, double wall_seconds, const RunOptions& options,
           std::ostream& out) {
  if (options.json)
    out << canonical_text(summary(result, log, wall_seconds)) << "\n";
  else
    tell_people(result, log, wall_seconds, out);
  return exit_status(result.status);
}

/// `why` ("instrument: what is wrong") with the place in the bench file that describes the instrument.
std::string located(const std::string& why, const BenchDescription& bench) {
  for (const InstrumentDescription& instrument : bench.instruments)
    if (why.starts_with(instrument.name + ": "))
      return fmt::format("{}:{}: {}", bench.file, instrument.file_line, why);
  return why;
}

/// The log and what SQLite keeps beside it.
void remove_log(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm", "-lock", "-requests"})
    std::filesystem::remove(file.string() + suffix);
}

/// Throws FileError if not even the shortest experiment fits between start and end.
void check_schedule(const CampaignFiles& files, const Schedule& schedule,
                    const std::map<std::string, FeedLimits>& limits) {
  if (!schedule.end_after) return;
  std::optional<Seconds> shortest;
  for (const FlowPlan& plan : some_plans(files.recipe, files.bench, limits)) {
    const Seconds time = expected_cost(files.recipe, files.bench.reactor, plan, std::nullopt).time +
                         time_to_cool(files.bench.reactor, plan.temperature);
    shortest = std::min(shortest.value_or(time), time);
  }
  const double there_s = in_seconds(*schedule.end_after - schedule.start_after);
  if (shortest && there_s < shortest->count())
    throw FileError{fmt::format(
        "--until {}: {:.0f} min are left then, the shortest experiment takes {:.0f} min with its cooling",
        schedule.end, there_s / 60.0, shortest->count() / 60.0)};
}

/// Everything that can be wrong is found before a log exists or anything is opened.
void check(const CampaignFiles& files, const RunOptions& options, const Clock& wall_clock) {
  const std::unique_ptr<Clock> clock = clock_for(files.bench);
  BuiltBench built{*clock, files.bench, files.plant, files.header.seed};
  check_recipe_on_bench(files.recipe, files.bench, built.feed_limits());
  check_schedule(files, options.schedule, built.feed_limits());
  if (options.faults) check(*options.faults, built.virtual_side());
  const Alarm alarm{files.bench, {files.header.id, options.log}, wall_clock};
}

/// The latest end that was asked for, or else the one that the campaign was started with: what is left of it
/// by the wall clock, and by the campaign's, which is ahead of it on a virtual bench. Throws FileError as
/// check_schedule() does.
RunOptions with_latest_end(const RunOptions& asked, const CampaignFiles& files, const CampaignRecord& record,
                           const Log& log) {
  RunOptions options = asked;
  const CampaignHeader& header = log.header();
  if (options.schedule.end_after) {
    const std::unique_ptr<Clock> clock = clock_for(files.bench);
    BuiltBench built{*clock, files.bench, files.plant, header.seed};
    check_schedule(files, options.schedule, built.feed_limits());
  } else if (!header.until.empty()) {
    const double gone_s = std::max(log.seconds_since_start(), in_seconds(record.last_time));
    options.schedule.end = header.until;
    options.schedule.end_after = seconds(std::max(0.0, header.until_s - gone_s));
  }
  return options;
}

}  // namespace

int run(const CampaignFiles& files, const RunOptions& options, const Clock& wall_clock, std::ostream& out) {
  check(files, options, wall_clock);
  const Instant began = wall_clock.now();
  CampaignHeader header = files.header;
  header.until = options.schedule.end;
  if (options.schedule.end_after) header.until_s = in_seconds(*options.schedule.end_after);
  std::optional<Log> log = Log::create(options.log, header);
  const CampaignResult result = conduct(files, *log, nullptr, options, wall_clock);
  if (result.status == "faulted" && !result.brought_up) {
    log.reset();
    remove_log(options.log);
    throw BenchFault{located(result.why, files.bench)};
  }
  return report(result, *log, in_seconds(wall_clock.now() - began), options, out);
}

int resume(const RunOptions& options, const Clock& wall_clock, std::ostream& out) {
  const Instant began = wall_clock.now();
  Log log = Log::open(options.log);
  const CampaignFiles files = campaign_files_of(log.header());
  const CampaignRecord record = read_campaign(log);
  const RunOptions kept = with_latest_end(options, files, record, log);
  const CampaignResult result = conduct(files, log, &record, kept, wall_clock);
  return report(result, log, in_seconds(wall_clock.now() - began), kept, out);
}

}  // namespace nocturne
