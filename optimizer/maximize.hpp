#pragma once

#include <cstdint>
#include <vector>

#include "optimizer/acquisition.hpp"
#include "optimizer/decision_space.hpp"

namespace nocturne {

struct MaximizeOptions {
  int candidates = 512;      ///< Sobol points that are looked at first
  int restarts = 10;         ///< of them, those that are climbed from
  int steps = 40;            ///< of the climb, all restarts together
  double separation = 0.05;  ///< on the unit cube, between maxima that count as different
  std::uint64_t seed = 0;
};

/// Where an acquisition is largest, on allowed conditions.
struct Maximum {
  Eigen::VectorXd unit;
  double value = 0.0;
  friend bool operator==(const Maximum&, const Maximum&) = default;
};

/// Up to `restarts` different maxima, best first: Sobol points and `guesses` (one per row), the best of them
/// climbed by projected gradient ascent with the step of Barzilai and Borwein 1988
/// (doi:10.1093/imanum/8.1.141). Throws std::runtime_error if no allowed conditions are found.
std::vector<Maximum> maximize(const Acquisition& acquisition, const DecisionSpace& space,
                              const Feasible& feasible, const Eigen::MatrixXd& guesses,
                              const MaximizeOptions& options);

}  // namespace nocturne
