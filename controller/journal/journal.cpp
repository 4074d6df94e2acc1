#include "controller/journal/journal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/campaign/outlook.hpp"
#include "controller/output_lines.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

std::string without_underscores(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string observation_in_words(const Observation& observation) {
  std::vector<std::string> parts;
  for (const auto& [name, estimate] : outputs(observation))
    parts.push_back(without_underscores(spoken(name)) + " " + with_unit(text_of(estimate), name));
  return fmt::format("{}{}", fmt::join(parts, ", "), in_brackets(observation.flags));
}

std::string counted(int count, const std::string& one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string because(const std::string& what, const std::string& why) {
  return why.empty() ? what : what + ": " + why;
}

}  // namespace

std::string spoken(const std::string& name) {
  if (unit_text_in_name(name).empty()) return name;
  const std::string text = without_underscores(name.substr(0, name.rfind('_')));
  return text == "fwhm" ? "width" : text;
}

std::string conditions_in_words(const Conditions& conditions) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : conditions)
    parts.push_back(spoken(name) + " " + with_unit(digits(value), name));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string target_in_words(const Target& target) {
  std::string text =
      spoken(target.output) + " " +
      with_unit(fmt::format("{} ± {}", digits(target.value, 6), digits(target.tolerance)), target.output);
  if (target.fwhm_max_meV > 0.0) text += fmt::format(", width at most {} meV", digits(target.fwhm_max_meV));
  if (target.plqy_min > 0.0) text += fmt::format(", plqy at least {}", digits(target.plqy_min));
  if (target.yield_min > 0.0) text += fmt::format(", yield at least {}", digits(target.yield_min));
  return target.narrowest ? text + ", and the narrowest line of these" : text;
}

std::string as_sentence(std::string text) {
  text = in_one_line(std::move(text));
  while (!text.empty() && text.back() == ' ') text.pop_back();
  const bool is_closed = !text.empty() && std::string{".!?"}.find(text.back()) != std::string::npos;
  return is_closed ? text : text + ".";
}

std::string sentence_of(const SteerRequest& request) {
  if (request.what == "acknowledge")
    return as_sentence(fmt::format("{} has seen the alarm: {}", request.who, request.why));
  const std::string number =
      request.experiments ? " of " + counted_as(*request.experiments, "experiment") : "";
  const std::string target = request.target ? ", " + target_in_words(*request.target) : "";
  return as_sentence(
      fmt::format("{} asks for {}{}{}: {}", request.who, request.what, number, target, request.why));
}

std::string sentence_of(const StateChanged& change) {
  const std::string& to = change.to;
  std::string what = fmt::format("From {} to {}", change.from, to);
  if (to == "arming") what = "The instruments are brought up";
  if (to == "running") what = change.from == "arming" ? "Experiments begin" : "Experiments go on";
  if (to == "holding") what = "Holding, with the feeds stopped and the heat kept";
  if (to == "stopping") what = "No more experiments; the bench is made safe";
  if (to == "faulted") what = "Faulted; the bench is made safe";
  if (to == "done") what = "Done";
  return as_sentence(because(what, change.why));
}

std::string sentence_of(const Tripped& trip) {
  return as_sentence("Tripped, everything is being stopped: " + trip.what);
}

std::string sentence_of(const CampaignEnded& end) {
  return as_sentence(because("The campaign ended as " + without_underscores(end.status), end.why));
}

std::string sentence_of(const Recovering& event) {
  static const std::map<Recovery, std::string> words{
      {Recovery::skip, "it counts as it is"},
      {Recovery::retry, "it is tried once more"},
      {Recovery::clean, "the cell is flushed, and it is tried once more"},
      {Recovery::standard, "the standard comes next"},
      {Recovery::safe, "the campaign ends"}};
  const std::string kind = without_underscores(name_of(event.failure.kind));
  return as_sentence(fmt::format("Experiment {} gave nothing to measure ({}: {}); {}", event.experiment, kind,
                                 event.failure.detail, words.at(event.action)));
}

bool tells_of_trouble(const Event& event) {
  if (is<StateChanged>(event)) {
    const std::string to = read<StateChanged>(event).to;
    return to == "holding" || to == "faulted";
  }
  if (is<Finished>(event)) return std::holds_alternative<Failure>(read<Finished>(event).outcome);
  if (is<Foreseen>(event)) return !read<Foreseen>(event).why_not.empty();
  return is<Warned>(event) || is<Tripped>(event) || is<Recovering>(event) || is<Resumed>(event);
}

