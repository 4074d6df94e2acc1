#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/plant/plant_parameters.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

/// What really leaves the reactor: known only to the plant.
struct PlantTruth {
  double peak_nm = 0.0;
  double fwhm_meV = 0.0;
  double edge_length_nm = 0.0;
  double plqy = 0.0;
  double yield = 0.0;  ///< share of the lead that ended in dots
  double nanoplatelet_fraction = 0.0;
  bool emits = false;
};

/// The reactor, its tube, heater and optics as one physical world. Time is in seconds, never runs backwards,
/// and passes only when somebody acts or looks; results depend on the actions and their times, not on how
/// often one looks.
class Plant {
 public:
  Plant(PlantParameters parameters, std::uint64_t seed);
  ~Plant();
  Plant(const Plant&) = delete;
  Plant& operator=(const Plant&) = delete;

  /// Sets the volume flow of one feed (index into parameters.feeds) at `time_s`; what flows lags and pulsates
  /// as parameters.pumps say.
  void set_feed(std::size_t feed, double microliters_per_minute, double time_s);
  /// What a feed has brought into the tube since time zero, in µL. May be up to ten minutes in the past.
  double fed_uL(std::size_t feed, double time_s);
  /// Who decides the heating power: called by the plant for every control period with the time and the
  /// probe's temperature; returns 0..1. Without it the heater is off.
  void attach_heater(std::function<double(double time_s, double probe_celsius)> power);
  double probe_celsius(double time_s);
  /// Back-pressure between junction and outlet, in bar.
  double pressure_bar(double time_s);

  void set_lamp(bool on, double time_s);
  void set_led(bool on, double time_s);
  /// Air gets into the tube: segments of gas and liquid pass the cell in turn, a second each.
  void set_air(bool on, double time_s);
  const Detector& detector() const;
  /// Counts of one exposure that begins at `start_s`, rounded and clipped as the converter does. Lights that
  /// nobody has switched yet count as staying. May be up to ten minutes in the past. Exposures that begin at
  /// the same time differ in their noise by their order.
  Eigen::VectorXd expose(double start_s, double exposure_s);

  /// The product at the cell at `time_s`, undisturbed by optics.
  PlantTruth truth(double time_s);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Conditions for which the plant's equations are not meant.
struct OutsideValidity : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// The steady product at given conditions ("br_pb", "amine_pb", "temperature_C", "residence_time_s", ...),
/// without what makes runs differ, and without noise. Throws std::invalid_argument for an unknown or missing
/// condition and for a mixture that no flows give, OutsideValidity for one outside the decision space.
PlantTruth steady_truth(const PlantParameters& parameters, const Conditions& conditions);

/// The steady product as an instrument would see it: truth, with what makes runs differ, through optics,
/// detector and analysis. The same seed, the same answer. Throws like steady_truth.
Outcome steady_observation(const PlantParameters& parameters, const Material& material,
                           const Conditions& conditions, std::uint64_t seed);

}  // namespace nocturne
