#include "controller/benchmark/benchmark_plant.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "controller/log/fingerprint.hpp"
#include "controller/text_input.hpp"
#include "models/plant/composition.hpp"
#include "models/spectra/interpret.hpp"
#include "optimizer/sobol.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

constexpr int kRangePoints = 1024;
constexpr std::uint64_t kSeed = 20'000;  // the same points for every plant and run

std::string material_of_plant(const std::string& plant, const std::string& otherwise) {
  std::string longest;
  for (const std::string& name : shipped_names("materials"))
    if ((plant == name || plant.starts_with(name + "_")) && name.size() > longest.size()) longest = name;
  return longest.empty() ? otherwise : longest;
}

bool emits_as_dots(const PlantTruth& truth) {
  return truth.emits && truth.nanoplatelet_fraction <= InterpretationSettings{}.nanoplatelet_limit;
}

std::optional<DotsPoint> dots_at(const BenchmarkPlant& plant, const DecisionSpace& space,
                                 const Feasible& feasible, const Eigen::VectorXd& unit) {
  const Conditions conditions = space.to_conditions(unit);
  if (!feasible(conditions)) return std::nullopt;
  const PlantTruth truth = steady_truth(plant.parameters, conditions);
  if (!emits_as_dots(truth)) return std::nullopt;
  return DotsPoint{unit, truth.peak_nm, truth.fwhm_meV};
}

/// Smaller is better: narrow lines at the target, then lines near it.
double merit(const DotsPoint& point, double target_nm) {
  constexpr double kFar = 1e4;  // meV: wider than any line
  const double miss = std::abs(point.peak_nm - target_nm);
  return miss <= kAtTarget_nm ? point.fwhm_meV : kFar + miss;
}

}  // namespace

BenchmarkPlant read_benchmark_plant(const std::string& given, const std::string& material) {
  BenchmarkPlant plant;
  const std::filesystem::path file = find_shipped(given, "plants");
  plant.parameters = read_plant(file);
  plant.name = plant.parameters.name;
  const std::filesystem::path of = find_shipped(material_of_plant(plant.name, material), "materials");
  plant.material = read_material(of);
  plant.digest = digest_of(plant_text(file) + '\0' + bytes_of_file(of));
  return plant;
}

Feasible mixable(const BenchmarkPlant& plant) {
  return [&parameters = plant.parameters](const Conditions& conditions) {
    try {
      static_cast<void>(feed_shares(parameters, conditions));
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  };
}

bool is_at(const PlantTruth& truth, double target_nm) {
  return emits_as_dots(truth) && std::abs(truth.peak_nm - target_nm) <= kAtTarget_nm;
}

std::vector<DotsPoint> survey(const BenchmarkPlant& plant, int count) {
  const DecisionSpace space{plant.parameters.variables};
  const Feasible feasible = mixable(plant);
  const Eigen::MatrixXd points = sobol_points(count, space.dimensions(), kSeed);
  std::vector<DotsPoint> result;
  for (Eigen::Index i = 0; i < points.rows(); ++i)
    if (auto point = dots_at(plant, space, feasible, points.row(i))) result.push_back(std::move(*point));
  return result;
}

std::vector<double> evenly_spaced_targets(const BenchmarkPlant& plant, int count) {
  const DecisionSpace space{plant.parameters.variables};
  std::vector<double> peaks;
  std::uint64_t seed = kSeed;
  for (const DotsPoint& point : survey(plant, kRangePoints)) {
    const Outcome outcome =
        steady_observation(plant.parameters, plant.material, space.to_conditions(point.unit), ++seed);
    if (std::holds_alternative<Observation>(outcome)) peaks.push_back(point.peak_nm);
  }
  if (peaks.size() < kRangePoints / 100)
    throw std::runtime_error{plant.name + ": next to no conditions give dots that can be measured"};
  std::ranges::sort(peaks);
  const auto quantile = [&](double share) {
    return peaks[static_cast<std::size_t>(std::lround(share * static_cast<double>(peaks.size() - 1)))];
  };
  const double low = quantile(0.05), high = quantile(0.95);
  std::vector<double> targets;
  for (int i = 0; i < count; ++i) {
    const double share = count > 1 ? static_cast<double>(i) / (count - 1) : 0.5;
    targets.push_back(std::round(10.0 * (low + share * (high - low))) / 10.0);
  }
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

double narrowest_at(const BenchmarkPlant& plant, const std::vector<DotsPoint>& surveyed, double target_nm) {
  constexpr std::size_t kStarts = 5;
  constexpr int kRounds = 16, kPointsPerRound = 24;
  constexpr double kFirstBox = 0.15, kShrinking = 0.7;  // half width on the unit cube
  const DecisionSpace space{plant.parameters.variables};
  const Feasible feasible = mixable(plant);
  std::vector<DotsPoint> starts = surveyed;
  const auto by_merit = [&](const DotsPoint& point) { return merit(point, target_nm); };
  std::ranges::sort(starts, {}, by_merit);
  starts.resize(std::min(starts.size(), kStarts));
  double narrowest = kNoWidth;
  for (DotsPoint best : starts) {
    double box = kFirstBox;
    for (int round = 0; round < kRounds; ++round, box *= kShrinking) {
      const Eigen::MatrixXd around = sobol_points(kPointsPerRound, space.dimensions(),
                                                  derived_seed(kSeed, static_cast<std::uint64_t>(round)));
      const Eigen::VectorXd center = best.unit;
      for (Eigen::Index i = 0; i < around.rows(); ++i) {
        const Eigen::VectorXd offset = box * (2.0 * around.row(i).array() - 1.0);
        const auto point = dots_at(plant, space, feasible, space.snap(center + offset));
        if (point && by_merit(*point) < by_merit(best)) best = *point;
      }
    }
    if (std::abs(best.peak_nm - target_nm) <= kAtTarget_nm) narrowest = std::min(narrowest, best.fwhm_meV);
  }
  return narrowest;
}

}  // namespace nocturne
