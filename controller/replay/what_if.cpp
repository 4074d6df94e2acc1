#include "controller/replay/what_if.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>

#include "controller/campaign/outlook.hpp"
#include "controller/campaign/restored_campaign.hpp"
#include "controller/knowledge/design.hpp"
#include "controller/knowledge/repeats.hpp"
#include "controller/output_lines.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

constexpr double kEvenOdds = 0.5;  // of a product, below which the model says that there was none

/// What a wish is answered with.
class Oracle {
 public:
  virtual ~Oracle() = default;
  /// Lets the optimizer choose, and answers. Nothing if there is no answer left.
  virtual std::optional<Imagined> next(Optimizer& optimizer) = 0;
  virtual std::string caveat(const std::vector<Imagined>& answers) const = 0;
};

int products_in(const CampaignRecord& record) {
  return static_cast<int>(std::ranges::count_if(
      record.outcomes, [](const auto& one) { return std::holds_alternative<Observation>(one.second); }));
}

/// The expectation of a model that knows the whole night.
class ModelOfNight final : public Oracle {
 public:
  ModelOfNight(const CampaignRecord& record, const std::vector<Target>& targets) : record_{record} {
    CampaignHeader header = record.header;
    header.optimizer = kDefaultStrategy;
    RestoredCampaign campaign{header};
    campaign.files.recipe.targets.insert(campaign.files.recipe.targets.end(), targets.begin(), targets.end());
    model_ = campaign.fresh_optimizer();
    restore(*model_, record);
    std::map<std::string, int> measured;
    for (const auto& [experiment, outcome] : record.outcomes)
      if (const auto* seen = std::get_if<Observation>(&outcome))
        for (const auto& [name, value] : outputs(*seen))
          usual_error_[name] += (value.standard_error - usual_error_[name]) / ++measured[name];
  }

  std::optional<Imagined> next(Optimizer& optimizer) override {
    const Conditions wish = optimizer.ask().conditions;
    const Prediction expected = model_->predict(wish);
    Imagined result{wish, {}, {}, {}, 0.0};
    const auto peak = expected.outputs.find("peak_nm");
    if (expected.success < kEvenOdds || peak == expected.outputs.end()) {
      result.outcome = Failure{FailureKind::no_emission,
                               fmt::format("a product has probability {:.2f}", expected.success)};
      return result;
    }
    result.peak_nm = peak->second;
    Observation seen;
    seen.peak_nm = estimate(expected, "peak_nm");
    seen.fwhm_meV = estimate(expected, "fwhm_meV");
    seen.plqy = estimate(expected, "plqy");
    seen.yield = estimate(expected, "yield");
    result.outcome = std::move(seen);
    return result;
  }

  std::string caveat(const std::vector<Imagined>&) const override {
    return fmt::format(
        "nothing of this was measured: a model of the {} logged experiments answers with what it expects, "
        "without noise or bad luck, and where the night never went with what it believed beforehand; it "
        "thinks "
        "like the default optimizer, which this flatters",
        record_.outcomes.size());
  }

 private:
  std::optional<Estimate> estimate(const Prediction& expected, const std::string& name) const {
    const auto found = expected.outputs.find(name);
    if (found == expected.outputs.end()) return std::nullopt;
    const auto error = usual_error_.find(name);
    return Estimate{found->second.value, error == usual_error_.end() ? 0.0 : error->second};
  }

  const CampaignRecord& record_;
  std::unique_ptr<Optimizer> model_;
  std::map<std::string, double> usual_error_;  ///< the mean of all measurements'
};

/// Each logged experiment, once.
class LoggedOutcomes final : public Oracle {
 public:
  LoggedOutcomes(const CampaignRecord& record, std::vector<Variable> variables)
      : record_{record}, space_{std::move(variables)} {
    for (const auto& [experiment, outcome] : record.outcomes) left_.push_back(experiment);
  }

