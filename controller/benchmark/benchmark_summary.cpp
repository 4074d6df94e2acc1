#include "controller/benchmark/benchmark_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <random>

#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

constexpr int kDraws = 1000;
constexpr double kLow = 0.05, kHigh = 0.95;

using Milestone = std::optional<int> BenchmarkRun::*;

/// By nearest rank.
template <class Number>
Number quantile(std::vector<Number> values, double share) {
  const double rank = std::max(1.0, std::ceil(share * static_cast<double>(values.size()) - 1e-9));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
  std::ranges::nth_element(values, at);
  return *at;
}

/// Experiments to an aim by target, in the order of the runs.
std::vector<std::vector<int>> by_target(const std::vector<BenchmarkRun>& runs, Milestone aim) {
  std::map<double, std::vector<int>> groups;
  for (const BenchmarkRun& run : runs)
    groups[run.key.target].push_back((run.*aim).value_or(run.key.budget + 1));
  std::vector<std::vector<int>> result;
  for (auto& [target, group] : groups) result.push_back(std::move(group));
  return result;
}

/// Calls `use` with all values, drawn anew kDraws times.
void bootstrap(const std::vector<std::vector<int>>& groups,
               const std::function<void(const std::vector<int>&)>& use) {
  std::mt19937_64 engine{1};
  std::vector<int> drawn;
  for (int draw = 0; draw < kDraws; ++draw) {
    drawn.clear();
    for (const auto& group : groups) {
      std::uniform_int_distribution<std::size_t> pick{0, group.size() - 1};
      for (std::size_t i = 0; i < group.size(); ++i) drawn.push_back(group[pick(engine)]);
    }
    use(drawn);
  }
}

AimSummary summary_of(const std::vector<BenchmarkRun>& runs, Milestone aim) {
  const auto groups = by_target(runs, aim);
  std::vector<int> all, medians, nineties;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  bootstrap(groups, [&](const std::vector<int>& drawn) {
    medians.push_back(quantile(drawn, 0.5));
    nineties.push_back(quantile(drawn, 0.9));
  });
  const auto unreached = std::ranges::count_if(runs, [&](const BenchmarkRun& run) { return !(run.*aim); });
  return {{quantile(all, 0.5), quantile(medians, kLow), quantile(medians, kHigh)},
          {quantile(all, 0.9), quantile(nineties, kLow), quantile(nineties, kHigh)},
          static_cast<double>(unreached) / static_cast<double>(runs.size())};
}

BenchmarkRow row_of(const std::vector<BenchmarkRun>& runs) {
  BenchmarkRow row;
  row.world = runs.front().key.world;
  row.optimizer = runs.front().key.optimizer;
  row.runs = runs.size();
  row.budget = runs.front().key.budget;
  row.near = summary_of(runs, &BenchmarkRun::near_at);
  row.hit = summary_of(runs, &BenchmarkRun::hit_at);
  int intervals = 0, covered = 0, failures = 0;
  std::vector<double> seconds;
  for (const BenchmarkRun& run : runs) {
    intervals += run.intervals;
    covered += run.covered;
    failures += run.failures;
    seconds.push_back(run.decision_s);
  }
  row.failures = static_cast<double>(failures) / static_cast<double>(runs.size());
  row.decision_s = quantile(seconds, 0.5);
  if (intervals > 0) row.coverage = static_cast<double>(covered) / intervals;
  return row;
}

std::string count(int experiments, int budget) {
  return experiments > budget ? fmt::format(">{}", budget) : std::to_string(experiments);
}

std::string text_of(const ExperimentsQuantile& one, int budget) {
  return fmt::format("{} [{}, {}]", count(one.value, budget), count(one.low, budget),
                     count(one.high, budget));
}

OrderedJson json_of(const ExperimentsQuantile& one) {
  return {{"value", one.value}, {"low", one.low}, {"high", one.high}};
}

OrderedJson json_of(const AimSummary& one, const std::string& name) {
  return {{"aim", name},
          {"median", json_of(one.median)},
          {"p90", json_of(one.ninety)},
          {"unreached", one.unreached}};
}

}  // namespace

