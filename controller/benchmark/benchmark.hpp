#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "devices/clock.hpp"

namespace nocturne {

constexpr int kPlantBudget = 40;

/// What `benchmark` compares, and how.
struct BenchmarkOptions {
  std::vector<std::string> plants;      ///< files or names of shipped ones; empty = all shipped
  std::vector<std::string> optimizers;  ///< of strategy_names(); empty = all
  std::string material = "cspbbr3";     ///< for plants whose name begins with no shipped material's
  int target_count = 8;                 ///< as evenly_spaced_targets() has them
  std::vector<double> targets_nm;       ///< instead
  int seeds = 30, jobs = 1;
  std::optional<int> budget;                     ///< experiments per run; empty = kPlantBudget
  std::optional<std::filesystem::path> results;  ///< JSON lines, to go on from
  std::optional<std::filesystem::path> picture;  ///< SVG
  bool json = false;
  bool live = false;  ///< `messages` is a terminal
};

/// `benchmark`: optimizers on plants, targets and seeds; each seed begins with the same points and has the
/// same noise for all optimizers. The table goes to `out`, progress to `messages`. The same on any number of
/// jobs. Returns the exit status. Throws FileError, ChartError, std::invalid_argument for an unknown
/// optimizer.
int benchmark_plants(const BenchmarkOptions& options, const Clock& wall_clock, std::ostream& out,
                     std::ostream& messages);

}  // namespace nocturne
