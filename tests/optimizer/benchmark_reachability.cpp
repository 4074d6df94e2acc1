// How often `design` is right about what a plant can make: wavelengths from below its range to above it,
// asked after Sobol experiments, against its noiseless truth.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/benchmark/benchmark_plant.hpp"
#include "models/plant/plant.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr int kTold = 15, kSeeds = 3, kTruthPoints = 4096;
constexpr double kBeyond_nm = 20.0, kStep_nm = 4.0, kTolerance_nm = 2.0;
constexpr std::uint64_t kTruthSeed = 77, kNoiseSeed = 900, kReadings = 5;

/// What a plant makes, by noiseless peak. It counts if the instrument takes it for a product.
class Truth {
 public:
  explicit Truth(const BenchmarkPlant& plant) : plant_{plant} {
    const DecisionSpace space{plant.parameters.variables};
    const Feasible feasible = mixable(plant);
    const Eigen::MatrixXd sobol = sobol_points(kTruthPoints, space.dimensions(), kTruthSeed);
    for (Eigen::Index i = 0; i < sobol.rows(); ++i) {
      const Eigen::VectorXd stretched = 0.5 + 1.2 * (sobol.row(i).transpose().array() - 0.5);
      const Conditions at = space.to_conditions(space.snap(stretched.cwiseMax(0.0).cwiseMin(1.0)));
      if (!feasible(at)) continue;
      const PlantTruth truth = steady_truth(plant.parameters, at);
      if (truth.emits) made_.emplace_back(truth.peak_nm, at);
    }
    std::ranges::sort(made_);
  }

  bool reachable(double wish_nm) const {
    const auto within = std::ranges::lower_bound(made_, wish_nm - kTolerance_nm, {}, &Made::first);
    for (auto one = within; one != made_.end() && one->first <= wish_nm + kTolerance_nm; ++one)
      if (is_product(one->second)) return true;
    return false;
  }
  double lowest_nm() const {
    return std::ranges::find_if(made_, [&](const Made& one) { return is_product(one.second); })->first;
  }
  double highest_nm() const {
    return std::find_if(made_.rbegin(), made_.rend(), [&](const Made& one) { return is_product(one.second); })
        ->first;
  }

 private:
  using Made = std::pair<double, Conditions>;

  /// More often than not.
  bool is_product(const Conditions& at) const {
    int products = 0;
    for (std::uint64_t i = 0; i < kReadings; ++i) {
      const Outcome read =
          steady_observation(plant_.parameters, plant_.material, at, derived_seed(kTruthSeed, i));
      products += std::holds_alternative<Observation>(read) ? 1 : 0;
    }
    return 2 * products > static_cast<int>(kReadings);
  }

  const BenchmarkPlant& plant_;
  std::vector<Made> made_;
};

Optimizer informed(const BenchmarkPlant& plant, std::uint64_t seed) {
  Optimizer::Options options;
  options.variables = plant.parameters.variables;
  options.feasible = mixable(plant);
  options.emitters = emitters_of(plant.material);
  options.seed = seed;
  options.targets = {{.value = 500.0}};
  Optimizer optimizer{options};
  const DecisionSpace space{options.variables};
  const Eigen::MatrixXd points = sobol_points(8 * kTold, space.dimensions(), seed);
  for (Eigen::Index i = 0, told = 0; i < points.rows() && told < kTold; ++i) {
    const Conditions at = space.to_conditions(points.row(i).transpose());
    if (!options.feasible(at)) continue;
    optimizer.tell(at, steady_observation(plant.parameters, plant.material, at,
                                          derived_seed(seed, kNoiseSeed + static_cast<std::uint64_t>(i))));
    ++told;
  }
  return optimizer;
}

struct Count {
  int right = 0, asked = 0;
};

Count ask_everything(const BenchmarkPlant& plant) {
  const Truth truth{plant};
  const double lowest = truth.lowest_nm(), highest = truth.highest_nm();
  Count count;
  std::string wrong;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Optimizer optimizer = informed(plant, seed);
    for (double wish = lowest - kBeyond_nm; wish <= highest + kBeyond_nm; wish += kStep_nm) {
      Target target;
      target.value = wish;
      target.tolerance = kTolerance_nm;
      const DesignAnswer answer = optimizer.design(target, 1);
      const bool right_answer = truth.reachable(wish);
      ++count.asked;
      count.right += answer.reachable == right_answer ? 1 : 0;
      if (answer.reachable == right_answer) continue;
      char text[96];
      std::snprintf(text, sizeof text, "  seed %d: %.1f nm %s, %.2f (best conditions %.2g)\n",
                    static_cast<int>(seed), wish, right_answer ? "is reachable" : "is not",
                    answer.reachable_probability, answer.probability);
      wrong += text;
    }
  }
  std::printf("%-18s makes %.1f to %.1f nm: right %d of %d (%.1f %%)\n%s", plant.name.c_str(), lowest,
              highest, count.right, count.asked, 100.0 * count.right / count.asked, wrong.c_str());
  std::fflush(stdout);
  return count;
}

}  // namespace
}  // namespace nocturne

int main(int argc, char** argv) {
  std::vector<std::string> plants{argv + 1, argv + argc};
  if (plants.empty())
    plants = {"cspbbr3", "cspbbr3_shifted", "cspbbr3_slow", "cspbbr3_noisy", "cspbbr3_ligand"};
  nocturne::Count all;
  for (const std::string& plant : plants) {
    const nocturne::Count one = nocturne::ask_everything(nocturne::read_benchmark_plant(plant, "cspbbr3"));
    all.right += one.right;
    all.asked += one.asked;
  }
  std::printf("all: right %d of %d (%.1f %%)\n", all.right, all.asked, 100.0 * all.right / all.asked);
  return EXIT_SUCCESS;
}
