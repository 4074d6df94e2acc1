#include <algorithm>
#include <optional>
#include <set>

#include "controller/knowledge/design.hpp"
#include "controller/replay/replay.hpp"
#include "optimizer/emission_problem.hpp"
#include "recipes/import_map.hpp"
#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

constexpr double kDecade = 10.0;

/// The values that a condition had, over the finished experiments.
struct Column {
  std::set<double> values;
  std::size_t rows = 0;
};

std::map<std::string, Column> columns_of(const CampaignRecord& record) {
  std::map<std::string, Column> columns;
  for (const auto& [experiment, outcome] : record.outcomes)
    for (const auto& [name, value] : record.decisions.at(experiment).suggestion.conditions) {
      columns[name].values.insert(value);
      ++columns[name].rows;
    }
  return columns;
}

/// A condition over more than a decade is told apart by its ratios.
Variable variable_of(const std::string& name, const Column& column, std::vector<std::string> choices) {
  Variable variable;
  variable.name = name;
  variable.low = *column.values.begin();
  variable.high = *column.values.rbegin();
  if (variable.low > 0.0 && variable.high > kDecade * variable.low) variable.scale = Scale::logarithmic;
  if (choices.empty()) return variable;
  variable.kind = VariableKind::categorical;
  variable.choices = std::move(choices);
  return variable;
}

bool made_at_several_ratios(const std::map<std::string, Column>& columns) {
  const auto bromide = columns.find("br_pb");
  return bromide != columns.end() && bromide->second.values.size() > 1;
}

}  // namespace

ImportedModel untold_model_of_imported(const CampaignRecord& record, const std::string& file,
                                       const ImportedStart& start) {
  const Material material = parse_material(record.header.material_text, record.header.material_file);
  const ImportMap map = parse_import_map(record.header.recipe_text, record.header.recipe_file);
  ImportedModel result;
  result.choices = choices_of(map);

  Optimizer::Options options;
  std::map<std::string, std::set<double>> tried;  // a choice that nobody made is not proposed
  bool differ = false;
  const auto columns = columns_of(record);
  for (const auto& [name, column] : columns) {
    if (column.rows < record.outcomes.size()) {
      result.left_out.push_back(name);
      continue;
    }
    const auto choices = result.choices.find(name);
    const bool in_words = choices != result.choices.end();
    options.variables.push_back(
        variable_of(name, column, in_words ? choices->second : std::vector<std::string>{}));
    if (in_words) tried[name] = column.values;
    differ = differ || column.values.size() > 1;
  }
  if (!differ)
    throw FileError{file + ": the imported experiments do not differ in any condition that all have"};
  options.feasible = [tried](const Conditions& conditions) {
    return std::ranges::all_of(
        tried, [&](const auto& one) { return one.second.contains(conditions.at(one.first)); });
  };
  if (made_at_several_ratios(columns)) options.emitters = emitters_of(material);
  EarlierStudies studies = read_earlier(start.earlier, {options.variables, {}, {}, &material});
  options.earlier = std::move(studies.studies);
  options.targets = start.targets;
  options.seed = start.seed;
  options.strategy = start.strategy;
  result.messages = std::move(studies.messages);
  result.variables = options.variables;
  result.optimizer = std::make_unique<Optimizer>(std::move(options));
  return result;
}

ImportedModel model_of_imported(const CampaignRecord& record, const std::string& file,
                                const EarlierRequest& earlier, const Target& wish) {
  ImportedModel result = untold_model_of_imported(record, file, {{wish}, earlier});
  restore(*result.optimizer, record);
  return result;
}

}  // namespace nocturne
