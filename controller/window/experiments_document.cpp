#include <algorithm>

#include "controller/campaign/outlook.hpp"
#include "controller/export/export_format.hpp"
#include "controller/export/export_table.hpp"
#include "controller/log/log_snapshot.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/schema.hpp"
#include "recipes/import_map.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

OrderedJson json_of(const Observation& observation) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, estimate] : outputs(observation)) {
    json[name] = {{"value", estimate.value}};
    if (estimate.standard_error > 0.0) json[name]["se"] = estimate.standard_error;
  }
  if (const auto& edge = observation.edge_length_nm) {
    json["edge_length_nm"] = {{"value", edge->value}};
    if (edge->low < edge->high) json["edge_length_nm"].update({{"low", edge->low}, {"high", edge->high}});
  }
  return json;
}

OrderedJson json_of(const std::map<std::string, Interval>& predicted) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, interval] : predicted)
    json[name] = {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
  return json;
}

OrderedJson json_of(const Variable& variable) {
  OrderedJson json{
      {"name", variable.name}, {"low", variable.low}, {"high", variable.high}, {"unit", variable.unit}};
  if (!variable.choices.empty()) json["choices"] = variable.choices;
  return json;
}

/// What rows of an import have in common with variables.
std::vector<Variable> variables_of_import(const FollowedNight& night) {
  std::map<std::string, Variable> variables;
  for (const auto& [number, experiment] : night.experiments())
    for (const auto& [name, value] : experiment.decision.suggestion.conditions) {
      Variable& variable =
          variables.try_emplace(name, Variable{name, value, value, {}, {}, {}, unit_text_in_name(name)})
              .first->second;
      variable.low = std::min(variable.low, value);
      variable.high = std::max(variable.high, value);
    }
  const CampaignHeader& header = night.log().header();
  for (const MappedNumber& mapped : parse_import_map(header.recipe_text, header.recipe_file).conditions)
    if (const auto found = variables.find(mapped.name); found != variables.end())
      found->second.choices = mapped.choices;
  std::vector<Variable> all;
  for (auto& [name, variable] : variables) all.push_back(std::move(variable));
  return all;
}

OrderedJson row_of(const Moment& moment, int number, const FollowedNight::Experiment& experiment) {
  const bool is_finished = experiment.outcome && moment.has(experiment.finished_seq);
  const Suggestion& chosen = experiment.decision.suggestion;
  OrderedJson row{{"experiment", number}, {"decided_s", in_seconds(experiment.decided)}};
  if (is_finished) row["finished_s"] = in_seconds(experiment.finished);
  row["outcome"] = moment.facts.ended ? "unfinished" : "running";
  const Observation* seen = nullptr;
  if (is_finished) {
    seen = std::get_if<Observation>(&*experiment.outcome);
    const Failure* failure = std::get_if<Failure>(&*experiment.outcome);
    row["outcome"] = failure ? name_of(failure->kind) : "ok";
    if (failure) row["detail"] = failure->detail;
  }
  row["conditions"] = chosen.conditions;
  row["observed"] = seen ? json_of(*seen) : OrderedJson::object();
  if (seen && !seen->flags.empty()) row["flags"] = seen->flags;
  if (!chosen.predicted.outputs.empty()) {
    row["predicted"] = json_of(chosen.predicted.outputs);
    row["probability"] = chosen.predicted.probability;
  }
  if (!chosen.reason.empty()) row["why"] = chosen.reason;
  return row;
}

}  // namespace

OrderedJson experiments_document(const Moment& moment) {
  const FollowedNight& night = moment.night;
  OrderedJson variables = OrderedJson::array(), rows = OrderedJson::array();
  for (const Variable& variable : night.recipe() ? night.recipe()->variables : variables_of_import(night))
    variables.push_back(json_of(variable));
  for (const auto& [number, experiment] : night.experiments())
    if (moment.has(experiment.decided_seq)) rows.push_back(row_of(moment, number, experiment));
  return {{"variables", std::move(variables)}, {"experiments", std::move(rows)}};
}

OrderedJson experiment_document(const Moment& moment, int experiment) {
  return row_of(moment, experiment, moment.night.experiments().at(experiment));
}

std::string experiments_csv(const Moment& moment) {
  const LogSnapshot log{moment.night.log().file(), moment.last};
  std::string text;
  write_csv(export_experiments(log), [&](const std::string& line) { text += line; });
  return text;
}

OrderedJson experiment_schema() {
  using namespace schema;
  const OrderedJson value = object({{"value", number()},
                                    maybe("se", number("standard error")),
                                    maybe("low", number("of the 90 % interval")),
                                    maybe("high", number())});
  const OrderedJson interval = object({{"mean", number()}, {"low", number()}, {"high", number()}});
  return object(
      {{"experiment", whole()},
       {"decided_s", number("campaign time")},
       maybe("finished_s", number("campaign time")),
       {"outcome", text("ok, running, unfinished (the night ended before it), or a kind of failure")},
       maybe("detail", text("of a failure")),
       {"conditions", by_name(number(), "with units in their names; of a choice its place, from 0")},
       {"observed", by_name(value, "what was measured, with units in the names")},
       maybe("flags", list(text(), "what to know about the observation")),
       maybe("predicted", by_name(interval, "before it was made, with 90 % intervals")),
       maybe("probability", number("predicted, that the target aimed at is met")),
       maybe("why", text("it was chosen"))},
      "One experiment.");
}

OrderedJson experiments_schema() {
  using namespace schema;
  const OrderedJson variable = object({{"name", text("with its unit")},
                                       {"low", number()},
                                       {"high", number()},
                                       {"unit", text("for people; empty for a ratio")},
                                       maybe("choices", list(text()))});
  return object({{"variables", list(variable, "what the campaign varies, in its order")},
                 {"experiments", list(experiment_schema(), "in the order of their numbers")}},
                "All experiments.");
}

}  // namespace nocturne
