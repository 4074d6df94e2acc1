#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/plant/flow_history.hpp"
#include "models/plant/plant_parameters.hpp"
#include "models/plant/random.hpp"

namespace nocturne {

/// What stands between the lights and the detector during one exposure.
struct Disturbance {
  double film = 0.0;               ///< decadic loss in the cell's windows at 500 nm
  double bubble_share = 0.0;       ///< of the exposure, during which gas fills the cell
  double bubble_light = 1.0;       ///< lamp light past that gas, relative to clear fluid
  double room_light = 1.0;         ///< relative to its mean
  double detector_warmer_K = 0.0;  ///< than its mean temperature
};

/// The film that passing solid leaves on the cell's windows. It grows with the amount that passed; solvent
/// takes part of it away.
class WindowFilm {
 public:
  /// What flows through the cell.
  struct Stream {
    double solid_lead = 0.0;     ///< mmol/L, in the cell
    double solvent_share = 0.0;  ///< by volume
    double flow = 0.0;           ///< µL/s
  };
  explicit WindowFilm(const PlantDisturbances& constants);

  /// The stream is looked up at fixed times only, so the film does not depend on when one asks. `stream` must
  /// know the time since the last call.
  void advance(double time_s, const std::function<Stream(double time_s)>& stream);
  /// Decadic loss at 500 nm. `time_s` must not lie beyond the last advance.
  double absorbance(double time_s) const;

 private:
  PlantDisturbances constants_;
  double loose_ = 0.0;
  double fixed_ = 0.0;
  std::vector<double> knots_{0.0};
};

/// Bubbles enter the cell as a Poisson process in time while anything flows, and stay until the flow has
/// carried their volume away. A function of seed, time and flows alone. A bubble is cut at three cell
/// volumes.
class Bubbles {
 public:
  Bubbles(const PlantParameters& parameters, std::uint64_t seed, std::uint64_t stream);

  /// Sets bubble_share and bubble_light of an exposure; the flow at its start counts as lasting.
  void look(const FlowHistory& flows, double start_s, double exposure_s, Disturbance& seen) const;

 private:
  struct Bubble {
    double time_s = 0.0;
    double volume_uL = 0.0;
    double light = 1.0;
  };
  /// Those that come in one minute if it flows.
  std::vector<Bubble> within(std::uint64_t minute) const;

  PlantDisturbances constants_;
  double largest_uL_;
  std::uint64_t seed_;
  std::uint64_t stream_;
};

/// The room's light and the detector's temperature through the night.
class Surroundings {
 public:
  Surroundings(const PlantParameters& parameters, std::uint64_t seed, std::uint64_t stream);
  void look(double time_s, Disturbance& seen);

 private:
  SlowVariation room_;
  double swing_K_;
  double phase_;
};

}  // namespace nocturne
