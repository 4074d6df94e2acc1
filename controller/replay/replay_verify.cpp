#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "controller/campaign/outlook.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/repeats.hpp"
#include "controller/replay/replay.hpp"
#include "controller/replay/replay_frames.hpp"

namespace nocturne {
namespace {

constexpr double kSmallest = 1e-9;  // numbers below it are compared as if they were it

/// The first value that differs, by its path in the event's body.
std::string difference(const std::string& logged, const std::string& again) {
  const Json before = Json::parse(logged);
  const Json after = Json::parse(again);
  const Json changes = Json::diff(before, after);
  if (changes.empty()) return "is spelled differently";
  const Json::json_pointer path{changes[0].at("path").get<std::string>()};
  const auto value = [&](const Json& body) {
    return body.contains(path) ? canonical_text(body.at(path)) : "absent";
  };
  return path.to_string() + " is " + value(before) + " in the log and " + value(after) + " now";
}

struct Deviation {
  double relative = 0.0;
  std::string path;
};

/// The largest between two bodies that differ in numbers only; infinite where they differ in anything else.
Deviation deviation(const Json& before, const Json& after, const std::string& path = "") {
  if (before.is_number_float() && after.is_number_float()) {
    const double one = before.get<double>(), other = after.get<double>();
    return {std::abs(one - other) / std::max({std::abs(one), std::abs(other), kSmallest}), path};
  }
  if (before.type() != after.type() || before.size() != after.size()) return {HUGE_VAL, path};
  if (!before.is_structured()) return {before == after ? 0.0 : HUGE_VAL, path};
  Deviation largest;
  const auto all_before = before.items(), all_after = after.items();  // in one order: canonical
  auto other = all_after.begin();
  for (const auto& [key, value] : all_before) {
    const std::string below = path + "/" + key;
    const Deviation one =
        key == other.key() ? deviation(value, other.value(), below) : Deviation{HUGE_VAL, below};
    if (one.relative > largest.relative) largest = one;
    ++other;
  }
  return largest;
}

/// Lives through a log once more.
class Verifier {
 public:
  Verifier(const Log& log, const ReplayTools& tools)
      : tools_{tools},
        again_{log.header().origin == "campaign"},
        optimizer_{again_ ? tools.optimizer() : nullptr} {}

  void take(const Event& event) {
    ++result_.events;
    if (result_.first_difference) return;
    if (is<Foreseen>(event) && again_) foresee_again(event);
    if (is<TargetAdded>(event) && again_) optimizer_->add_target(read<TargetAdded>(event).target);
    if (is<Recovering>(event) && again_ && read<Recovering>(event).action == Recovery::standard)
      optimizer_->want_standard();
    if (is<Decided>(event)) again_ ? ask_again(event) : void(++result_.foreign_decisions);
    if (is<Finished>(event)) again_ ? finish_again(event) : void(++result_.foreign_outcomes);
    frames_.take(event);
  }

  Verification result() && { return std::move(result_); }

 private:
  void foresee_again(const Event& event) {
    const Foreseen logged = read<Foreseen>(event);
    const std::optional<Foreseen> again = look_ahead(*optimizer_, logged.experiments, outlooks_);
    if (!again) return differ(event, "nothing can be foreseen yet");
    compare(event, event_of(event.time, *again));
    if (!logged.why_not.empty()) optimizer_->give_up(static_cast<std::size_t>(logged.target));
    outlooks_.insert_or_assign(logged.target, logged);
  }

  void ask_again(const Event& event) {
    const Decided decision = read<Decided>(event);
    ++result_.decisions;
    Decided again = decision;
    again.asked = result_.decisions;
    again.suggestion = optimizer_->ask(decision.pending, decision.left_mL);
    compare(event, event_of(event.time, again));
    conditions_[decision.experiment] = decision.suggestion.conditions;
  }

  void finish_again(const Event& event) {
    const Finished finished = read<Finished>(event);
    if (finished.interpreted)
      interpret_again(event, finished);
    else
      ++result_.foreign_outcomes;
    const auto conditions = conditions_.find(finished.experiment);
    if (conditions == conditions_.end())
      differ(event, "experiment " + std::to_string(finished.experiment) + " was never decided");
    else
      optimizer_->tell(conditions->second, finished.outcome, hours_of(event.time));
  }

  void interpret_again(const Event& event, const Finished& finished) {
    ++result_.observations;
    if (!frames_.detector()) return differ(event, "the log describes no detector before it");
    try {
      Finished again = finished;
      again.outcome = tools_.interpret(frames_.measurement(finished.experiment), *frames_.detector());
      compare(event, event_of(event.time, again));
    } catch (const std::invalid_argument& error) {
      differ(event, std::string{"its frames cannot be interpreted: "} + error.what());
    }
  }

