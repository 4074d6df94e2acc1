#include "controller/benchmark/benchmark_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "controller/benchmark/benchmark_chart.hpp"
#include "controller/benchmark/benchmark_progress.hpp"
#include "controller/in_parallel.hpp"
#include "controller/log/fingerprint.hpp"
#include "models/surrogate_library.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

/// The program and its surrogate: results of another build are other results.
std::string this_build() {
  const std::string surrogate = surrogate_file();
  return digest_of(digest_of_file("/proc/self/exe") + (surrogate.empty() ? "" : digest_of_file(surrogate)));
}

std::vector<std::string> each_once(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const std::string& name : names) {
    check_strategy(name);
    if (std::ranges::find(result, name) == result.end()) result.push_back(name);
  }
  return result;
}

}  // namespace

BenchmarkSession::BenchmarkSession(const BenchmarkOptions& options, const Clock& wall_clock,
                                   std::ostream& messages)
    : options_{options},
      wall_clock_{wall_clock},
      messages_{messages},
      optimizers_{each_once(options.optimizers.empty() ? strategy_names() : options.optimizers)},
      results_{options.results ? std::make_unique<BenchmarkResults>(*options.results, this_build())
                               : std::make_unique<BenchmarkResults>()} {}

void BenchmarkSession::work(const char* what, std::size_t count,
                            const std::function<void(std::size_t)>& work) {
  if (count == 0) return;
  BenchmarkProgress progress{what, count, options_.live, wall_clock_, messages_};
  in_parallel(options_.jobs, count, [&](std::size_t i) {
    work(i);
    progress.advance();
  });
}

void BenchmarkSession::run(const std::vector<BenchmarkKey>& keys,
                           const std::function<BenchmarkRun(std::size_t)>& make) {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (!results_->find(keys[i])) missing.push_back(i);
  if (missing.size() < keys.size())
    messages_ << fmt::format("{} of {} runs are there already\n", keys.size() - missing.size(), keys.size());
  work("runs", missing.size(), [&](std::size_t i) {
    const BenchmarkKey& key = keys[missing[i]];
    try {
      results_->add(make(missing[i]));
    } catch (const std::exception& error) {
      throw std::runtime_error{fmt::format("{} on {}, target {}, seed {}: {}", key.optimizer, key.world,
                                           key.target, key.seed, error.what())};
    }
  });
}

int BenchmarkSession::report(const std::vector<BenchmarkKey>& keys, const AimNames& aims,
                             std::ostream& out) const {
  std::vector<BenchmarkRun> runs;
  for (const BenchmarkKey& key : keys) runs.push_back(*results_->find(key));
  if (runs.empty()) throw std::runtime_error{"there is nothing to compare"};
  const std::vector<BenchmarkRow> rows = summarize(runs);
  if (options_.json)
    print_json(rows, aims, out);
  else
    print_table(rows, aims, out);
  if (options_.picture) draw_svg(chart_of(runs, aims), *options_.picture);
  return 0;
}

}  // namespace nocturne
