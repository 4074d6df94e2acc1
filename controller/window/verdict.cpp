#include "controller/window/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

std::string targets_in_words(const NightFacts& facts) {
  const auto reached =
      std::ranges::count_if(facts.aims, [](const auto& aim) { return aim.reached_at.has_value(); });
  if (facts.aims.size() == 1) return reached ? "the target is reached" : "the target is not reached yet";
  return fmt::format("{} of {} targets are reached", reached, facts.aims.size());
}

std::string end_in_words(const NightFacts& facts) {
  const std::string what = fmt::format("after {} experiments, {}", facts.finished, targets_in_words(facts));
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
  if (facts.state == "paused") return as_sentence("Paused, nothing flows or heats: " + facts.why);
  if (facts.state == "stopping")
    return as_sentence("No more experiments, the bench cools down: " + facts.why);
  if (!facts.experiment)
    return fmt::format("All is well: {} of at most {} experiments are made, {}.", facts.finished,
                       facts.budget, targets_in_words(facts));
  return fmt::format("All is well: experiment {} of at most {} is under way, {}.", *facts.experiment,
                     facts.budget, targets_in_words(facts));
}

bool is_unseen(const NightFacts& facts) { return facts.alarm && !facts.alarm->seen; }

}  // namespace

Verdict verdict_on(const Moment& moment, const Life& life) {
  const NightFacts& facts = moment.facts;
  if (moment.night.imported()) return {"done", "These experiments were made elsewhere, and imported."};
  const bool has_trouble = is_unseen(facts) && facts.alarm->is_trouble;
  if (facts.ended && facts.status == "faulted")
    return {"trouble", as_sentence("The night ended by a fault: " + facts.why)};
  if (facts.state == "faulted")
    return {"trouble", as_sentence("A fault, everything is stopped: " + facts.why)};
  if (has_trouble) return {"trouble", as_sentence("Trouble: " + facts.alarm->what)};
  if (facts.ended) return {"done", end_in_words(facts)};
  if (moment.is_now && !life.is_live)
    return {"trouble", "Nobody runs this night any more, and it has no end: its process is gone."};
  if (facts.state == "holding")
    return {"look", as_sentence("Holding, the feeds stand and the heat is kept: " + facts.why)};
  if (moment.is_now && life.quiet_s > kQuiet_s && facts.state != "idle")
    return {"look", fmt::format("Nothing was heard of this night for more than {}.",
                                least_time_in_words(life.quiet_s))};
  if (is_unseen(facts)) return {"look", as_sentence("A warning: " + facts.alarm->what)};
  return {"fine", course_in_words(facts)};
}

}  // namespace nocturne