  void compare(const Event& logged, const Event& again) {
    if (logged.body == again.body) return;
    const Json before = Json::parse(logged.body), after = Json::parse(again.body);
    const Deviation found = deviation(before, after);
    if (found.relative > tools_.tolerance || found.relative == 0.0)
      return differ(logged, difference(logged.body, again.body));
    if (found.relative <= result_.deviation) return;
    result_.deviation = found.relative;
    result_.largest_deviation = Verification::Difference{logged.seq, place_of(logged) + found.path};
  }

  static std::string place_of(const Event& event) {
    return event.kind +
           (event.experiment ? " of experiment " + std::to_string(*event.experiment) : std::string{}) + ": ";
  }

  void differ(const Event& event, const std::string& what) {
    if (result_.first_difference) return;
    result_.first_difference = Verification::Difference{event.seq, place_of(event) + what};
  }

  const ReplayTools& tools_;
  bool again_;  // an import has nothing that was computed
  std::unique_ptr<Optimizer> optimizer_;
  FrameCollector frames_;
  std::map<int, Foreseen> outlooks_;      // by target
  std::map<int, Conditions> conditions_;  // by experiment
  Verification result_;
};

Json json_of(const Verification& result, double wall_seconds) {
  Json json{{"events", result.events},
            {"decisions", result.decisions},
            {"observations", result.observations},
            {"identical", result.identical()},
            {"first_difference", nullptr},
            {"wall_seconds", wall_seconds}};
  if (const auto& first = result.first_difference)
    json["first_difference"] = {{"seq", first->seq}, {"what", first->what}};
  if (const auto& most = result.largest_deviation)
    json["largest_deviation"] = {
        {"seq", most->seq}, {"what", most->what}, {"relative", result.deviation}, {"tolerance", kElsewhere}};
  if (result.foreign_decisions + result.foreign_outcomes > 0)
    json["not_verifiable"] = {{"decisions", result.foreign_decisions},
                              {"observations", result.foreign_outcomes}};
  return json;
}

std::string verdict(const Verification& result, const std::string& fingerprint) {
  if (const auto& first = result.first_difference)
    return "event " + std::to_string(first->seq) + " differs: " + first->what;
  std::string text = result.identical() ? "identical" : "nothing that could be computed again";
  if (const auto& most = result.largest_deviation)
    text = fmt::format(
        "the same within {:g}, computed by another build or other CPU kernels than the log's; most is {:.1e} "
        "in event {}, {}",
        kElsewhere, result.deviation, most->seq, most->what);
  if (result.foreign_decisions + result.foreign_outcomes > 0)
    text += "; not computed here and so not verifiable: " + std::to_string(result.foreign_decisions) +
            " decisions, " + std::to_string(result.foreign_outcomes) + " outcomes";
  return text + " (every event is as it was written, fingerprint " + fingerprint + ")";
}

}  // namespace

std::function<Outcome(const MeasurementFrames&, const Detector&)> interpretation(
    Material material, InterpretationSettings settings) {
  return
      [material = std::move(material), settings](const MeasurementFrames& frames, const Detector& detector) {
        return interpret(frames, detector, material, settings);
      };
}

void restore(Optimizer& optimizer, const CampaignRecord& record) {
  const bool timed = record.header.origin == "campaign";  // a table says nothing of times
  using Call = CampaignRecord::Step::Call;
  for (const auto& [call, number] : record.steps) {
    if (call == Call::add_target)
      optimizer.add_target(record.added_targets.at(static_cast<std::size_t>(number)));
    if (call == Call::want_standard) optimizer.want_standard();
    if (call != Call::tell || is_repeated(record.outcomes.at(number))) continue;
    const std::optional<double> hours =
        timed ? std::optional{hours_of(record.finished.at(number))} : std::nullopt;
    optimizer.tell(record.decisions.at(number).suggestion.conditions, record.outcomes.at(number), hours);
  }
  for (const auto& [target, outlook] : record.outlooks)
    if (!outlook.why_not.empty()) optimizer.give_up(static_cast<std::size_t>(target));
}

Verification verify(const Log& log, const ReplayTools& tools) {
  const Log::Check check = log.check();
  if (const auto first = check.first_damaged()) {
    Verification damaged;
    damaged.events = log.size();
    damaged.first_difference = Verification::Difference{*first, "is not what was written"};
    return damaged;
  }
  Verifier verifier{log, tools};
  log.for_each([&](const Event& event) { verifier.take(event); });
  return std::move(verifier).result();
}

int replay_verify(const Log& log, const ReplayTools& tools, const Clock& wall_clock, bool json,
                  std::ostream& out) {
  const Instant start = wall_clock.now();
  const Verification result = verify(log, tools);
  const double wall_seconds = in_seconds(wall_clock.now() - start);
  if (json) {
    out << canonical_text(json_of(result, wall_seconds)) << '\n';
  } else {
    out << result.events << " events, " << result.decisions << " decisions, " << result.observations
        << " observations: " << verdict(result, log.fingerprint()) << '\n';
  }
  return result.agrees() ? 0 : 1;
}

}  // namespace nocturne