std::vector<BenchmarkRow> summarize(const std::vector<BenchmarkRun>& runs) {
  std::vector<std::vector<BenchmarkRun>> groups;
  for (const BenchmarkRun& run : runs) {
    const auto same = std::ranges::find_if(groups, [&](const auto& group) {
      return group.front().key.world == run.key.world && group.front().key.optimizer == run.key.optimizer;
    });
    if (same != groups.end())
      same->push_back(run);
    else
      groups.push_back({run});
  }
  std::vector<BenchmarkRow> rows;
  for (const auto& group : groups) rows.push_back(row_of(group));
  return rows;
}

void print_table(const std::vector<BenchmarkRow>& rows, const AimNames& aims, std::ostream& out) {
  std::size_t world = 5, optimizer = 9;
  for (const BenchmarkRow& row : rows) {
    world = std::max(world, row.world.size());
    optimizer = std::max(optimizer, row.optimizer.size());
  }
  out << fmt::format("experiments until {} | until {} [90 % confidence]\n", aims.near, aims.hit);
  constexpr const char* kLine =
      "{:<{}}  {:<{}}  {:>5}  {:>13} {:>13} {:>6}  | {:>13} {:>13} {:>6}  {:>7} {:>8}\n";
  out << fmt::format(kLine, "world", world, "optimizer", optimizer, "runs", "median", "90th perc.", "never",
                     "median", "90th perc.", "never", "s/ask", "coverage");
  const auto percent = [](double share) { return fmt::format("{:.0f} %", 100.0 * share); };
  for (const BenchmarkRow& row : rows)
    out << fmt::format(kLine, row.world, world, row.optimizer, optimizer, row.runs,
                       text_of(row.near.median, row.budget), text_of(row.near.ninety, row.budget),
                       percent(row.near.unreached), text_of(row.hit.median, row.budget),
                       text_of(row.hit.ninety, row.budget), percent(row.hit.unreached),
                       fmt::format("{:.3f}", row.decision_s), row.coverage ? percent(*row.coverage) : "-");
}

void print_json(const std::vector<BenchmarkRow>& rows, const AimNames& aims, std::ostream& out) {
  OrderedJson list = OrderedJson::array();
  for (const BenchmarkRow& row : rows) {
    OrderedJson one{{"world", row.world},
                    {"optimizer", row.optimizer},
                    {"runs", row.runs},
                    {"budget", row.budget},
                    {"near", json_of(row.near, aims.near)},
                    {"hit", json_of(row.hit, aims.hit)},
                    {"failures_per_run", row.failures},
                    {"decision_s", row.decision_s},
                    {"coverage", nullptr}};
    if (row.coverage) one["coverage"] = *row.coverage;
    list.push_back(std::move(one));
  }
  out << line_of(OrderedJson{{"results", list}}) << '\n';
}

ReachedShare reached_share(const std::vector<BenchmarkRun>& runs, std::optional<int> BenchmarkRun::*aim,
                           int budget) {
  const auto groups = by_target(runs, aim);
  const auto shares = [&](const std::vector<int>& values) {
    std::vector<double> result(static_cast<std::size_t>(budget) + 1, 0.0);
    for (const int value : values)
      for (int n = value; n <= budget; ++n)
        result[static_cast<std::size_t>(n)] += 1.0 / static_cast<double>(values.size());
    return result;
  };
  std::vector<int> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  std::vector<std::vector<double>> drawn_at(static_cast<std::size_t>(budget) + 1);
  bootstrap(groups, [&](const std::vector<int>& drawn) {
    const std::vector<double> one = shares(drawn);
    for (std::size_t n = 0; n < one.size(); ++n) drawn_at[n].push_back(one[n]);
  });
  ReachedShare result{shares(all), {}, {}};
  for (const auto& drawn : drawn_at) {
    result.low.push_back(quantile(drawn, kLow));
    result.high.push_back(quantile(drawn, kHigh));
  }
  return result;
}

}  // namespace nocturne
