#include "controller/watch/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "controller/log/log_lock.hpp"
#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

// Readings come every ten seconds; when nothing came for so long, somebody has to look.
constexpr double kQuiet_s = 45.0;

bool has_all_it_wants(const NightFacts& facts) {
  return facts.status == "reached" ||
         (!facts.aims.empty() &&
          std::ranges::all_of(facts.aims, [](const auto& aim) { return aim.reached_at.has_value(); }));
}

std::string targets_in_words(const NightFacts& facts) {
  const auto reached =
      std::ranges::count_if(facts.aims, [](const auto& aim) { return aim.reached_at.has_value(); });
  if (facts.aims.size() == 1 && !reached)
    return facts.ended ? "the target is not reached" : "the target is not reached yet";
  if (facts.aims.size() == 1) return "the target is reached";
  return fmt::format("{} of {} targets are reached", reached, facts.aims.size());
}

std::string end_in_words(const NightFacts& facts) {
  const std::string what = fmt::format("after {} experiment{}, {}", facts.finished,
                                       facts.finished == 1 ? "" : "s", targets_in_words(facts));
  if (facts.status == "stopped") return as_sentence(fmt::format("Stopped {}: {}", what, facts.why));
  return fmt::format("The night is over {}{}.", what,
                     facts.status == "budget_spent" ? ", and the budget is spent" : "");
}

/// In steps, so that nobody is told every second.
std::string least_time_in_words(double time_s) {
  return time_s < 120.0 ? fmt::format("{:.0f} s", 30.0 * std::floor(time_s / 30.0))
                        : fmt::format("{:.0f} min", std::floor(time_s / 60.0));
}

/// Nothing went wrong.
std::string course_in_words(const NightFacts& facts) {
  if (facts.state == "idle") return "The night has not begun yet.";
  if (facts.state == "arming") return "The instruments are being brought up.";
  if (!facts.experiment)
    return fmt::format("All is well: {} made of at most {}, {}.", counted_as(facts.finished, "experiment"),
                       facts.budget, targets_in_words(facts));
  return fmt::format("All is well: experiment {} of at most {} is under way, {}.", *facts.experiment,
                     facts.budget, targets_in_words(facts));
}

bool is_unseen(const NightFacts& facts) { return facts.alarm && !facts.alarm->seen; }

/// The states in which a night waits for somebody, or gives up; empty = it is in none.
std::string standstill_in_words(const NightFacts& facts) {
  if (facts.state == "holding")
    return as_sentence("Holding, the feeds stand and the heat is kept: " + facts.why);
  if (facts.state == "paused")
    return as_sentence("Paused until somebody resumes, nothing flows or heats: " + facts.why);
  if (facts.state == "stopping")
    return as_sentence("No more experiments, the bench cools down: " + facts.why);
  return "";
}

}  // namespace

Life life_of(const Log& log) {
  Life life;
  life.is_live = LogLock::is_held(log.file());
  if (life.is_live) life.quiet_s = log.seconds_since_last().value_or(0.0);
  return life;
}

Verdict verdict_on(const NightFacts& facts, const std::optional<Life>& life) {
  if (facts.imported) return {"done", "These experiments were made elsewhere, and imported."};
  if (facts.ended && facts.status == "faulted")
    return {"trouble", as_sentence("The night ended by a fault: " + facts.why)};
  if (facts.state == "faulted")
    return {"trouble", as_sentence("A fault, everything is stopped: " + facts.why)};
  if (is_unseen(facts) && facts.alarm->is_trouble)
    return {"trouble", as_sentence("Trouble: " + facts.alarm->what)};
  if (facts.ended) return {has_all_it_wants(facts) ? "done" : "ended", end_in_words(facts)};
  if (life && !life->is_live)
    return {"trouble", "Nobody runs this night any more, and it has no end: its process is gone."};
  const std::string standstill = standstill_in_words(facts);
  const bool ends_well = facts.state == "stopping" && has_all_it_wants(facts);
  if (!standstill.empty() && !ends_well) return {"look", standstill};
  if (life && life->quiet_s > kQuiet_s && facts.state != "idle")
    return {"look", fmt::format("Nothing was heard of this night for more than {}.",
                                least_time_in_words(life->quiet_s))};
  if (is_unseen(facts)) return {"look", as_sentence("A warning: " + facts.alarm->what)};
  return {"fine", ends_well ? standstill : course_in_words(facts)};
}

std::string heading_of(const Verdict& verdict) {
  static const std::map<std::string, std::string> headings{{"fine", "Fine"},
                                                           {"look", "Have a look"},
                                                           {"trouble", "Trouble"},
                                                           {"done", "Done"},
                                                           {"ended", "Ended"}};
  return headings.at(verdict.word);
}

std::optional<double> expected_left_s(const NightFacts& facts, Instant now) {
  if (facts.ended || facts.state == "stopping" || !facts.usual_experiment_s) return std::nullopt;
  const double experiments_s = std::max(0, facts.budget - facts.finished) * *facts.usual_experiment_s;
  return std::max(0.0, std::min(experiments_s, facts.budget_time.count() - in_seconds(now)));
}

}  // namespace nocturne
