#include "controller/campaign/campaign_files.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <Eigen/Core>
#include <algorithm>
#include <boost/version.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "controller/log/fingerprint.hpp"
#include "models/surrogate_library.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/experiment_cost.hpp"
#include "recipes/library.hpp"
#include "recipes/mass_balance.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) throw FileError{file.string() + ": cannot be read"};
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

void apply(const CampaignHeader& header, Recipe& recipe) {
  if (!header.targets.empty()) recipe.targets = header.targets;
  if (header.budget) recipe.budget.experiments = *header.budget;
  if (header.first) recipe.standard = StandardProduct{*header.first, {}, 0.0};
}

/// A simulated reactor is fed with what the recipe says is in the syringes.
void fill_syringes(const Recipe& recipe, PlantParameters& plant) {
  for (PlantFeed& feed : plant.feeds) {
    const auto stock = std::ranges::find(recipe.stocks, feed.name, &Stock::name);
    if (stock == recipe.stocks.end()) continue;
    feed.contents_mmol_per_L.clear();
    for (const auto& [species, concentration] : stock->contents)
      feed.contents_mmol_per_L[species] = concentration.si();  // mol/m³ is mmol/L
    if (stock->density_g_per_mL) feed.density_kg_per_L = stock->density_g_per_mL;
  }
}

/// The yield of a reaction is read from what the crystals absorb.
void check_yield_limit(const Recipe& recipe, const Material& material) {
  if (std::ranges::none_of(recipe.targets, [](const Target& target) { return target.yield_min > 0.0; }))
    return;
  if (!(material.absorption_450_per_cm > 0.0) || !(material.molar_volume_cm3 > 0.0))
    throw recipe_error(
        recipe, "yield_min",
        fmt::format("'yield_min' for {}, whose absorption coefficient is not known", recipe.material));
  const double shortest = shortest_peak_with_yield_nm(material);
  const auto dark = std::ranges::find_if(recipe.targets, [&](const Target& target) {
    return target.yield_min > 0.0 && target.value < shortest;
  });
  if (dark != recipe.targets.end())
    throw recipe_error(recipe, "yield_min",
                       fmt::format("'yield_min' for a peak at {:g} nm, where no yield is measured (allowed: "
                                   "peaks from {:.0f} nm)",
                                   dark->value, std::ceil(shortest)));
}

void complete(CampaignFiles& files) {
  check_elements(files.recipe, files.material.name);
  check_yield_limit(files.recipe, files.material);
  if (files.plant) fill_syringes(files.recipe, *files.plant);
}

/// What the recipe names stands beside it, or is shipped.
void add_recipe_literature(CampaignFiles& files) {
  EarlierRequest request;
  for (const std::string& name : files.recipe.literature) {
    const auto beside = std::filesystem::path{files.recipe.file}.parent_path() / name;
    request.literature.push_back(std::filesystem::is_regular_file(beside) ? beside.string() : name);
    try {
      find_shipped(request.literature.back(), "literature");
    } catch (const FileError& error) {
      throw recipe_error(files.recipe, "literature", error.what());
    }
  }
  add_earlier(files, request);
}

const char* cpu_kernels() {
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
  return "baseline";
}

/// Of the way from one experiment to the next, in h or mL.
Cost cost_in(const CampaignFiles& files, const std::map<std::string, FeedLimits>& limits) {
  const Scarce scarce = files.recipe.budget.scarce;
  if (scarce == Scarce::experiments) return {};
  return [=, recipe = files.recipe, bench = files.bench](const std::optional<Conditions>& from,
                                                         const Conditions& to) {
    const auto plan = [&](const Conditions& conditions) {
      return plan_flows(recipe, bench, limits, conditions);
    };
    const auto there = plan(to);
    if (!std::holds_alternative<FlowPlan>(there)) return std::numeric_limits<double>::quiet_NaN();
    std::optional<Temperature> stands_at;
    if (from) {
      const auto last = plan(*from);
      if (const auto* known = std::get_if<FlowPlan>(&last)) stands_at = known->temperature;
    }
    const auto cost = expected_cost(recipe, bench.reactor, std::get<FlowPlan>(there), stands_at);
    return scarce == Scarce::time ? cost.time.count() / 3600.0 : in_milliliters(cost.reagent);
  };
}

/// Throws FileError if the bench cannot make it.
void check_standard(const CampaignFiles& files, const std::map<std::string, FeedLimits>& limits) {
  if (!files.recipe.standard) return;
  const auto plan = plan_flows(files.recipe, files.bench, limits, files.recipe.standard->conditions);
  if (const auto* infeasible = std::get_if<Infeasible>(&plan))
    throw recipe_error(files.recipe, "standard",
                       "this bench cannot make the standard: " + infeasible->reason);
}

}  // namespace

