#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "controller/benchmark/benchmark_plant.hpp"
#include "controller/benchmark/benchmark_pool.hpp"
#include "controller/benchmark/benchmark_progress.hpp"
#include "controller/benchmark/benchmark_run.hpp"
#include "controller/benchmark/benchmark_summary.hpp"
#include "controller/in_parallel.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/recipe.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

BenchmarkRun run_of(const std::string& optimizer, double target, std::uint64_t seed, std::optional<int> near,
                    std::optional<int> hit) {
  BenchmarkRun run;
  run.key = {"plant", "abc", optimizer, target, seed, 10};
  run.near_at = near;
  run.hit_at = hit;
  run.experiments = hit.value_or(10);
  run.failures = 1;
  run.decision_s = 0.5;
  return run;
}

bool same(const BenchmarkRun& a, const BenchmarkRun& b) {
  return a.key == b.key && a.near_at == b.near_at && a.hit_at == b.hit_at && a.experiments == b.experiments &&
         a.failures == b.failures && a.intervals == b.intervals && a.covered == b.covered;
}

constexpr const char* kSpace = R"(
[[variable]]
name = "x"
low = 0.0
high = 10.0
[[variable]]
name = "solvent"
kind = "categorical"
choices = ["toluene", "octadecene"]
[[objective]]
name = "yield"
goal = "maximize"
)";

/// 40 conditions, of which one is told twice.
std::string pool_table() {
  std::string text = "x,solvent,yield,remark\n";
  for (int i = 0; i < 20; ++i)
    for (const char* solvent : {"toluene", "octadecene"}) {
      const double x = 0.5 * i, best = solvent[0] == 't' ? 7.0 : 2.0;
      text +=
          std::to_string(x) + "," + solvent + "," + std::to_string(100.0 - std::pow(x - best, 2)) + ",-\n";
    }
  return text + "0,toluene,49,again\n";
}

/// `benchmark --pool` as it would be typed; what it prints.
struct PoolBench {
  TemporaryFolder folder;
  VirtualClock clock;  // stands still, so that tables do not depend on the machine
  BenchmarkOptions options;

  PoolBench() {
    write_file(folder / "space.toml", kSpace);
    write_file(folder / "pool.csv", pool_table());
    options.optimizers = {"random", "sobol", "cma_es"};
    options.seeds = 6;
  }
  std::string table() {
    std::ostringstream out, messages;
    CHECK(benchmark_pool(options, folder / "space.toml", folder / "pool.csv", clock, out, messages) == 0);
    said = messages.str();
    return out.str();
  }
  std::string said;
};

}  // namespace

TEST_CASE("benchmark results: are there again, bit for bit, and a line that was cut off is not") {
  TemporaryFolder folder;
  const auto file = folder / "results.jsonl";
  const BenchmarkRun done = run_of("random", 1239.841984 / 3.0, 7, 3, std::nullopt);
  {
    BenchmarkResults results{file, "build 1"};
    results.add(done);
    results.keep("targets of plant", {470.1, 1.0 / 3.0});
    results.keep("none", {});
    results.add(run_of("sobol", 500.0, 7, 1, 2));
  }
  std::string text = file_text(file);
  write_file(file, text.substr(0, text.size() - 30));
  BenchmarkResults again{file, "build 1"};
  REQUIRE(again.find(done.key));
  CHECK(same(*again.find(done.key), done));
  CHECK(again.known("targets of plant") == std::vector<double>{470.1, 1.0 / 3.0});
  CHECK(again.known("none")->empty());
  CHECK_FALSE(again.known("others"));
  CHECK_FALSE(again.find(run_of("sobol", 500.0, 7, 1, 2).key));
  again.add(run_of("sobol", 500.0, 7, 1, 2));
  CHECK(file_text(file) == text);
}

TEST_CASE("benchmark results: other settings are other runs") {
  BenchmarkResults results;
  const BenchmarkRun done = run_of("random", 500.0, 1, 1, 1);
  results.add(done);
  for (BenchmarkKey other : std::vector<BenchmarkKey>(6, done.key)) {
    static int which = 0;
    switch (which++) {
      case 0:
        other.world = "another";
        break;
      case 1:
        other.digest = "abd";
        break;
      case 2:
        other.optimizer = "sobol";
        break;
      case 3:
        other.target = 500.1;
        break;
      case 4:
        other.seed = 2;
        break;
      default:
        other.budget = 11;
    }
    CHECK_FALSE(results.find(other));
  }
}

