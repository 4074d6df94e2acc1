#pragma once

#include <Eigen/Core>

#include "models/observation.hpp"

namespace nocturne {

/// What a tracer pulse says about the time that fluid spends in a reactor.
struct ResidenceTimes {
  Estimate mean_s;                 ///< first moment, from the injection on
  Estimate variance_s2;            ///< second central moment
  double bodenstein = 0.0;         ///< u L / D; infinite for plug flow, 0 for a stirred tank
  double bodenstein_error = 0.0;   ///< standard error; 0 where the number has no finite value
  double arrival_s = 0.0;          ///< after the injection, when the signal leaves its baseline
  double end_of_baseline_s = 0.0;  ///< from here on the signal counts as tracer-free again
  bool tail_cut = false;           ///< the signal still falls at the end: the mean is a lower bound
};

/// Moments of a detector's response to a short tracer pulse (Levenspiel 1999, Chemical Reaction Engineering,
/// 3rd ed., ch. 11). `signal` may rise or fall with tracer. Its baseline drifts: a straight line from the
/// mean before the arrival to the mean of the last `tail_share` of the record. The Bodenstein number is that
/// of the dispersion model between closed ends, variance/mean² = 2/Bo - 2/Bo² (1 - exp(-Bo)). Times in s,
/// ascending; the record must begin before the arrival. Standard errors come from the noise of the baseline,
/// whose level is uncertain on both sides. Throws std::invalid_argument for series of different length,
/// shorter than 20 points, or without a pulse.
ResidenceTimes residence_times(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal,
                               double injection_s, double tail_share = 0.03);

/// Centroid of a short pulse against the straight baseline through the record's ends: when tracer passed an
/// inlet detector. Throws like residence_times().
double pulse_centroid_s(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal);

}  // namespace nocturne
