#include "controller/benchmark/benchmark.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/benchmark/benchmark_plant.hpp"
#include "controller/benchmark/benchmark_run.hpp"
#include "controller/benchmark/benchmark_session.hpp"
#include "recipes/library.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

constexpr int kSurveyPoints = 4096;

std::string known_name(const char* what, const BenchmarkPlant& plant, double number) {
  return fmt::format("{} {} {} {}", what, plant.name, number, plant.digest);
}

std::vector<BenchmarkPlant> read_plants(const BenchmarkOptions& options) {
  std::vector<BenchmarkPlant> plants;
  for (const std::string& given : options.plants.empty() ? shipped_names("plants") : options.plants) {
    BenchmarkPlant plant = read_benchmark_plant(given, options.material);
    for (const BenchmarkPlant& other : plants)
      if (other.name == plant.name) throw FileError{given + ": two plants are called " + plant.name};
    plants.push_back(std::move(plant));
  }
  return plants;
}

/// A target on a plant, and the narrowest line there.
struct Wish {
  const BenchmarkPlant* plant = nullptr;
  double target_nm = 0.0, narrowest_meV = 0.0;
};

std::vector<double> targets_of(const BenchmarkPlant& plant, const BenchmarkOptions& options,
                               BenchmarkResults& results) {
  if (!options.targets_nm.empty()) {
    const std::set<double> different{options.targets_nm.begin(), options.targets_nm.end()};
    return {different.begin(), different.end()};
  }
  const std::string name = known_name("targets", plant, options.target_count);
  if (const auto known = results.known(name)) return *known;
  std::vector<double> targets = evenly_spaced_targets(plant, options.target_count);
  results.keep(name, targets);
  return targets;
}

std::string narrowest_name(const Wish& wish) { return known_name("narrowest", *wish.plant, wish.target_nm); }

std::vector<Wish> find_wishes(const std::vector<BenchmarkPlant>& plants, const BenchmarkOptions& options,
                              BenchmarkSession& session) {
  std::vector<std::vector<double>> targets(plants.size());
  session.work("plants surveyed", plants.size(),
               [&](std::size_t i) { targets[i] = targets_of(plants[i], options, session.results()); });
  std::vector<Wish> wishes;
  for (std::size_t i = 0; i < plants.size(); ++i)
    for (const double target : targets[i]) wishes.push_back({&plants[i], target, 0.0});
  return wishes;
}

/// Sees to it that the results know the narrowest line of every wish.
void find_narrowest(const std::vector<Wish>& wishes, BenchmarkSession& session) {
  std::vector<Wish> unknown;
  std::vector<const BenchmarkPlant*> plants;
  for (const Wish& wish : wishes) {
    if (session.results().known(narrowest_name(wish))) continue;
    unknown.push_back(wish);
    if (plants.empty() || plants.back() != wish.plant) plants.push_back(wish.plant);
  }
  std::vector<std::vector<DotsPoint>> surveys(plants.size());
  session.work("truths mapped", plants.size(),
               [&](std::size_t i) { surveys[i] = survey(*plants[i], kSurveyPoints); });
  session.work("narrowest lines found", unknown.size(), [&](std::size_t i) {
    const auto plant = std::ranges::find(plants, unknown[i].plant) - plants.begin();
    const double narrowest =
        narrowest_at(*unknown[i].plant, surveys[static_cast<std::size_t>(plant)], unknown[i].target_nm);
    session.results().keep(narrowest_name(unknown[i]),
                           narrowest < kNoWidth ? std::vector{narrowest} : std::vector<double>{});
  });
}

/// With their narrowest lines; without those that no conditions meet.
std::vector<Wish> reachable(const std::vector<Wish>& wishes, BenchmarkSession& session) {
  std::vector<Wish> result;
  for (Wish wish : wishes) {
    const auto known = session.results().known(narrowest_name(wish));
    if (known->empty()) {
      session.messages() << fmt::format("{}: no dots within {} nm of {} nm; left out\n", wish.plant->name,
                                        kAtTarget_nm, wish.target_nm);
      continue;
    }
    wish.narrowest_meV = known->front();
    result.push_back(wish);
  }
  return result;
}

}  // namespace

int benchmark_plants(const BenchmarkOptions& options, const Clock& wall_clock, std::ostream& out,
                     std::ostream& messages) {
  const std::vector<BenchmarkPlant> plants = read_plants(options);
  BenchmarkSession session{options, wall_clock, messages};
  std::vector<Wish> wishes = find_wishes(plants, options, session);
  find_narrowest(wishes, session);
  wishes = reachable(wishes, session);
  std::vector<std::pair<BenchmarkKey, const Wish*>> asked;
  for (int seed = 1; seed <= options.seeds; ++seed)
    for (const Wish& wish : wishes)
      for (const std::string& optimizer : session.optimizers())
        asked.emplace_back(
            BenchmarkKey{wish.plant->name, wish.plant->digest, optimizer, wish.target_nm,
                         static_cast<std::uint64_t>(seed), options.budget.value_or(kPlantBudget)},
            &wish);
  std::vector<BenchmarkKey> keys;
  for (const auto& [key, wish] : asked) keys.push_back(key);
  session.run(keys, [&](std::size_t i) {
    const Wish& wish = *asked[i].second;
    return run_on_plant(asked[i].first, *wish.plant, wish.narrowest_meV, wall_clock);
  });
  const AimNames aims{fmt::format("within {} nm", kAtTarget_nm),
                      fmt::format("within {} nm and {:.0f} % of the narrowest line there", kAtTarget_nm,
                                  100.0 * (kWidthSlack - 1.0))};
  return session.report(keys, aims, out);
}

}  // namespace nocturne
