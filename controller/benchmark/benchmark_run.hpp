#pragma once

#include "controller/benchmark/benchmark_plant.hpp"
#include "controller/benchmark/benchmark_results.hpp"
#include "devices/clock.hpp"

namespace nocturne {

/// A width counts as the best reachable up to this factor.
constexpr double kWidthSlack = 1.05;

/// A campaign on a plant that has no history: asks, observes with noise that depends on seed and number
/// alone, tells; until the noiseless truth is within kAtTarget_nm of the target and no wider than kWidthSlack
/// times `narrowest_meV`, or the budget is spent. `wall_clock` times the asks.
BenchmarkRun run_on_plant(const BenchmarkKey& key, const BenchmarkPlant& plant, double narrowest_meV,
                          const Clock& wall_clock);

}  // namespace nocturne