CampaignFiles read_campaign_files(const std::filesystem::path& recipe, const std::filesystem::path& bench,
                                  const CampaignOverrides& overrides) {
  CampaignFiles files;
  files.recipe = read_recipe(recipe);
  files.bench = read_bench(bench);
  files.material = material_of(files.recipe);
  CampaignHeader& header = files.header;
  header.recipe_file = recipe.string();
  header.recipe_text = files.recipe.text;
  header.bench_file = bench.string();
  header.bench_text = files.bench.text;
  if (files.bench.plant) {
    files.plant = read_plant(*files.bench.plant);
    header.plant_file = files.bench.plant->string();
    header.plant_text = plant_text(*files.bench.plant);
  }
  const std::filesystem::path material = material_file_of(files.recipe);
  header.material_file = material.string();
  header.material_text = contents_of(material);
  header.name = files.recipe.name;
  header.seed = overrides.seed;
  header.id = campaign_id(header.name, header.seed);
  header.versions = library_versions();
  header.surrogate_sha256 = surrogate_digest();
  header.budget = overrides.budget;
  check_strategy(overrides.optimizer);
  header.optimizer = overrides.optimizer;
  if (!overrides.targets_nm.empty())
    header.targets = with_targets(files.recipe, overrides.targets_nm).targets;
  apply(header, files.recipe);
  complete(files);
  add_recipe_literature(files);
  add_earlier(files, overrides.earlier);
  if (std::ranges::any_of(files.recipe.targets, [](const Target& t) { return t.plqy_min > 0.0; }) &&
      files.bench.yield_reference)
    files.messages.push_back("plqy is " + provenance(*files.bench.yield_reference));
  return files;
}

void add_earlier(CampaignFiles& files, const EarlierRequest& request) {
  EarlierStudies more =
      read_earlier(request, {files.recipe.variables, files.recipe.fixed, {}, &files.material, &files.header});
  append(files.earlier, std::move(more.studies));
  files.header.earlier_text = text_of(files.earlier);
  files.messages.insert(files.messages.end(), more.messages.begin(), more.messages.end());
}

CampaignFiles campaign_files_of(const CampaignHeader& header) {
  if (header.origin != "campaign")
    throw FileError{
        fmt::format("{}: the log holds imported experiments, not a campaign", header.recipe_file)};
  CampaignFiles files;
  files.header = header;
  files.recipe = parse_recipe(header.recipe_text, header.recipe_file);
  files.bench = parse_bench(header.bench_text, header.bench_file,
                            std::filesystem::path{header.bench_file}.parent_path());
  files.material = parse_material(header.material_text, header.material_file);
  if (!header.plant_text.empty()) files.plant = parse_plant(header.plant_text, header.plant_file);
  files.earlier = studies_in(header.earlier_text);
  apply(header, files.recipe);
  complete(files);
  return files;
}

std::unique_ptr<Optimizer> make_optimizer(const CampaignFiles& files,
                                          const std::map<std::string, FeedLimits>& limits) {
  check_standard(files, limits);
  Optimizer::Options options;
  options.variables = files.recipe.variables;
  options.targets = files.recipe.targets;
  options.earlier = files.earlier;
  options.learned = files.learned;
  options.from_studies_alone = files.from_studies_alone;
  options.seed = files.header.seed;
  options.strategy = files.header.optimizer;
  options.emitters = emitters_of(files.material);
  options.cost = cost_in(files, limits);
  if (files.recipe.standard) options.standard = files.recipe.standard->conditions;
  if (const auto& every = files.recipe.measurement.standard_every)
    options.standard_every_hours = every->count() / 3600.0;
  options.feasible = [recipe = files.recipe, bench = files.bench, limits](const Conditions& conditions) {
    return std::holds_alternative<FlowPlan>(plan_flows(recipe, bench, limits, conditions));
  };
  options.affordable = [recipe = files.recipe, bench = files.bench, limits](const Conditions& conditions,
                                                                            const Supplies& left_mL) {
    const auto plan = plan_flows(recipe, bench, limits, conditions);
    const auto* flows = std::get_if<FlowPlan>(&plan);
    return flows && std::ranges::all_of(most_taken(recipe, bench.reactor, *flows), [&](const auto& taken) {
             return in_milliliters(taken.second) <= left_mL.at(taken.first);
           });
  };
  return std::make_unique<Optimizer>(std::move(options));
}

std::map<std::string, std::string> library_versions() {
  return {
      {"nocturne", NOCTURNE_VERSION},
      {"boost", fmt::format("{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000)},
      {"eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
      {"sqlite", sqlite3_libversion()},
      {"cpu_kernels", cpu_kernels()},
  };
}

std::string surrogate_digest() { return surrogate_available() ? digest_of_file(surrogate_file()) : ""; }

}  // namespace nocturne