  std::optional<Imagined> next(Optimizer& optimizer) override {
    if (left_.empty()) return std::nullopt;
    const Eigen::VectorXd wished = space_.to_unit(optimizer.ask().conditions);
    const auto away = [&](int experiment) {
      return (space_.to_unit(conditions_of(experiment)) - wished).norm() /
             std::sqrt(static_cast<double>(wished.size()));
    };
    const auto nearest = std::ranges::min_element(left_, {}, away);
    const int experiment = *nearest;
    left_.erase(nearest);
    return Imagined{
        conditions_of(experiment), record_.outcomes.at(experiment), {}, experiment, away(experiment)};
  }

  std::string caveat(const std::vector<Imagined>& answers) const override {
    double sum = 0.0;
    for (const Imagined& one : answers) sum += one.away;
    const double mean = answers.empty() ? 0.0 : sum / static_cast<double>(answers.size());
    return fmt::format(
        "nothing was made that was wished for: the nearest of {} logged experiments answered, each once, on "
        "average {:.0f} % of the ranges away; they lie where the logged night looked, not where this one "
        "would "
        "have",
        record_.outcomes.size(), 100.0 * mean);
  }

 private:
  const Conditions& conditions_of(int experiment) const {
    return record_.decisions.at(experiment).suggestion.conditions;
  }

  const CampaignRecord& record_;
  DecisionSpace space_;
  std::vector<int> left_;
};

/// The rows of somebody's table are all that can be chosen, each once.
class RowsOfTable final : public Oracle {
 public:
  RowsOfTable(const CampaignRecord& record, const std::vector<Variable>& variables) : record_{record} {
    for (const auto& [experiment, outcome] : record.outcomes) {
      if (is_repeated(outcome)) continue;
      Conditions conditions;
      for (const Variable& variable : variables)
        conditions[variable.name] = record.decisions.at(experiment).suggestion.conditions.at(variable.name);
      pool_.push_back(std::move(conditions));
      experiments_.push_back(experiment);
    }
    all_ = pool_.size();
  }

  std::optional<Imagined> next(Optimizer& optimizer) override {
    if (pool_.empty()) return std::nullopt;
    const auto row = static_cast<std::ptrdiff_t>(optimizer.ask_from(pool_));
    const int experiment = experiments_[static_cast<std::size_t>(row)];
    Imagined chosen{
        pool_[static_cast<std::size_t>(row)], record_.outcomes.at(experiment), {}, experiment, 0.0};
    pool_.erase(pool_.begin() + row);
    experiments_.erase(experiments_.begin() + row);
    return chosen;
  }

  std::string caveat(const std::vector<Imagined>&) const override {
    return fmt::format(
        "only the {} rows of the table could be chosen, each once: they were measured, but they lie where "
        "the "
        "study looked, and what it did not publish is missing",
        all_);
  }

 private:
  const CampaignRecord& record_;
  std::vector<Conditions> pool_;
  std::vector<int> experiments_;
  std::size_t all_ = 0;
};

/// The campaign as it would have begun.
CampaignHeader changed(const CampaignHeader& logged, const WhatIf& change) {
  CampaignHeader header = logged;
  if (change.optimizer) header.optimizer = *change.optimizer;
  check_strategy(header.optimizer);
  if (change.budget) header.budget = change.budget;
  if (change.seed) header.seed = *change.seed;
  if (!change.targets_nm.empty())
    header.targets = with_targets(campaign_files_of(logged).recipe, change.targets_nm).targets;
  return header;
}

std::optional<int> first_meeting(const Target& target, const CampaignRecord& record) {
  const auto first =
      std::ranges::find_if(record.outcomes, [&](const auto& done) { return is_met(target, done.second); });
  return first == record.outcomes.end() ? std::nullopt : std::optional{first->first};
}

