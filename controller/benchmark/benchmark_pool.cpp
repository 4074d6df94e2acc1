#include "controller/benchmark/benchmark_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <utility>

#include "controller/benchmark/benchmark_session.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/propose/propose.hpp"
#include "controller/text_input.hpp"
#include "optimizer/scalar_loss.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/delimited_table.hpp"

namespace nocturne {
namespace {

constexpr std::uint64_t kStartRows = 2000;  // apart from what strategies derive from the same seed

std::size_t column_of(const DelimitedTable& table, const std::string& name) {
  const auto found = std::ranges::find(table.headings, name);
  if (found == table.headings.end())
    throw FileError{fmt::format("{}: has no column \"{}\", which the space names", table.file, name)};
  return static_cast<std::size_t>(found - table.headings.begin());
}

double value_of(const Variable& variable, const std::string& cell, const std::string& where) {
  const std::optional<double> number = number_in_cell(cell);
  if (variable.kind == VariableKind::categorical) {
    for (std::size_t i = 0; i < variable.choices.size(); ++i)
      if (variable.choices[i] == cell || (number && number_in_cell(variable.choices[i]) == number))
        return static_cast<double>(i);
    throw FileError{fmt::format("{}: {} \"{}\" is none of its choices", where, variable.name, cell)};
  }
  if (!number || *number < variable.low || *number > variable.high)
    throw FileError{fmt::format("{}: {} \"{}\" is not allowed ({} to {})", where, variable.name, cell,
                                variable.low, variable.high)};
  return *number;
}

/// All rows, outcomes by objective.
std::map<Conditions, std::vector<std::vector<double>>> rows_of(const DelimitedTable& table,
                                                               const Space& space) {
  std::map<Conditions, std::vector<std::vector<double>>> rows;
  for (const DelimitedTable::Row& row : table.rows) {
    const std::string where = fmt::format("{}:{}", table.file, row.line);
    Conditions point;
    for (const Variable& variable : space.variables)
      point[variable.name] = value_of(variable, row.cells[column_of(table, variable.name)], where);
    std::vector<double> outcome;
    for (const SpaceObjective& objective : space.objectives) {
      const std::string& cell = row.cells[column_of(table, objective.name)];
      const std::optional<double> number = number_in_cell(cell);
      if (!number) throw FileError{fmt::format("{}: {} \"{}\" is no number", where, objective.name, cell)};
      outcome.push_back(*number);
    }
    rows[point].push_back(std::move(outcome));
  }
  return rows;
}

void rank(MeasuredPool& pool) {
  ScalarLoss loss{options_of(pool.space, {.seed = 0})};
  for (const auto& outcome : pool.outcomes) loss.add(outcome);
  const std::vector<double> losses = loss.losses();
  for (const double one : losses)
    pool.ranks.push_back(1 +
                         static_cast<int>(std::ranges::count_if(losses, [&](double l) { return l < one; })));
}

int best_share(const MeasuredPool& pool, double share) {
  return static_cast<int>(std::ceil(share * static_cast<double>(pool.points.size())));
}

/// Row numbers in the order in which the seed draws them.
std::vector<std::size_t> starts(const MeasuredPool& pool, std::uint64_t seed) {
  std::vector<std::size_t> rows(pool.points.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::mt19937_64 engine{derived_seed(seed, kStartRows)};
  std::ranges::shuffle(rows, engine);
  rows.resize(std::min(rows.size(), static_cast<std::size_t>(kPoolStarts)));
  return rows;
}

}  // namespace

MeasuredPool read_pool(const std::filesystem::path& space, const std::filesystem::path& table) {
  MeasuredPool pool;
  pool.name = table.stem().string();
  pool.space = read_space(space);
  const std::string text = bytes_of_file(table);
  pool.digest = digest_of(bytes_of_file(space) + '\0' + text);
  for (const auto& [point, outcomes] : rows_of(parse_delimited_table(text, table.string()), pool.space)) {
    std::map<std::string, Estimate> mean;
    for (std::size_t j = 0; j < pool.space.objectives.size(); ++j) {
      double sum = 0.0;
      for (const auto& outcome : outcomes) sum += outcome[j];
      mean[pool.space.objectives[j].name] = {sum / static_cast<double>(outcomes.size()), 0.0};
    }
    pool.points.push_back(point);
    pool.outcomes.push_back(std::move(mean));
  }
  if (pool.points.size() <= kPoolStarts)
    throw FileError{fmt::format("{}: has only {} different conditions; a pool needs more than {}",
                                table.string(), pool.points.size(), kPoolStarts)};
  rank(pool);
  return pool;
}

BenchmarkRun run_on_pool(const BenchmarkKey& key, const MeasuredPool& pool, const Clock& wall_clock) {
  BenchmarkRun run;
  run.key = key;
  const std::unique_ptr<Strategy> strategy =
      make_strategy(key.optimizer, options_of(pool.space, {.seed = key.seed, .initial_design = kPoolStarts}));
  const std::vector<std::size_t> first = starts(pool, key.seed);
  const int best_5 = best_share(pool, 0.05), best_1 = best_share(pool, 0.01);
  std::vector<double> seconds;
  while (run.experiments < key.budget && !run.hit_at) {
    const auto n = static_cast<std::size_t>(run.experiments++);
    const Instant before = wall_clock.now();
    const std::size_t row = n < first.size() ? first[n] : strategy->ask_from(pool.points);
    if (n >= first.size()) seconds.push_back(in_seconds(wall_clock.now() - before));
    if (pool.ranks[row] <= best_5 && !run.near_at) run.near_at = run.experiments;
    if (pool.ranks[row] <= best_1) run.hit_at = run.experiments;
    strategy->tell(pool.points[row], pool.outcomes[row]);
  }
  run.decision_s = median_seconds(seconds);
  return run;
}

int benchmark_pool(const BenchmarkOptions& options, const std::filesystem::path& space,
                   const std::filesystem::path& table, const Clock& wall_clock, std::ostream& out,
                   std::ostream& messages) {
  const MeasuredPool pool = read_pool(space, table);
  BenchmarkSession session{options, wall_clock, messages};
  const int budget = options.budget.value_or(static_cast<int>(pool.points.size()));
  std::vector<BenchmarkKey> keys;
  for (int seed = 1; seed <= options.seeds; ++seed)
    for (const std::string& optimizer : session.optimizers())
      keys.push_back({pool.name, pool.digest, optimizer, 0.0, static_cast<std::uint64_t>(seed), budget});
  session.run(keys, [&](std::size_t i) { return run_on_pool(keys[i], pool, wall_clock); });
  const auto named = [&](const char* share, double number) {
    return fmt::format("among the best {} ({} of {})", share, best_share(pool, number), pool.points.size());
  };
  return session.report(keys, {named("5 %", 0.05), named("1 %", 0.01)}, out);
}

}  // namespace nocturne
