#include "controller/knowledge/earlier_studies.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "controller/campaign/campaign_record.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/repeats.hpp"
#include "recipes/import_map.hpp"
#include "recipes/library.hpp"
#include "recipes/literature_file.hpp"
#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

/// Counts of what is left out, by reason.
using Reasons = std::map<std::string, int>;

/// Conditions that experiments cannot differ in here.
std::map<std::string, double> standing(const EarlierUse& use) {
  std::map<std::string, double> result = use.fixed;
  for (const Variable& variable : use.variables)
    if (variable.low == variable.high && variable.kind != VariableKind::categorical)
      result[variable.name] = variable.low;
  return result;
}

/// Why a record cannot be used; empty if it can.
std::string flaw(const StudyRecord& record, const EarlierUse& use) {
  for (const Variable& variable : use.variables) {
    const auto found = record.conditions.find(variable.name);
    if (found == record.conditions.end())
      return variable.choices.empty() ? "without " + variable.name : "without a known " + variable.name;
    if (variable.scale == Scale::logarithmic && !(found->second > 0.0)) return variable.name + " not above 0";
  }
  const bool wanted = use.outputs.empty() ? !record.measured.empty()
                                          : std::ranges::any_of(use.outputs, [&](const std::string& output) {
                                              return record.measured.contains(output);
                                            });
  return wanted ? "" : "without an output that is modelled";
}

/// Whether all records agree in a condition that does not vary here: then the study's offset covers it.
bool all_agree(const Study& study, const std::string& condition) {
  std::set<double> values;
  for (const StudyRecord& record : study.records)
    if (const auto found = record.conditions.find(condition); found != record.conditions.end())
      values.insert(found->second);
  return values.size() < 2;
}

void leave_out_different(Study& study, const std::string& condition, double value, Reasons& reasons) {
  if (all_agree(study, condition)) return;
  const auto removed = std::erase_if(study.records, [&](const StudyRecord& record) {
    const auto found = record.conditions.find(condition);
    return found != record.conditions.end() && found->second != value;
  });
  if (removed > 0) reasons["at another " + condition] += static_cast<int>(removed);
}

void keep_variables(StudyRecord& record, const std::vector<Variable>& variables) {
  std::erase_if(record.conditions, [&](const auto& condition) {
    return std::ranges::find(variables, condition.first, &Variable::name) == variables.end();
  });
}

std::vector<Study> fitted(std::vector<Study> studies, const EarlierUse& use, Reasons& reasons) {
  for (Study& study : studies) {
    std::erase_if(study.records, [&](const StudyRecord& record) {
      const std::string what = flaw(record, use);
      if (!what.empty()) ++reasons[what];
      return !what.empty();
    });
    for (const auto& [condition, value] : standing(use))
      leave_out_different(study, condition, value, reasons);
    for (StudyRecord& record : study.records) keep_variables(record, use.variables);
  }
  std::erase_if(studies, [](const Study& study) { return study.records.empty(); });
  return studies;
}

std::size_t records_in(const std::vector<Study>& studies) {
  std::size_t count = 0;
  for (const Study& study : studies) count += study.records.size();
  return count;
}

std::string message(const std::string& file, std::size_t used, std::size_t all, const Reasons& reasons) {
  std::string text = file + ": " + std::to_string(used) + " of " + std::to_string(all) + " records used";
  std::string separator = "; left out: ";
  for (const auto& [reason, count] : reasons) {
    text += separator + std::to_string(count) + " " + reason;
    separator = ", ";
  }
  return text;
}

/// Records that are in another log as well count once.
void leave_out_known(std::vector<Study>& studies, const EarlierStudies& result, const EarlierUse& use,
                     Reasons& reasons) {
  int known = 0;
  for (Study& study : studies) {
    known += leave_out_known(result.studies, study);
    if (use.known != nullptr) known += leave_out_known(*use.known, study);
  }
  if (known > 0) reasons["in another log, too"] = known;
  std::erase_if(studies, [](const Study& study) { return study.records.empty(); });
}

/// `studies` of `file`, as far as they are of use.
void take(EarlierStudies& result, std::vector<Study> studies, const std::string& file, const EarlierUse& use,
          Reasons reasons, bool is_log) {
  std::size_t all = records_in(studies);
  for (const auto& [reason, count] : reasons) all += static_cast<std::size_t>(count);
  std::vector<Study> useful = fitted(std::move(studies), use, reasons);
  if (is_log) leave_out_known(useful, result, use, reasons);
  result.messages.push_back(message(file, records_in(useful), all, reasons));
  try {
    append(result.studies, std::move(useful));
  } catch (const FileError& error) {
    throw FileError{file + ": " + error.what()};
  }
}

