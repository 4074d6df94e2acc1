#pragma once

#include <limits>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/plant/plant.hpp"
#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"

namespace nocturne {

/// A plant as the world of a benchmark.
struct BenchmarkPlant {
  std::string name;
  std::string digest;  ///< of the texts of plant and material: results of other texts are other results
  PlantParameters parameters;
  Material material;
};

/// A plant file or the name of a shipped one, with its material: the shipped one by whose name the plant's
/// begins, or else `material`. Throws FileError.
BenchmarkPlant read_benchmark_plant(const std::string& given, const std::string& material);

/// Whether flows give these conditions. `plant` must outlive it.
Feasible mixable(const BenchmarkPlant& plant);

/// A point of the truth where the product emits as dots.
struct DotsPoint {
  Eigen::VectorXd unit;
  double peak_nm = 0.0, fwhm_meV = 0.0;
};

/// The noiseless truth over `count` Sobol points that can be mixed; those are left out where it does not
/// emit, or mostly as platelets.
std::vector<DotsPoint> survey(const BenchmarkPlant& plant, int count);

/// `count` wavelengths evenly from the 5 % to the 95 % quantile of where an experiment succeeds, over the
/// first 1,024 points, to 0.1 nm. Throws std::runtime_error for a plant that makes next to no dots.
std::vector<double> evenly_spaced_targets(const BenchmarkPlant& plant, int count);

/// Truth counts as being at a wavelength within this distance.
constexpr double kAtTarget_nm = 1.0;
/// The narrowest line within kAtTarget_nm of the target: from the survey's best points on in boxes that
/// shrink, all of it without noise. kNoWidth if nothing is found there.
constexpr double kNoWidth = std::numeric_limits<double>::infinity();
double narrowest_at(const BenchmarkPlant& plant, const std::vector<DotsPoint>& surveyed, double target_nm);

/// Whether the truth is that of dots within kAtTarget_nm.
bool is_at(const PlantTruth& truth, double target_nm);

}  // namespace nocturne
