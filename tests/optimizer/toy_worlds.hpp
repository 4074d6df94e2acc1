#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/variable.hpp"

namespace nocturne::test {

/// What a toy world makes of conditions, without noise.
struct ToyProduct {
  double peak_nm = 0.0;
  double fwhm_meV = 90.0;
  bool emits = true;
};

struct ToyWorld {
  std::string name;
  double scatter_nm;  ///< of repeated experiments
  std::function<ToyProduct(const Conditions&)> truth;
};

inline std::vector<Variable> toy_variables() {
  const auto real = [](const char* name, double low, double high, Scale scale) {
    return Variable{name, low, high, scale, VariableKind::real, {}, ""};
  };
  return {real("br_pb", 3.2, 12.0, Scale::logarithmic), real("amine_pb", 0.5, 6.0, Scale::logarithmic),
          real("temperature_C", 70.0, 180.0, Scale::linear),
          real("residence_time_s", 40.0, 240.0, Scale::logarithmic)};
}

/// Emission of a dot of edge length d (nm) in a confinement picture of the given strength (eV nm^power).
inline double toy_peak(double d, double edge_eV, double strength, double power) {
  return 1239.841984 / (edge_eV + strength / std::pow(std::max(d, 1.0), power));
}

/// Worlds that differ in their physics, none of them that of the prior mean; in the last two its signs are
/// wrong.
inline std::vector<ToyWorld> toy_worlds() {
  const auto warm = [](const Conditions& c) { return (c.at("temperature_C") - 120.0) / 50.0; };
  return {
      {"power_law", 1.0,
       [=](const Conditions& c) {
         const double d = 6.5 * std::pow(c.at("br_pb") / 6.0, -0.55) * std::exp(0.3 * warm(c)) *
                          std::pow(c.at("residence_time_s") / 100.0, 0.06) *
                          std::pow(c.at("amine_pb"), -0.12);
         return ToyProduct{toy_peak(d, 2.365, 3.9, 2.0), 80.0 + 150.0 / d, warm(c) > -0.8};
       }},
      {"saturating", 1.0,
       [=](const Conditions& c) {
         const double uptake = c.at("br_pb") / (c.at("br_pb") + 4.0 * std::exp(0.8 * warm(c)));
         const double d = 3.0 + 9.0 * std::pow(1.0 - uptake, 1.3) + 0.8 * warm(c) +
                          0.5 * std::log1p(c.at("residence_time_s") / 60.0) - 0.3 * c.at("amine_pb") / 3.0;
         return ToyProduct{toy_peak(d, 2.36, 1.15, 1.3), 110.0 - 3.0 * d,
                           c.at("amine_pb") < 4.5 + 2.0 * warm(c)};
       }},
      {"curved", 1.5,
       [=](const Conditions& c) {
         const double x = std::log(c.at("br_pb") / 6.0), t = warm(c), a = std::log(c.at("amine_pb"));
         const double peak = 492.0 - 26.0 * std::tanh(1.2 * x) + 14.0 * t - 5.0 * t * x +
                             4.0 * std::sin(2.0 * a) +
                             5.0 * std::tanh(std::log(c.at("residence_time_s") / 90.0)) - 3.0 * t * t;
         return ToyProduct{peak, 95.0 + 10.0 * x * x, true};
       }},
      {"amine_driven", 1.0,
       [=](const Conditions& c) {
         const double a = std::log(c.at("amine_pb") / 2.0), x = std::log(c.at("br_pb") / 6.0);
         const double peak = 490.0 + 16.0 * a - 10.0 * x + 6.0 * warm(c) - 5.0 * a * warm(c);
         return ToyProduct{peak, 100.0, true};
       }},
      {"cooling_reddens", 1.0,
       [=](const Conditions& c) {
         const double x = std::log(c.at("br_pb") / 6.0);
         const double peak = 490.0 - 18.0 * warm(c) + 22.0 * std::tanh(1.5 * x) + 4.0 * x * warm(c);
         return ToyProduct{peak, 100.0, true};
       }},
  };
}

/// The same with scatter and counting noise, or a failure.
inline Outcome toy_experiment(const ToyWorld& world, const Conditions& conditions, std::uint64_t seed) {
  const ToyProduct product = world.truth(conditions);
  if (!product.emits) return Failure{FailureKind::no_emission, ""};
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal;
  Observation observation;
  observation.peak_nm = Estimate{product.peak_nm + std::hypot(world.scatter_nm, 0.1) * normal(engine), 0.1};
  observation.fwhm_meV = Estimate{product.fwhm_meV + 2.0 * normal(engine), 0.5};
  observation.intensity = Estimate{1e4 * std::exp(0.1 * normal(engine)), 50.0};
  return observation;
}

}  // namespace nocturne::test
