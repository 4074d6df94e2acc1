// Experiments until the truth is near the target, over worlds, targets and seeds; and how long a decision
// takes. Usage: nocturne_benchmark_optimizer [--seeds N] [--initial N] [--plant FILE]... [--toys]
// [--baselines]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "models/plant/plant.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/sobol.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"
#include "tests/optimizer/toy_worlds.hpp"
#include "tests/support/cspbbr3_curve.hpp"
#include "tests/support/percentile.hpp"

namespace nocturne::test {
namespace {

constexpr int kBudget = 40;

struct World {
  std::string name;
  std::function<double(const Conditions&)> peak_nm;  ///< true; NaN where nothing emits
  std::function<Outcome(const Conditions&, std::uint64_t)> experiment;
};

struct Run {
  int truth_1 = kBudget + 1, truth_2 = kBudget + 1, observed_1 = kBudget + 1, observed_2 = kBudget + 1;
  int failures = 0;
  std::vector<double> seconds;
  std::vector<double>
      surprises;  ///< (observed - predicted) / half width of the interval, after 3 experiments
};

using Ask = std::function<Suggestion(int experiment)>;
using Tell = std::function<void(const Conditions&, const Outcome&)>;

Run run(const World& world, double target, std::uint64_t seed, bool trace, const Ask& ask, const Tell& tell) {
  Run result;
  for (int n = 1; n <= kBudget && (result.truth_1 > kBudget || result.observed_1 > kBudget); ++n) {
    const auto before = std::chrono::steady_clock::now();
    const Suggestion suggestion = ask(n);
    result.seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
    const double truth = world.peak_nm(suggestion.conditions);
    const Outcome outcome =
        world.experiment(suggestion.conditions, derived_seed(seed, 1000 + static_cast<std::uint64_t>(n)));
    const auto* observed = std::get_if<Observation>(&outcome);
    const double seen = observed && observed->peak_nm ? observed->peak_nm->value : NAN;
    if (!observed) ++result.failures;
    const auto predicted = suggestion.predicted.outputs.find("peak_nm");
    if (n > 3 && predicted != suggestion.predicted.outputs.end() && std::isfinite(truth))
      result.surprises.push_back((truth - predicted->second.value) /
                                 (0.5 * (predicted->second.high - predicted->second.low)));
    const auto note = [&](double value, double within, int& first) {
      if (std::abs(value - target) <= within) first = std::min(first, n);
    };
    note(truth, 1.0, result.truth_1);
    note(truth, 2.0, result.truth_2);
    note(seen, 1.0, result.observed_1);
    note(seen, 2.0, result.observed_2);
    if (trace) {
      std::printf("    %2d truth %7.2f seen %7.2f", n, truth, seen);
      if (predicted != suggestion.predicted.outputs.end())
        std::printf("  predicted %7.2f [%7.2f %7.2f] p %.2f", predicted->second.value, predicted->second.low,
                    predicted->second.high, suggestion.predicted.probability);
      for (const auto& [name, value] : suggestion.conditions) std::printf(" %s=%.4g", name.c_str(), value);
      std::printf("  %s\n", suggestion.reason.c_str());
    }
    tell(suggestion.conditions, outcome);
  }
  return result;
}

struct Settings {
  int seeds = 20, first_seed = 1, initial = 0;
  bool baselines = false, trace = false;
  std::vector<double> targets{470.0, 490.0, 510.0};
};

void print(const std::string& world, const char* method, double target, const std::vector<Run>& runs) {
  const auto column = [&](int Run::*member) {
    std::vector<double> values;
    for (const auto& one : runs) values.push_back(one.*member);
    return values;
  };
  std::vector<double> seconds, surprises;
  double failures = 0.0;
  for (const auto& one : runs) {
    seconds.insert(seconds.end(), one.seconds.begin(), one.seconds.end());
    surprises.insert(surprises.end(), one.surprises.begin(), one.surprises.end());
    failures += one.failures;
  }
  const auto twelve = column(&Run::truth_2);
  const auto covered = std::ranges::count_if(surprises, [](double s) { return std::abs(s) <= 1.0; });
  std::printf(
      "%-16s %-6s %3.0f nm | true 1 nm %4.1f /%3.0f | true 2 nm %4.1f /%3.0f (<=12: %2ld of %zu) | seen 1 nm "
      "%4.1f "
      "/%3.0f | failures %.1f | in 90 %% interval %3.0f %% | %.3f s /%.3f\n",
      world.c_str(), method, target, percentile(column(&Run::truth_1), 0.5),
      percentile(column(&Run::truth_1), 0.9), percentile(twelve, 0.5), percentile(twelve, 0.9),
      static_cast<long>(std::ranges::count_if(twelve, [](double n) { return n <= 12.0; })), runs.size(),
      percentile(column(&Run::observed_1), 0.5), percentile(column(&Run::observed_1), 0.9),
      failures / static_cast<double>(runs.size()),
      surprises.empty() ? NAN : 100.0 * static_cast<double>(covered) / static_cast<double>(surprises.size()),
      percentile(seconds, 0.5), percentile(seconds, 0.95));
  std::fflush(stdout);
}

std::vector<Run> campaigns(const World& world, double target, const Settings& settings) {
  std::vector<Run> runs;
  for (int i = 0; i < settings.seeds; ++i) {
    const auto seed = static_cast<std::uint64_t>(settings.first_seed + i);
    Optimizer optimizer{{.variables = toy_variables(),
                         .targets = {{.value = target}},
                         .feasible = {},
                         .initial_design = settings.initial,
                         .emitters = cspbbr3_emitter(),
                         .earlier = {},
                         .seed = seed,
                         .make_surrogate = {}}};
    if (settings.trace)
      std::printf("  %s %.0f nm seed %llu\n", world.name.c_str(), target,
                  static_cast<unsigned long long>(seed));
    runs.push_back(run(
        world, target, seed, settings.trace, [&](int) { return optimizer.ask(); },
        [&](const Conditions& at, const Outcome& outcome) { optimizer.tell(at, outcome); }));
    if (settings.trace && settings.seeds == 1)
      for (const auto& line : optimizer.describe()) std::printf("      %s\n", line.c_str());
  }
  return runs;
}

std::vector<Run> blind(const World& world, double target, const Settings& settings, bool sobol) {
  const DecisionSpace space{toy_variables()};
  std::vector<Run> runs;
  for (int i = 0; i < settings.seeds; ++i) {
    const auto seed = static_cast<std::uint64_t>(settings.first_seed + i);
    const Eigen::MatrixXd points = sobol_points(kBudget, 4, seed);
    std::mt19937_64 engine{seed};
    std::uniform_real_distribution<double> uniform;
    const Ask ask = [&](int n) {
      Eigen::VectorXd unit = points.row(n - 1);
      if (!sobol) unit = unit.unaryExpr([&](double) { return uniform(engine); });
      return Suggestion{space.to_conditions(unit), {}, "blind"};
    };
    runs.push_back(run(world, target, seed, false, ask, [](const Conditions&, const Outcome&) {}));
  }
  return runs;
}

World toy(const ToyWorld& world) {
  return {world.name,
          [&world](const Conditions& c) {
            const ToyProduct product = world.truth(c);
            return product.emits ? product.peak_nm : NAN;
          },
          [&world](const Conditions& c, std::uint64_t seed) { return toy_experiment(world, c, seed); }};
}

World plant(const std::string& file) {
  const PlantParameters parameters = read_plant(file);
  const Material material = read_material(find_shipped("cspbbr3", "materials"));
  return {std::filesystem::path{file}.stem().string(),
          [parameters](const Conditions& c) {
            const PlantTruth truth = steady_truth(parameters, c);
            return truth.emits ? truth.peak_nm : NAN;
          },
          [parameters, material](const Conditions& c, std::uint64_t seed) {
            return steady_observation(parameters, material, c, seed);
          }};
}

}  // namespace
}  // namespace nocturne::test

