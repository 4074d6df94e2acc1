#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_events.hpp"
#include "models/spectra/interpret.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Follows the events of a log and knows, when an experiment's outcome comes, which frames it was made from:
/// everything since the last "plan" or "resumed", cut by "settled"; darks and reference from the experiment's
/// own frames or else from the last calibration.
class FrameCollector {
 public:
  /// Takes every event in order. Throws LogError.
  void take(const Event& event);
  const std::optional<Detector>& detector() const { return detector_; }
  /// The measurement of an experiment whose outcome has not been taken yet.
  MeasurementFrames measurement(int experiment) const;
  /// A spectrum that came with its own wavelengths (an import); nothing if there is none.
  std::optional<Spectrum> imported(int experiment) const;

 private:
  std::optional<Detector> detector_;
  std::map<std::string, SpectrumRecord> calibration_;   // by role
  std::map<int, std::vector<SpectrumRecord>> spectra_;  // by experiment, in order
  std::map<int, double> fed_lead_;                      // mmol/L in the cell, by experiment
};

}  // namespace nocturne