double hours_per_experiment(const CampaignRecord& record) {
  const auto last =
      std::ranges::max_element(record.finished, {}, [](const auto& finished) { return finished.second; });
  return last == record.finished.end() ? 0.0
                                       : hours_of(last->second) / static_cast<double>(record.finished.size());
}

std::string peak_in_words(const Observation& seen) {
  return seen.peak_nm ? text_of(*seen.peak_nm) + " nm" : "no peak is told";
}

std::string outcome_in_words(const Imagined& one) {
  std::string text;
  if (const auto* failure = std::get_if<Failure>(&one.outcome))
    text = fmt::format("{}: {}", name_of(failure->kind), failure->detail);
  else
    text = peak_in_words(std::get<Observation>(one.outcome));
  if (one.peak_nm)
    text =
        fmt::format("{:.1f} nm ({:.1f} to {:.1f})", one.peak_nm->value, one.peak_nm->low, one.peak_nm->high);
  return one.experiment ? fmt::format("{}, as experiment {}", text, *one.experiment) : text;
}

OrderedJson json_of(const Imagined& one, std::size_t number) {
  OrderedJson json{{"experiment", number}, {"conditions", one.conditions}};
  if (one.experiment) {
    json["answered_by"] = *one.experiment;
    json["away"] = one.away;
  }
  if (const auto* failure = std::get_if<Failure>(&one.outcome)) {
    json["failure"] = {{"kind", name_of(failure->kind)}, {"detail", failure->detail}};
    return json;
  }
  for (const auto& [name, value] : outputs(std::get<Observation>(one.outcome))) put(json, name, value);
  if (one.peak_nm) json["peak_nm_90"] = {one.peak_nm->low, one.peak_nm->high};
  return json;
}

OrderedJson json_of(const ImaginedNight& night) {
  OrderedJson json{{"experiments", night.experiments.size()}, {"targets", OrderedJson::array()}};
  for (const ImaginedNight::Aimed& aimed : night.targets) {
    OrderedJson one{{"target_nm", aimed.target.value}, {"tolerance_nm", aimed.target.tolerance}};
    one["reached_at"] = aimed.reached_at ? OrderedJson(*aimed.reached_at) : OrderedJson(nullptr);
    one["reached_in_log"] = aimed.reached_in_log ? OrderedJson(*aimed.reached_in_log) : OrderedJson(nullptr);
    if (!aimed.given_up.empty()) one["given_up"] = aimed.given_up;
    json["targets"].push_back(std::move(one));
  }
  json["caveat"] = night.caveat;
  return json;
}

std::string verdict(const ImaginedNight::Aimed& aimed) {
  const auto at = [](const std::optional<int>& number) {
    return number ? fmt::format("by experiment {}", *number) : std::string{"not met"};
  };
  const std::string text =
      fmt::format("{:g} ± {:g} nm: {}; in the log {}", aimed.target.value, aimed.target.tolerance,
                  at(aimed.reached_at), at(aimed.reached_in_log));
  return aimed.given_up.empty() ? text : text + "; given up: " + aimed.given_up;
}

/// Who chooses what, and who answers.
struct Setting {
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<Oracle> oracle;
  std::vector<Target> targets;
  int budget = 0;
};

void check_has_product(const CampaignRecord& record, const WhatIf& change) {
  if (products_in(record) == 0)
    throw FileError{change.log + ": has no product yet: nothing can answer (allowed: a log with one)"};
}

Setting setting_of_campaign(const CampaignRecord& record, const WhatIf& change) {
  RestoredCampaign restored{changed(record.header, change)};
  add_earlier(restored.files, change.earlier);
  const Recipe& recipe = restored.files.recipe;
  check_has_product(record, change);
  Setting setting{restored.fresh_optimizer(), nullptr, recipe.targets, recipe.budget.experiments};
  if (change.answers == Answers::model)
    setting.oracle = std::make_unique<ModelOfNight>(record, recipe.targets);
  else
    setting.oracle = std::make_unique<LoggedOutcomes>(record, recipe.variables);
  return setting;
}

