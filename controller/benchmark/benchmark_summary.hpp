#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "controller/benchmark/benchmark_results.hpp"

namespace nocturne {

/// A quantile over runs, in experiments, with a 90 % confidence interval by bootstrap (Efron 1979,
/// 10.1214/aos/1176344552), seeds drawn anew within each target. Beyond the budget it is budget + 1.
struct ExperimentsQuantile {
  int value = 0, low = 0, high = 0;
};

/// One of the two aims, over all targets and seeds.
struct AimSummary {
  ExperimentsQuantile median, ninety;
  double unreached = 0.0;  ///< share of the runs
};

/// One optimizer on one world.
struct BenchmarkRow {
  std::string world, optimizer;
  std::size_t runs = 0;
  int budget = 0;
  AimSummary near, hit;
  double failures = 0.0;                ///< per run
  double decision_s = 0.0;              ///< median
  std::optional<double> coverage = {};  ///< of the 90 % intervals; absent without predictions
};

/// What the two aims are called.
struct AimNames {
  std::string near, hit;
};

/// In the order in which worlds and optimizers come up.
std::vector<BenchmarkRow> summarize(const std::vector<BenchmarkRun>& runs);

void print_table(const std::vector<BenchmarkRow>& rows, const AimNames& aims, std::ostream& out);
/// One line of JSON.
void print_json(const std::vector<BenchmarkRow>& rows, const AimNames& aims, std::ostream& out);

/// The share of runs that had reached an aim after 1, 2, ... experiments, with its 90 % interval by the same
/// bootstrap.
struct ReachedShare {
  std::vector<double> share, low, high;
};
ReachedShare reached_share(const std::vector<BenchmarkRun>& runs, std::optional<int> BenchmarkRun::*aim,
                           int budget);

}  // namespace nocturne