void take_literature(EarlierStudies& result, const std::string& given, const EarlierUse& use) {
  const fs::path file = find_shipped(given, "literature");
  Literature literature = read_literature(file, {use.material, use.variables, use.outputs});
  Reasons reasons;
  if (literature.other_material > 0) reasons["of another material"] = literature.other_material;
  take(result, std::move(literature.studies), file.string(), use, std::move(reasons), false);
}

bool same_bench(const CampaignHeader& one, const CampaignHeader& other) {
  if (one.origin != "campaign" || one.bench_text != other.bench_text) return false;
  return parse_recipe(one.recipe_text, one.recipe_file).stocks ==
         parse_recipe(other.recipe_text, other.recipe_file).stocks;
}

/// Whether what does not vary here was the same there.
bool stood_alike(const Study& study, const EarlierUse& use) {
  const auto fixed = standing(use);
  return std::ranges::all_of(study.records, [&](const StudyRecord& record) {
    return std::ranges::all_of(fixed, [&](const auto& condition) {
      const auto found = record.conditions.find(condition.first);
      return found != record.conditions.end() && found->second == condition.second;
    });
  });
}

void take_log(EarlierStudies& result, const fs::path& file, const EarlierUse& use) {
  const Log log = Log::open(file, Log::Access::read);
  if (const auto damage = log.damage()) throw LogError{*damage};
  const CampaignHeader& header = log.header();
  const std::string made = parse_material(header.material_text, header.material_file).name;
  if (use.material != nullptr && made != use.material->name)
    throw FileError{file.string() + ": holds experiments on " + made + " (needed: " + use.material->name +
                    ")"};
  Study study = study_of(log);
  study.same_bench = use.campaign != nullptr && same_bench(header, *use.campaign) && stood_alike(study, use);
  take(result, {std::move(study)}, file.string(), use, {}, true);
}

/// Conditions that a log does not repeat with every experiment.
std::map<std::string, double> fixed_in(const CampaignHeader& header) {
  if (header.origin != "campaign") return {};
  return parse_recipe(header.recipe_text, header.recipe_file).fixed;
}

/// Conditions that are words: their numbers mean something within their own log only.
std::set<std::string> words_in(const CampaignHeader& header) {
  std::set<std::string> words;
  if (header.origin == "campaign") return words;
  for (const MappedNumber& condition : parse_import_map(header.recipe_text, header.recipe_file).conditions)
    if (!condition.choices.empty()) words.insert(condition.name);
  return words;
}

}  // namespace

Study study_of(const Log& log) {
  const CampaignRecord record = read_campaign(log);
  const auto fixed = fixed_in(record.header);
  const auto words = words_in(record.header);
  Study study{record.header.id,
              record.header.origin + " " + record.header.id + ", fingerprint " + log.fingerprint(),
              {}};
  for (const auto& [experiment, outcome] : record.outcomes) {
    const auto* observation = std::get_if<Observation>(&outcome);
    if (observation == nullptr || is_repeated(outcome)) continue;
    StudyRecord one;
    one.conditions = record.decisions.at(experiment).suggestion.conditions;
    one.conditions.insert(fixed.begin(), fixed.end());
    std::erase_if(one.conditions, [&](const auto& condition) { return words.contains(condition.first); });
    for (const auto& [name, estimate] : outputs(*observation)) one.measured[name] = estimate;
    study.records.push_back(std::move(one));
  }
  return study;
}

void append(std::vector<Study>& studies, std::vector<Study> more) {
  for (Study& study : more) {
    const std::string name = study.name;
    for (int number = 2; std::ranges::find(studies, study.name, &Study::name) != studies.end(); ++number) {
      const auto same = std::ranges::find(studies, study.name, &Study::name);
      if (same->source == study.source)
        throw FileError{"study '" + name + "' is known already (each counts once)"};
      study.name = name + " (" + std::to_string(number) + ")";
    }
    studies.push_back(std::move(study));
  }
}

EarlierStudies read_earlier(const EarlierRequest& request, const EarlierUse& use) {
  EarlierStudies result;
  for (const std::string& given : request.literature) take_literature(result, given, use);
  for (const fs::path& file : request.logs) take_log(result, file, use);
  return result;
}

std::string text_of(const std::vector<Study>& studies) {
  return studies.empty() ? std::string{} : canonical_text(Json(studies));
}

std::vector<Study> studies_in(const std::string& text) {
  return text.empty() ? std::vector<Study>{} : Json::parse(text).get<std::vector<Study>>();
}

}  // namespace nocturne
