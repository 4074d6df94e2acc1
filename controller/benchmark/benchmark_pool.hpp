#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/benchmark/benchmark.hpp"
#include "controller/benchmark/benchmark_results.hpp"
#include "models/observation.hpp"
#include "recipes/space_file.hpp"

namespace nocturne {

/// A fixed pool of conditions with measured outcomes. Rows with the same conditions are one, with their mean
/// outcome.
struct MeasuredPool {
  std::string name;    ///< of the table
  std::string digest;  ///< of both files
  Space space;
  std::vector<Conditions> points;
  std::vector<std::map<std::string, Estimate>> outcomes;
  /// From best to worst by the space's objectives, starting at 1; the same for equal ones.
  std::vector<int> ranks;
};

/// A delimited table with one column per variable and objective of the space; other columns do not count.
/// Throws FileError.
MeasuredPool read_pool(const std::filesystem::path& space, const std::filesystem::path& table);

/// Experiments that every optimizer begins with, drawn at random by the seed alone.
constexpr int kPoolStarts = 5;

/// Picks from the pool until a row of its best 1 % (rounded up) is found; `near_at` is the best 5 %.
BenchmarkRun run_on_pool(const BenchmarkKey& key, const MeasuredPool& pool, const Clock& wall_clock);

/// `benchmark --pool`: optimizers over the seeds on a pool. The budget is the whole pool unless one is given.
/// Otherwise as benchmark_plants().
int benchmark_pool(const BenchmarkOptions& options, const std::filesystem::path& space,
                   const std::filesystem::path& table, const Clock& wall_clock, std::ostream& out,
                   std::ostream& messages);

}  // namespace nocturne