std::optional<std::string> Journal::tell(const Event& event) {
  reagents_.follow(event);
  if (is<CampaignStarted>(event)) return started(read<CampaignStarted>(event));
  if (is<StateChanged>(event)) return sentence_of(read<StateChanged>(event));
  if (is<InstrumentArmed>(event)) {
    const auto armed = read<InstrumentArmed>(event);
    return as_sentence(because(armed.name + " is armed", armed.identity));
  }
  if (is<Primed>(event)) {
    const auto primed = read<Primed>(event);
    return as_sentence(
        fmt::format("The tube of {} is filled, with {:.2f} mL", primed.stock, primed.volume_mL));
  }
  if (is<Refilling>(event)) {
    const auto begins = read<Refilling>(event);
    return as_sentence(fmt::format("The syringe of {} is filled again: {:.2f} mL are drawn", begins.stock,
                                   begins.volume_mL));
  }
  if (is<Refilled>(event)) {
    const auto refilled = read<Refilled>(event);
    return as_sentence(fmt::format("The syringe of {} has drawn {:.2f} mL; its bottle holds {:.2f} mL more",
                                   refilled.stock, refilled.volume_mL, refilled.bottle_left_mL));
  }
  if (is<Decided>(event)) return decided(read<Decided>(event));
  if (is<Foreseen>(event)) return foreseen(read<Foreseen>(event));
  if (is<Planned>(event)) return planned(read<Planned>(event));
  if (is<Settled>(event)) {
    const auto settled = read<Settled>(event);
    return as_sentence(because(fmt::format("Experiment {} is steady", settled.experiment), settled.why));
  }
  if (is<Finished>(event)) return finished(read<Finished>(event));
  if (is<Warned>(event)) return as_sentence("Warning: " + read<Warned>(event).what);
  if (is<Steered>(event)) return sentence_of(read<Steered>(event).request);
  if (is<TargetAdded>(event)) return added(read<TargetAdded>(event));
  if (is<Recovering>(event)) return sentence_of(read<Recovering>(event));
  if (is<Tripped>(event)) return sentence_of(read<Tripped>(event));
  if (is<Resumed>(event)) return resumed(read<Resumed>(event));
  if (is<CampaignEnded>(event)) return ended(read<CampaignEnded>(event));
  return std::nullopt;
}

std::string Journal::started(const CampaignStarted& event) {
  targets_ = event.targets;
  std::vector<std::string> aims;
  for (const Target& target : targets_) aims.push_back(target_in_words(target));
  return as_sentence(fmt::format("A campaign begins, aimed at {}; at most {}", fmt::join(aims, "; "),
                                 counted(event.experiments, "experiment")));
}

std::string Journal::added(const TargetAdded& event) {
  targets_.push_back(event.target);
  return as_sentence("From now on also aimed at " + target_in_words(event.target));
}

std::string Journal::decided(const Decided& event) const {
  const Suggestion& chosen = event.suggestion;
  std::string text =
      fmt::format("Experiment {} is chosen: {}", event.experiment, conditions_in_words(chosen.conditions));
  if (!chosen.reason.empty()) text += "; why: " + chosen.reason;
  const auto peak = chosen.predicted.outputs.find("peak_nm");
  if (peak != chosen.predicted.outputs.end())
    text += fmt::format("; expected peak {:.1f} nm ({:.1f} to {:.1f})", peak->second.value, peak->second.low,
                        peak->second.high);
  return as_sentence(std::move(text));
}

/// A first beginning goes without saying, after the decision.
std::optional<std::string> Journal::planned(const Planned& event) {
  if (planned_.insert(event.experiment).second) return std::nullopt;
  return fmt::format("Experiment {} begins again.", event.experiment);
}

std::string Journal::finished(const Finished& event) {
  ++finished_;
  const std::string name = fmt::format("Experiment {}", event.experiment);
  if (const auto* failure = std::get_if<Failure>(&event.outcome)) {
    ++failed_;
    return as_sentence(because(
        fmt::format("{} failed ({})", name, without_underscores(name_of(failure->kind))), failure->detail));
  }
  return as_sentence(name + " gave " + observation_in_words(std::get<Observation>(event.outcome)));
}

std::string Journal::foreseen(const Foreseen& event) const {
  if (!event.why_not.empty()) return as_sentence("Given up: " + event.why_not);
  const auto index = static_cast<std::size_t>(event.target);
  const std::string target =
      index < targets_.size() ? target_in_words(targets_[index]) : fmt::format("target {}", event.target + 1);
  const std::string after = "Outlook after " + counted(event.experiments, "experiment");
  if (event.narrowing_meV)
    return as_sentence(fmt::format("{}: the next is expected to narrow the line by {} meV", after,
                                   digits(*event.narrowing_meV, 2)));
  return as_sentence(
      fmt::format("{}: some conditions meet {} with probability {:.3f}", after, target, event.probability));
}

std::string Journal::resumed(const Resumed& event) {
  ended_ = false;
  const auto count = event.unfinished.size();
  if (count == 0) return "A new process took over; no experiment was under way.";
  return fmt::format("A new process took over; experiment{} {} begin{} again.", count == 1 ? "" : "s",
                     fmt::join(event.unfinished, ", "), count == 1 ? "s" : "");
}

std::string Journal::ended(const CampaignEnded& event) {
  ReagentAccount account = reagents_;
  account.close();
  ended_ = true;
  std::string text = sentence_of(event) + " In all " + counted(finished_, "experiment") +
                     fmt::format(", {} failed", failed_);
  std::vector<std::string> used;
  for (const auto& [stock, volume] : account.before())
    used.push_back(fmt::format("{} {:.2f} mL", stock, in_milliliters(volume)));
  if (!used.empty()) text += fmt::format("; used: {}", fmt::join(used, ", "));
  return text + ".";
}

}  // namespace nocturne
