#include <fmt/format.h>

#include "controller/journal/journal.hpp"
#include "controller/output_lines.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"

namespace nocturne {
namespace {

std::string ending(const LoggedNight& night) {
  if (night.imported()) return "Imported experiments: no campaign ran, and there was no target.";
  if (night.record.ended) return sentence_of(*night.record.ended);
  return "The log has no end yet: the campaign is running, or its process is gone.";
}

/// What the night took, as far as it was a night.
TextTable costs(const LoggedNight& night) {
  TextTable table{{"what", "how much"}, {}};
  const int all = static_cast<int>(night.record.outcomes.size());
  table.rows.push_back(
      {"experiments finished", fmt::format("{}, {} of them failed", all, all - night.products())});
  if (!night.record.unfinished.empty())
    table.rows.push_back(
        {"experiments begun and not finished", std::to_string(night.record.unfinished.size())});
  if (night.imported()) return table;
  table.rows.push_back({"time", fmt::format("{:.2f} h", night.hours())});
  for (const auto& [stock, volume] : night.record.reagents.before())
    table.rows.push_back({"of the stock " + stock, fmt::format("{:.2f} mL", in_milliliters(volume))});
  if (night.record.resumes > 0)
    table.rows.push_back({"processes that took over", std::to_string(night.record.resumes)});
  return table;
}

std::string verdict_on(const LoggedNight& night, const Aim& aim) {
  if (const auto first = first_meeting(night, aim.target))
    return fmt::format("Reached by experiment {}, after {:.2f} h.", *first,
                       hours_of(night.record.finished.at(*first)));
  if (aim.given_up) return "Not reached, and given up as out of reach within the bounds.";
  return "Not reached.";
}

Html product_table(const LoggedNight& night, int experiment) {
  const Observation& seen = *night.product(experiment);
  TextTable table{{"what", "value ± standard error"}, {}};
  for (const auto& [name, estimate] : outputs(seen))
    if (name != "edge_length_nm") table.rows.push_back({title_of_output(name), quantity(name, estimate)});
  if (const auto& edge = seen.edge_length_nm)
    table.rows.push_back(
        {"edge length, from the sizing curve",
         fmt::format("{:.2f} nm (90 % interval {:.2f} to {:.2f} nm)", edge->value, edge->low, edge->high)});
  if (!seen.flags.empty()) table.rows.push_back({"flags", in_brackets(seen.flags).substr(1)});
  for (const auto& [name, value] : night.record.decisions.at(experiment).suggestion.conditions)
    table.rows.push_back({"set: " + spoken(name), condition(name, value)});
  return html_of(table);
}

std::string off_target(const LoggedNight& night, int experiment, const Target& target) {
  const auto seen = output(*night.product(experiment), target.output);
  return seen ? fmt::format("{:+.2f} nm", seen->value - target.value) : "";
}

/// The one target of a night.
Html target_part(const LoggedNight& night) {
  const Aim& aim = night.optimizer->aims().front();
  Html part = element("h3", Html{"Target: " + target_in_words(aim.target)});
  const auto best = best_experiment(night, 0);
  if (!best) return part + paragraph(verdict_on(night, aim) + " No experiment gave a product.");
  return part +
         paragraph(fmt::format("{} Best: experiment {}, {}, {} from the target.", verdict_on(night, aim),
                               *best, outcome_in_words(night, *best), off_target(night, *best, aim.target))) +
         product_table(night, *best);
}

std::string when_reached(const LoggedNight& night, const Aim& aim) {
  if (const auto first = first_meeting(night, aim.target))
    return fmt::format("experiment {}, {:.2f} h", *first, hours_of(night.record.finished.at(*first)));
  return aim.given_up ? "no, given up" : "no";
}

/// Several targets: a line for each, and what is known of their best products to be opened.
Html targets_part(const LoggedNight& night) {
  TextTable table{{"target", "reached", "best experiment", "its peak", "from the target"}, {}};
  Html products;
  for (std::size_t i = 0; i < night.optimizer->aims().size(); ++i) {
    const Aim& aim = night.optimizer->aims()[i];
    const std::string target = target_in_words(aim.target);
    const auto best = best_experiment(night, i);
    if (!best) {
      table.rows.push_back({target, "no", "none", "", ""});
      continue;
    }
    table.rows.push_back({target, when_reached(night, aim), std::to_string(*best),
                          outcome_in_words(night, *best), off_target(night, *best, aim.target)});
    products +=
        folded(fmt::format("Best product for {}: experiment {}", target, *best), product_table(night, *best));
  }
  return element("h3", Html{"Targets"}) + html_of(table) + products;
}

}  // namespace

Html result_section(const LoggedNight& night) {
  Html content = element("p", {{"class", "verdict"}}, Html{ending(night)});
  if (night.first_damaged)
    content += element(
        "p", {{"class", "warning"}},
        Html{fmt::format("⚠ The log is damaged: event {} is not what was written.", *night.first_damaged)});
  if (!night.imported())
    content += night.optimizer->aims().size() == 1 ? target_part(night) : targets_part(night);
  content += element("h3", Html{"What it took"}) + html_of(costs(night));
  return section("result", "Result", content);
}

}  // namespace nocturne
