#pragma once

#include <vector>

#include "controller/benchmark/benchmark_results.hpp"
#include "controller/benchmark/benchmark_summary.hpp"
#include "controller/chart.hpp"

namespace nocturne {

/// The share of runs that have reached their aim over experiments, one panel per world, one curve with its
/// 90 % band per optimizer.
Chart chart_of(const std::vector<BenchmarkRun>& runs, const AimNames& aims);

}  // namespace nocturne