TEST_CASE("benchmark results: another build's, other files and damaged lines are refused with their place") {
  TemporaryFolder folder;
  const auto file = folder / "results.jsonl";
  { BenchmarkResults results{file, "build 1"}; }
  CHECK(refusal([&] {
          BenchmarkResults{file, "build 2"};
        }) ==
        file.string() + ":1: these are results of another build of the program (choose another --results)");
  write_file(file, file_text(file) + "{\"world\": 3}\n");
  CHECK(refusal([&] {
          BenchmarkResults{file, "build 1"};
        }) == file.string() + ":2: is no line of benchmark results");
  write_file(file, "x,y\n1,2\n");
  CHECK(refusal([&] {
          BenchmarkResults{file, "build 1"};
        }) == file.string() + ":1: is no line of benchmark results");
  CHECK(file_text(file) == "x,y\n1,2\n");
  CHECK(refusal([&] {
          BenchmarkResults{folder / "none/results.jsonl", "build 1"};
        }) == (folder / "none/results.jsonl").string() + ": cannot be written");
}

TEST_CASE(
    "benchmark table: medians by nearest rank, with what was never reached counted as beyond the budget") {
  std::vector<BenchmarkRun> runs;
  for (int seed = 1; seed <= 10; ++seed) {
    const std::optional<int> at = seed <= 8 ? std::optional{seed} : std::nullopt;
    runs.push_back(run_of("random", 500.0, static_cast<std::uint64_t>(seed), at, at));
    runs.push_back(run_of("sobol", 500.0, static_cast<std::uint64_t>(seed), 4, 4));
  }
  runs[0].intervals = 8;
  runs[0].covered = 6;
  const std::vector<BenchmarkRow> rows = summarize(runs);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].optimizer == "random");
  CHECK(rows[0].hit.median.value == 5);
  CHECK(rows[0].hit.median.low < 5);
  CHECK(rows[0].hit.median.high > 5);
  CHECK(rows[0].hit.ninety.value == 11);
  CHECK(rows[0].hit.unreached == doctest::Approx(0.2));
  CHECK(rows[0].coverage == doctest::Approx(0.75));
  CHECK(rows[1].hit.median.low == 4);
  CHECK(rows[1].hit.ninety.high == 4);
  CHECK_FALSE(rows[1].coverage);
  std::ostringstream out;
  print_table(rows, {"near", "there"}, out);
  CHECK(out.str().find(">10") != std::string::npos);
  std::ostringstream json;
  print_json(rows, {"near", "there"}, json);
  CHECK(nlohmann::json::parse(json.str())["results"][0]["hit"]["median"]["value"] == 5);
}

TEST_CASE("benchmark table: the interval of a median holds the true median in about 90 % of the cases") {
  // Experiments of a coin that succeeds with probability 0.1: the true median is 7.
  int held = 0;
  for (std::uint64_t trial = 0; trial < 60; ++trial) {
    std::mt19937_64 engine{trial};
    std::vector<BenchmarkRun> runs;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const int n = 1 + std::geometric_distribution<int>{0.1}(engine);
      runs.push_back(run_of("random", 500.0, seed, n, n));
      runs.back().key.budget = 1000;
    }
    const ExperimentsQuantile median = summarize(runs)[0].hit.median;
    held += median.low <= 7 && 7 <= median.high ? 1 : 0;
  }
  CHECK(held >= 48);
}

TEST_CASE("benchmark: the share that is there rises from nothing to what was reached") {
  const std::vector<BenchmarkRun> runs{run_of("a", 1.0, 1, 2, 3), run_of("a", 1.0, 2, 2, std::nullopt),
                                       run_of("a", 2.0, 1, 2, 1), run_of("a", 2.0, 2, 2, 10)};
  const ReachedShare reached = reached_share(runs, &BenchmarkRun::hit_at, 10);
  REQUIRE(reached.share.size() == 11);
  CHECK(reached.share[0] == 0.0);
  CHECK(reached.share[1] == 0.25);
  CHECK(reached.share[9] == 0.5);
  CHECK(reached.share[10] == 0.75);
  for (std::size_t n = 0; n < 11; ++n) {
    CHECK(reached.low[n] <= reached.share[n]);
    CHECK(reached.share[n] <= reached.high[n]);
  }
}

