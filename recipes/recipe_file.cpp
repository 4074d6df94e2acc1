#include <algorithm>
#include <array>
#include <utility>

#include "recipes/document.hpp"
#include "recipes/mass_balance.hpp"
#include "recipes/recipe.hpp"
#include "recipes/unit_text.hpp"

namespace nocturne {
namespace {

constexpr double shortest_target_nm = 300.0;
constexpr double longest_target_nm = 1100.0;

/// A condition as people write it and as the rest of the program knows it.
struct ConditionWord {
  std::string word;       // in the file
  std::string condition;  // in Conditions
  std::string unit;       // of the condition; empty = a bare ratio
  double low, high;       // beyond these it is a slip of the pen
};

const std::vector<ConditionWord>& condition_words() {
  static const std::vector<ConditionWord> words{{"temperature", "temperature_C", "°C", -50.0, 400.0},
                                                {"residence_time", "residence_time_s", "s", 0.01, 86400.0},
                                                {"br_pb", "br_pb", "", 0.0, 1000.0},
                                                {"amine_pb", "amine_pb", "", 0.0, 1000.0},
                                                {"cs_pb", "cs_pb", "", 0.0, 1000.0}};
  return words;
}

std::vector<std::string> allowed_words() {
  std::vector<std::string> words;
  for (const ConditionWord& word : condition_words()) words.push_back(word.word);
  return words;
}

const ConditionWord& condition_word(const std::string& word) {
  return *std::ranges::find(condition_words(), word, &ConditionWord::word);
}

double condition_value(const Value& value, const ConditionWord& word) {
  if (!word.unit.empty()) return value.in(word.unit, word.low, word.high);
  const double ratio = value.as<double>();
  if (ratio < word.low || ratio > word.high)
    value.refuse("'" + value.key() + "' = " + value.spelled() + " is out of range (allowed: 0 to 1000)");
  return ratio;
}

void read_stocks(const Table& root, Recipe& recipe) {
  const auto tables = root.tables("stock");
  if (tables.empty()) root.refuse("no stocks (needed: at least one [[stock]])");
  refuse_duplicates(tables, "name");
  for (const Table& table : tables) {
    Stock stock;
    stock.name = table.read<std::string>("name");
    if (stock.name.empty()) table.at("name").refuse("the stock has no name");
    if (const auto contents = table.find_table("contents")) {
      for (const Value& content : contents->entries()) {
        if (std::ranges::find(stock_species(), content.key()) == stock_species().end())
          content.refuse("unknown content '" + content.key() + "'" +
                         suggestion(content.key(), stock_species()));
        stock.contents[content.key()] = content.between<Concentration>("0.001 mmol/L", "10 mol/L");
      }
    }
    if (const auto density = table.find("density")) stock.density_g_per_mL = density->in("g/mL", 0.5, 4.0);
    if (const auto lot = table.find("lot")) stock.lot = lot->filled();
    recipe.lines["stock " + stock.name] = table.line();
    recipe.stocks.push_back(std::move(stock));
  }
}

void require_solvent(const Recipe& recipe, const Value& name, const std::string& purpose) {
  const std::string stock = name.as<std::string>();
  const auto found = std::ranges::find(recipe.stocks, stock, &Stock::name);
  if (found == recipe.stocks.end()) name.refuse("there is no stock '" + stock + "' " + purpose);
  if (!found->contents.empty())
    name.refuse("stock '" + stock + "' is no solvent (allowed: a stock without contents)");
}

void read_dilution(const Table& root, Recipe& recipe) {
  const auto table = root.find_table("dilution");
  recipe.measurement.dilution_ratio = 0.0;
  if (!table) return;
  const Value stock = table->at("stock");
  recipe.diluent = stock.as<std::string>();
  recipe.measurement.dilution_ratio = table->read_between<double>("ratio", "0", "100");
  recipe.lines["dilution"] = table->line();
  require_solvent(recipe, stock, "to dilute with");
}

void read_variables(const Table& root, Recipe& recipe) {
  const auto tables = root.tables("variable");
  if (tables.empty()) root.refuse("nothing to vary (needed: at least one [[variable]])");
  refuse_duplicates(tables, "name");
  for (const Table& table : tables) {
    const ConditionWord& word = condition_word(table.at("name").one_of(allowed_words()));
    Variable variable;
    variable.name = word.condition;
    variable.unit = word.unit;
    variable.low = condition_value(table.at("low"), word);
    variable.high = condition_value(table.at("high"), word);
    if (variable.low >= variable.high)
      table.at("high").refuse("'high' = " + table.at("high").spelled() +
                              " is not above 'low' = " + table.at("low").spelled());
    const auto scale = table.find("scale");
    if (scale && scale->one_of({"linear", "log"}) == "log") variable.scale = Scale::logarithmic;
    if (variable.scale == Scale::logarithmic && variable.low <= 0.0)
      table.at("low").refuse("'low' = " + table.at("low").spelled() + " on a log scale (allowed: above 0)");
    recipe.lines["variable " + variable.name] = table.line();
    recipe.variables.push_back(std::move(variable));
  }
}

void read_fixed(const Table& root, Recipe& recipe) {
  const auto table = root.find_table("fixed");
  if (!table) return;
  for (const Value& value : table->entries()) {
    const auto found = std::ranges::find(condition_words(), value.key(), &ConditionWord::word);
    if (found == condition_words().end())
      value.refuse("unknown condition '" + value.key() + "'" + suggestion(value.key(), allowed_words()));
    const auto varied = recipe.lines.find("variable " + found->condition);
    if (varied != recipe.lines.end())
      value.refuse("'" + value.key() + "' is fixed here and varied on line " +
                   std::to_string(varied->second));
    recipe.fixed[found->condition] = condition_value(value, *found);
    recipe.lines["fixed " + found->condition] = value.line();
  }
}

void require_conditions(const Table& root, const Recipe& recipe) {
  for (const std::string needed : {"temperature", "residence_time"}) {
    const std::string& condition = condition_word(needed).condition;
    if (!recipe.lines.contains("variable " + condition) && !recipe.lines.contains("fixed " + condition))
      root.refuse("'" + needed + "' is neither a [[variable]] nor in [fixed]");
  }
}

void check_target(double peak_nm) {
  if (!(peak_nm >= shortest_target_nm && peak_nm <= longest_target_nm))
    throw FileError{"target " + number_text(peak_nm) + " nm is out of range (allowed: 300 to 1100 nm)"};
}

Target read_target(const Table& table, Recipe& recipe) {
  Target target;
  target.value = table.at("peak").in("nm", shortest_target_nm, longest_target_nm);
  target.tolerance = table.at("tolerance").in("nm", 0.01, 100.0);
  if (const auto width = table.find("fwhm_max")) target.fwhm_max_meV = width->in("meV", 1.0, 2000.0);
  target.narrowest = table.read_or("narrowest", false);
  const auto least = [&](const std::string& key, double& to) {
    const auto share = table.find(key);
    if (!share) return;
    to = share->between<double>("0.001", "1");
    recipe.lines[key] = share->line();
  };
  least("plqy_min", target.plqy_min);
  least("yield_min", target.yield_min);
  return target;
}

/// [target], or several [[target]].
void read_targets(const Table& root, Recipe& recipe) {
  const Value value = root.at("target");
  if (!value.is_list()) {
    recipe.targets.push_back(read_target(value.table(), recipe));
    return;
  }
  if (value.tables().empty()) value.refuse("no target (needed: at least one [[target]])");
  for (const Table& table : value.tables()) {
    recipe.targets.push_back(read_target(table, recipe));
    if (recipe.targets.back().narrowest)
      table.at("narrowest")
          .refuse("one of several targets cannot be narrowest (allowed: one [target] that is)");
  }
}

Scarce scarce_of(const std::string& word) {
  if (word == "experiments") return Scarce::experiments;
  return word == "time" ? Scarce::time : Scarce::reagent;
}

void read_budget(const Table& root, Recipe& recipe) {
  const auto table = root.find_table("budget");
  if (!table) return;
  Budget& budget = recipe.budget;
  if (const auto value = table->find("experiments")) budget.experiments = value->between<int>("1", "100000");
  if (const auto value = table->find("time")) budget.time = value->between<Seconds>("1 min", "8760 h");
  if (const auto value = table->find("failures_in_a_row"))
    budget.failures_in_a_row = value->between<int>("1", "1000");
  if (const auto value = table->find("scarce"))
    budget.scarce = scarce_of(value->one_of({"experiments", "time", "reagent"}));
}

/// A regulated zone swings past its set point; without this much room it would trip the supervisor on
/// arrival.
constexpr double kOvershoot_K = 5.0;

void read_quench(const Table& safety, Recipe& recipe) {
  const auto stock = safety.find("quench"), flow = safety.find("quench_flow"),
             time = safety.find("quench_for");
  if (!stock && !flow && !time) return;
  if (!stock || !flow || !time)
    (stock  ? *stock
     : flow ? *flow
            : *time)
        .refuse("a quench needs 'quench', 'quench_flow' and 'quench_for' (allowed: all of them or none)");
  require_solvent(recipe, *stock, "to quench with");
  recipe.safety.quench = Quench{stock->as<std::string>(), flow->between<FlowRate>("1 µL/min", "100 mL/min"),
                                time->between<Seconds>("1 s", "10 min")};
  recipe.lines["quench"] = flow->line();
}

void read_safety(const Table& root, Recipe& recipe) {
  const Table table = root.table("safety");
  read_quench(table, recipe);
  const Value limit = table.at("max_temperature");
  recipe.safety.max_temperature = limit.between<Temperature>("0 °C", "400 °C");
  recipe.lines["safety"] = limit.line();
  const double max_C = limit.in("°C");
  for (const Variable& variable : recipe.variables)
    if (variable.name == "temperature_C" && variable.high + kOvershoot_K > max_C)
      limit.refuse("'max_temperature' = " + limit.spelled() +
                   " is less than 5 K above the highest temperature to be tried (line " +
                   std::to_string(recipe.lines.at("variable temperature_C")) + ")");
  const auto fixed = recipe.fixed.find("temperature_C");
  if (fixed != recipe.fixed.end() && fixed->second + kOvershoot_K > max_C)
    limit.refuse("'max_temperature' = " + limit.spelled() +
                 " is less than 5 K above the fixed temperature (line " +
                 std::to_string(recipe.lines.at("fixed temperature_C")) + ")");
}

void read_measurement(const Table& root, Recipe& recipe) {
  const auto table = root.find_table("measurement");
  if (!table) return;
  MeasurementPlan& plan = recipe.measurement;
  const auto exposure = [&](const std::string& key, Seconds& to) {
    if (const auto value = table->find(key)) to = value->between<Seconds>("10 µs", "60 s");
  };
  exposure("led_exposure", plan.led_exposure);
  exposure("lamp_exposure", plan.lamp_exposure);
  if (const auto value = table->find("scans")) plan.scans = value->between<int>("1", "1000");
  if (const auto value = table->find("reads")) plan.reads = value->between<int>("3", "1000");
  const auto most = table->find("max_reads");
  if (most) plan.max_reads = most->between<int>("1", "10000");
  if (plan.max_reads < plan.reads)
    (most ? *most : table->at("reads"))
        .refuse("'max_reads' = " + std::to_string(plan.max_reads) +
                " is below 'reads' = " + std::to_string(plan.reads));
  if (const auto value = table->find("flush_residences"))
    plan.flush_residences = value->between<double>("0", "20");
  if (const auto value = table->find("max_settling"))
    plan.max_settling = value->between<Seconds>("1 s", "24 h");
  if (const auto value = table->find("standard_every"))
    plan.standard_every = value->between<Seconds>("1 min", "1000 h");
}

void read_standard(const Table& root, Recipe& recipe) {
  const auto table = root.find_table("standard");
  if (!table) return;
  StandardProduct standard;
  for (const Variable& variable : recipe.variables) {
    const auto word = std::ranges::find(condition_words(), variable.name, &ConditionWord::condition);
    const Value value = table->at(word->word);
    const double chosen = condition_value(value, *word);
    if (chosen < variable.low || chosen > variable.high)
      value.refuse("'" + value.key() + "' = " + value.spelled() +
                   " is outside the bounds of the variable (line " +
                   std::to_string(recipe.lines.at("variable " + variable.name)) + ")");
    standard.conditions[variable.name] = chosen;
  }
  if (const auto peak = table->find("peak")) {
    standard.peak_nm = peak->in("nm", shortest_target_nm, longest_target_nm);
    standard.tolerance_nm = table->at("tolerance").in("nm", 0.01, 100.0);
  }
  recipe.lines["standard"] = table->line();
  recipe.standard = std::move(standard);
}

/// What an experiment may end with that is no fault of an instrument.
constexpr std::array kRecoverable{FailureKind::no_emission, FailureKind::nanoplatelets,
                                  FailureKind::not_settled, FailureKind::saturated};

constexpr std::array<std::pair<Recovery, const char*>, 5> kRecoveries{{{Recovery::skip, "skip"},
                                                                       {Recovery::retry, "retry"},
                                                                       {Recovery::clean, "clean"},
                                                                       {Recovery::standard, "standard"},
                                                                       {Recovery::safe, "safe"}}};

void read_recovery(const Table& root, Recipe& recipe) {
  const auto table = root.find_table("recovery");
  if (!table) return;
  std::vector<std::string> words;
  for (const auto& [recovery, name] : kRecoveries) words.push_back(name);
  for (const FailureKind kind : kRecoverable)
    if (const auto value = table->find(name_of(kind)))
      recipe.recovery[kind] = *recovery_named(value->one_of(words));
}

void read_literature_names(const Table& root, Recipe& recipe) {
  const auto list = root.find("literature");
  if (!list) return;
  for (const Value& name : list->items()) recipe.literature.push_back(name.as<std::string>());
  recipe.lines["literature"] = list->line();
}

}  // namespace

const std::vector<std::string>& stock_species() {
  static const std::vector<std::string> species{
      "Cs", "Pb", "alkylammonium_bromide", "zinc_bromide", "lead_bromide", "amine", "oleic_acid"};
  return species;
}

std::optional<Recovery> recovery_named(const std::string& name) {
  for (const auto& [recovery, known] : kRecoveries)
    if (name == known) return recovery;
  return std::nullopt;
}

const char* name_of(Recovery recovery) {
  return std::ranges::find(kRecoveries, recovery, &std::pair<Recovery, const char*>::first)->second;
}

DensityRange density_range(const Stock& stock) {
  constexpr double kTrueTo = 0.1;
  if (!stock.density_g_per_mL) return {};
  return {(1.0 - kTrueTo) * *stock.density_g_per_mL, (1.0 + kTrueTo) * *stock.density_g_per_mL};
}

FileError recipe_error(const Recipe& recipe, const std::string& entry, const std::string& what) {
  const auto line = recipe.lines.find(entry);
  const int number = line == recipe.lines.end() ? 1 : line->second;
  return FileError{recipe.file + ":" + std::to_string(number) + ": " + what};
}

Recipe parse_recipe(const std::string& text, const std::string& name) {
  const Document document = Document::parse(text, name);
  const Table root = document.root();
  Recipe recipe;
  recipe.text = text;
  recipe.file = name;
  recipe.name = root.read<std::string>("name");
  recipe.material = root.read<std::string>("material");
  recipe.lines["material"] = root.at("material").line();
  read_stocks(root, recipe);
  read_dilution(root, recipe);
  read_variables(root, recipe);
  read_fixed(root, recipe);
  require_conditions(root, recipe);
  read_targets(root, recipe);
  read_budget(root, recipe);
  read_safety(root, recipe);
  read_measurement(root, recipe);
  read_standard(root, recipe);
  read_recovery(root, recipe);
  read_literature_names(root, recipe);
  root.finish();
  check_mass_balance(recipe);
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& file) {
  return parse_recipe(read_text_file(file), file.string());
}

double parse_target_nm(const std::string& text) {
  const auto split = split_quantity(text);
  if (!split || (!split->unit.empty() && split->unit != "nm"))
    throw FileError{"target '" + text + "' is not a wavelength (allowed: such as 490 or \"490 nm\")"};
  check_target(split->number);
  return split->number;
}

Recipe with_targets(Recipe recipe, const std::vector<double>& peaks_nm) {
  const std::vector<Target> own = std::exchange(recipe.targets, {});
  if (peaks_nm.size() > 1 && !own.empty() && own.front().narrowest)
    throw FileError{recipe.name + ": one of several targets cannot be narrowest (allowed: one target)"};
  for (const double peak_nm : peaks_nm) {
    check_target(peak_nm);
    Target target = own.empty() ? Target{} : own.front();
    target.value = peak_nm;
    recipe.targets.push_back(std::move(target));
  }
  return recipe;
}

}  // namespace nocturne
