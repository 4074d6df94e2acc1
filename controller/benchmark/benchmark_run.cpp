#include "controller/benchmark/benchmark_run.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "optimizer/emission_problem.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

constexpr std::uint64_t kNoise = 1000;  // apart from what strategies derive from the same seed

AskTell::Options problem_of(const BenchmarkKey& key, const BenchmarkPlant& plant) {
  Target target;
  target.value = key.target;
  target.tolerance = kAtTarget_nm;
  target.narrowest = true;
  AskTell::Options options =
      emission_problem(plant.parameters.variables, {target}, emitters_of(plant.material));
  options.feasible = mixable(plant);
  options.seed = key.seed;
  return options;
}

void count_intervals(const Prediction& predicted, const PlantTruth& truth, BenchmarkRun& run) {
  for (const auto& [name, value] :
       {std::pair{"peak_nm", truth.peak_nm}, std::pair{"fwhm_meV", truth.fwhm_meV}}) {
    const auto found = predicted.outputs.find(name);
    if (found == predicted.outputs.end()) continue;
    ++run.intervals;
    run.covered += found->second.low <= value && value <= found->second.high ? 1 : 0;
  }
}

}  // namespace

BenchmarkRun run_on_plant(const BenchmarkKey& key, const BenchmarkPlant& plant, double narrowest_meV,
                          const Clock& wall_clock) {
  BenchmarkRun run;
  run.key = key;
  const std::unique_ptr<Strategy> strategy = make_strategy(key.optimizer, problem_of(key, plant));
  std::vector<double> seconds;
  while (run.experiments < key.budget && !run.hit_at) {
    const int n = ++run.experiments;
    const Instant before = wall_clock.now();
    const Suggestion next = strategy->ask({});
    seconds.push_back(in_seconds(wall_clock.now() - before));
    const PlantTruth truth = steady_truth(plant.parameters, next.conditions);
    if (truth.emits) count_intervals(next.predicted, truth, run);
    if (is_at(truth, key.target)) {
      if (!run.near_at) run.near_at = n;
      if (truth.fwhm_meV <= kWidthSlack * narrowest_meV) run.hit_at = n;
    }
    const std::uint64_t noise = derived_seed(key.seed, kNoise + static_cast<std::uint64_t>(n));
    const Outcome outcome = steady_observation(plant.parameters, plant.material, next.conditions, noise);
    if (std::holds_alternative<Failure>(outcome)) ++run.failures;
    tell(*strategy, next.conditions, outcome);
  }
  run.decision_s = median_seconds(seconds);
  return run;
}

}  // namespace nocturne