TEST_CASE("benchmark: a plant's material is the one by whose name it is called") {
  CHECK(read_benchmark_plant("cspbbr3_shifted", "cdse").material.name == "CsPbBr3");
  CHECK(read_benchmark_plant("cspbi3", "cspbbr3").material.name == "CsPbI3");
  CHECK(read_benchmark_plant("cspbbr3_noisy", "cspbbr3").digest !=
        read_benchmark_plant("cspbbr3_slow", "cspbbr3").digest);
}

TEST_CASE("benchmark: the narrowest line is at the target and no wider than any found by looking around") {
  const BenchmarkPlant plant = read_benchmark_plant("cspbbr3", "cspbbr3");
  const std::vector<DotsPoint> few = survey(plant, 64);
  REQUIRE_FALSE(few.empty());
  const double target = few.front().peak_nm;
  const double narrowest = narrowest_at(plant, few, target);
  for (const DotsPoint& point : few)
    if (std::abs(point.peak_nm - target) <= kAtTarget_nm) CHECK(narrowest <= point.fwhm_meV);
  CHECK(narrowest > 40.0);
  CHECK(narrowest_at(plant, {}, target) == kNoWidth);
}

TEST_CASE("benchmark: targets lie evenly where the plant makes dots that can be measured") {
  const BenchmarkPlant plant = read_benchmark_plant("cspbbr3", "cspbbr3");
  const std::vector<double> targets = evenly_spaced_targets(plant, 5);
  REQUIRE(targets.size() == 5);
  const double step = 0.25 * (targets.back() - targets.front());
  CHECK(step > 2.0);
  for (int i = 0; i < 5; ++i) {
    const double target = targets[static_cast<std::size_t>(i)];
    CHECK(target == doctest::Approx(targets.front() + i * step).epsilon(3e-4));
    CHECK(target * 10.0 == doctest::Approx(std::round(target * 10.0)));
  }
  std::vector<double> peaks;
  for (const DotsPoint& point : survey(plant, 256)) peaks.push_back(point.peak_nm);
  const auto outside = std::ranges::count_if(
      peaks, [&](double peak) { return peak < targets.front() || peak > targets.back(); });
  CHECK(static_cast<double>(outside) / static_cast<double>(peaks.size()) < 0.25);
  CHECK(outside > 0);
}

TEST_CASE(
    "benchmark: a run ends where the truth first is at the target and narrow, and is the same on threads") {
  const BenchmarkPlant plant = read_benchmark_plant("cspbbr3", "cspbbr3");
  const VirtualClock clock;
  std::vector<BenchmarkKey> keys;
  for (const char* optimizer : {"random", "composite_plain", "cma_es"})
    for (std::uint64_t seed = 1; seed <= 2; ++seed)
      keys.push_back({plant.name, plant.digest, optimizer, 505.0, seed, 9});
  std::vector<BenchmarkRun> alone(keys.size()), together(keys.size());
  const auto make = [&](std::vector<BenchmarkRun>& runs) {
    return [&](std::size_t i) { runs[i] = run_on_plant(keys[i], plant, 95.0, clock); };
  };
  in_parallel(1, keys.size(), make(alone));
  in_parallel(3, keys.size(), make(together));
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(same(alone[i], together[i]));
  CHECK(alone[2].intervals > 0);

  Target target;
  target.value = 505.0;
  target.narrowest = true;
  AskTell::Options options = emission_problem(plant.parameters.variables, {target}, {});
  options.feasible = mixable(plant);
  options.seed = 1;
  const auto again = make_strategy("random", options);
  std::optional<int> near, hit;
  for (int n = 1; n <= 9 && !hit; ++n) {
    const Conditions at = again->ask({}).conditions;
    const PlantTruth truth = steady_truth(plant.parameters, at);
    if (truth.emits && truth.nanoplatelet_fraction <= 0.5 && std::abs(truth.peak_nm - 505.0) <= 1.0) {
      if (!near) near = n;
      if (truth.fwhm_meV <= 1.05 * 95.0) hit = n;
    }
    again->tell(at, {});
  }
  CHECK(alone[0].near_at == near);
  CHECK(alone[0].hit_at == hit);
}