/// No bench is known of an import, so that only its rows can be chosen.
Setting setting_of_import(const CampaignRecord& record, const WhatIf& change) {
  if (change.answers == Answers::model)
    throw FileError{change.log +
                    ": is imported, and what its bench can make is unknown (allowed: --over outcomes)"};
  if (change.targets_nm.empty())
    throw FileError{change.log + ": is imported and has no target (needed: --target)"};
  check_has_product(record, change);
  ImportedStart start;
  start.targets = with_targets({}, change.targets_nm).targets;
  start.earlier = change.earlier;
  start.seed = change.seed.value_or(start.seed);
  start.strategy = change.optimizer.value_or(start.strategy);
  check_strategy(start.strategy);
  ImportedModel model = untold_model_of_imported(record, change.log, start);
  return {std::move(model.optimizer), std::make_unique<RowsOfTable>(record, model.variables), start.targets,
          change.budget.value_or(Budget{}.experiments)};
}

/// Gives up what a campaign would give up.
void look_ahead(Optimizer& optimizer, ImaginedNight& night, std::map<int, Foreseen>& outlooks) {
  const int experiments = static_cast<int>(std::ssize(night.experiments));
  const auto now = look_ahead(optimizer, experiments, outlooks);
  if (!now) return;
  outlooks.insert_or_assign(now->target, *now);
  if (now->why_not.empty()) return;
  optimizer.give_up(static_cast<std::size_t>(now->target));
  night.targets.at(static_cast<std::size_t>(now->target)).given_up = now->why_not;
}

}  // namespace

ImaginedNight imagine(const CampaignRecord& record, const WhatIf& change) {
  const bool is_import = record.header.origin != "campaign";
  Setting setting = is_import ? setting_of_import(record, change) : setting_of_campaign(record, change);
  Optimizer& optimizer = *setting.optimizer;
  const double pace_h = hours_per_experiment(record);
  ImaginedNight night;
  for (const Target& target : setting.targets)
    night.targets.push_back({target, {}, first_meeting(target, record), ""});
  std::map<int, Foreseen> outlooks;
  const auto any_open = [&] { return std::ranges::any_of(optimizer.aims(), &Aim::is_open); };
  while (any_open() && std::ssize(night.experiments) < setting.budget) {
    look_ahead(optimizer, night, outlooks);
    if (!any_open()) break;
    std::optional<Imagined> answer = setting.oracle->next(optimizer);
    if (!answer) break;
    night.experiments.push_back(*std::move(answer));
    const Imagined& made = night.experiments.back();
    const int number = static_cast<int>(std::ssize(night.experiments));
    optimizer.tell(made.conditions, made.outcome, pace_h * number);
    for (ImaginedNight::Aimed& aimed : night.targets)
      if (!aimed.reached_at && is_met(aimed.target, made.outcome)) aimed.reached_at = number;
  }
  night.caveat = setting.oracle->caveat(night.experiments);
  return night;
}

int replay_what_if(const CampaignRecord& record, const WhatIf& change, bool json, std::ostream& out) {
  const ImaginedNight night = imagine(record, change);
  for (std::size_t i = 0; i < night.experiments.size(); ++i) {
    const Imagined& one = night.experiments[i];
    if (json)
      out << line_of(json_of(one, i + 1)) << '\n';
    else
      out << fmt::format("{:>3}  {}: {}\n", i + 1, text_of(one.conditions), outcome_in_words(one));
  }
  if (json) {
    out << line_of(json_of(night)) << '\n';
  } else {
    for (const ImaginedNight::Aimed& aimed : night.targets) out << verdict(aimed) << '\n';
    out << "take care: " << night.caveat << '\n';
  }
  const bool all =
      std::ranges::all_of(night.targets, [](const auto& aimed) { return aimed.reached_at.has_value(); });
  return all ? 0 : 1;
}

}  // namespace nocturne