int main(int argc, char** argv) {
  using namespace nocturne::test;
  Settings settings;
  std::vector<World> worlds;
  const std::vector<ToyWorld> toys = toy_worlds();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return std::string{i + 1 < argc ? argv[++i] : "0"}; };
    if (word == "--seeds") settings.seeds = std::stoi(next());
    if (word == "--first-seed") settings.first_seed = std::stoi(next());
    if (word == "--initial") settings.initial = std::stoi(next());
    if (word == "--target") settings.targets = {std::stod(next())};
    if (word == "--baselines") settings.baselines = true;
    if (word == "--trace") settings.trace = true;
    if (word == "--plant") worlds.push_back(plant(next()));
    if (word == "--toys")
      for (const auto& one : toys) worlds.push_back(toy(one));
    if (word == "--toy") {
      const std::string name = next();
      for (const auto& one : toys)
        if (one.name == name) worlds.push_back(toy(one));
    }
  }
  std::printf(
      "median / 90th percentile of experiments (41 = not within 40); seconds of an ask: median / 95th "
      "percentile\n");
  for (const auto& world : worlds)
    for (const double target : settings.targets) {
      print(world.name, "model", target, campaigns(world, target, settings));
      if (!settings.baselines) continue;
      print(world.name, "sobol", target, blind(world, target, settings, true));
      print(world.name, "random", target, blind(world, target, settings, false));
    }
}