TEST_CASE("benchmark: unknown optimizers and plants are refused before anything is computed") {
  BenchmarkOptions options;
  options.plants = {"cspbbr3"};
  options.optimizers = {"random", "magic"};
  const VirtualClock clock;
  std::ostringstream out, messages;
  CHECK_THROWS_WITH_AS(benchmark_plants(options, clock, out, messages),
                       "there is no optimizer 'magic' (composite, composite_plain, scalar_ei, cma_es, sobol, "
                       "random)",
                       std::invalid_argument);
  options.optimizers = {"random"};
  options.plants = {"cspbbr3", "cspbbr3"};
  CHECK(refusal([&] { benchmark_plants(options, clock, out, messages); }) ==
        "cspbbr3: two plants are called cspbbr3");
}

TEST_CASE("benchmark pool: same conditions are one row with their mean, and ranks go by the objective") {
  PoolBench bench;
  const MeasuredPool pool = read_pool(bench.folder / "space.toml", bench.folder / "pool.csv");
  REQUIRE(pool.points.size() == 40);
  for (std::size_t i = 0; i < pool.points.size(); ++i) {
    const Conditions& at = pool.points[i];
    const double x = at.at("x");
    if (x == 0.0 && at.at("solvent") == 0.0)
      CHECK(pool.outcomes[i].at("yield").value == doctest::Approx(50.0));  // of 51 and 49
    const bool best = x == (at.at("solvent") == 0.0 ? 7.0 : 2.0);
    CHECK((pool.ranks[i] == 1) == best);  // equally good ones share the rank
  }
}

TEST_CASE("benchmark pool: every optimizer begins with the same rows") {
  PoolBench bench;
  const MeasuredPool pool = read_pool(bench.folder / "space.toml", bench.folder / "pool.csv");
  int lucky = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::vector<BenchmarkRun> runs;
    for (const char* optimizer : {"random", "sobol", "cma_es"})
      runs.push_back(run_on_pool({pool.name, pool.digest, optimizer, 0.0, seed, 40}, pool, bench.clock));
    for (const BenchmarkRun& run : runs) CHECK(run.hit_at);
    if (*runs[0].hit_at > kPoolStarts) continue;
    ++lucky;
    for (const BenchmarkRun& run : runs) CHECK(run.hit_at == runs[0].hit_at);
  }
  CHECK(lucky > 0);
}

TEST_CASE(
    "benchmark pool: columns that are missing, words and values out of bounds are refused with their line") {
  PoolBench bench;
  const auto with = [&](const std::string& table) {
    write_file(bench.folder / "pool.csv", table);
    return refusal([&] { read_pool(bench.folder / "space.toml", bench.folder / "pool.csv"); });
  };
  const std::string file = (bench.folder / "pool.csv").string();
  CHECK(with("x,solvent\n1,toluene\n") == file + ": has no column \"yield\", which the space names");
  CHECK(with("x,solvent,yield\n1,water,3\n") == file + ":2: solvent \"water\" is none of its choices");
  CHECK(with("x,solvent,yield\n11,toluene,3\n") == file + ":2: x \"11\" is not allowed (0 to 10)");
  CHECK(with("x,solvent,yield\n1,toluene,much\n") == file + ":2: yield \"much\" is no number");
  CHECK(with("x,solvent,yield\n1,toluene,3\n") ==
        file + ": has only 1 different conditions; a pool needs more than 5");
}

TEST_CASE("benchmark: one that is interrupted and started again ends with the same table") {
  PoolBench whole, parts;
  const std::string table = whole.table();
  CHECK(table.find("cma_es") != std::string::npos);
  parts.options.results = parts.folder / "results.jsonl";
  parts.options.jobs = 3;
  CHECK(parts.table() == table);
  const std::string all = file_text(*parts.options.results);
  write_file(*parts.options.results, all.substr(0, all.size() / 2));  // within a line
  CHECK(parts.table() == table);
  CHECK(parts.said.find(" of 18 runs are there already") != std::string::npos);
  const std::string completed = file_text(*parts.options.results);
  CHECK(parts.table() == table);
  CHECK(file_text(*parts.options.results) == completed);  // nothing was left to do
}

TEST_CASE("benchmark progress: tells how many are done and how long the rest will take") {
  VirtualClock clock;
  std::ostringstream messages;
  BenchmarkProgress progress{"runs", 4, false, clock, messages};
  const auto work = [&]() -> Task<void> {
    co_await clock.sleep_for(seconds(600.0));
    progress.advance();
  };
  clock.run(work());
  CHECK(messages.str() == "1 of 4 runs, 30 min left\n");
}

}  // namespace nocturne::test
