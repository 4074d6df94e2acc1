#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <random>

#include "devices/virtual/ocean_model.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

/// What a real cell and detector do besides what is expected of them. All off unless asked for.
struct OceanQuirks {
  int unlit_edge_pixels = 0;  ///< at either end: no light reaches them
  double least_wander = 0.0;  ///< decadic loss of light that changes with every exposure, uniform
  double most_wander = 0.0;   ///< from least to most; negative: gain
  double led_line_counts =
      0.0;  ///< height of the LED's own line, scattered into every spectrum while it burns
  double led_line_nm = 365.0;
  double led_line_width_nm = 9.0;  ///< full width at half height
  int dark_corrected_every = 0;    ///< every so many exposures one comes with the baseline taken off
};

/// What goes wrong in a virtual spectrometer, for tests.
struct VirtualOceanFaults {
  ReplyFaults reply;
  bool frozen = false;              ///< every exposure is the last one again
  bool saturated = false;           ///< more light than the converter can count
  bool lights_fail = false;         ///< lights are acknowledged and stay dark
  bool lamp_dead = false;           ///< likewise, the lamp alone
  double lamp_flicker = 0.0;        ///< relative standard deviation of the lamp's light between exposures
  int lost_frames = 0;              ///< so many exposures get lost on their way; counted down
  bool calibration_erased = false;  ///< coefficients are not numbers
  std::uint64_t stuck_bits = 0;     ///< of the converter: always set
  std::optional<Eigen::Index> stuck_pixel;  ///< the only one whose bits are stuck; nothing = all
};

/// What shines on the detector while it exposes.
struct OceanLight {
  bool lamp = false;
  bool led = false;
  bool shutter_open = true;
};

/// From the counts that light and electronics make to what the converter gives, as whole numbers.
class OceanReadout {
 public:
  /// `baseline_counts`: what an unlit pixel gives; everything above it is taken for light.
  OceanReadout(const OceanModel& model, const Detector& detector, OceanQuirks quirks, double baseline_counts);

  /// One exposure; counts in, counts out.
  Eigen::VectorXd read(Eigen::VectorXd counts, const OceanLight& light, const VirtualOceanFaults& faults);
  /// Whole number in the converter's range. A pixel without a number counts nothing.
  std::uint64_t converted(double counts, Eigen::Index pixel, const VirtualOceanFaults& faults) const;

 private:
  double light_share(const OceanLight& light, const VirtualOceanFaults& faults);
  void add_led_line(Eigen::VectorXd& counts) const;
  void darken(Eigen::VectorXd& counts, Eigen::Index first, Eigen::Index last);

  const OceanModel& model_;
  const Detector& detector_;
  const OceanQuirks quirks_;
  const double baseline_;
  int exposures_ = 0;
  std::optional<Eigen::VectorXd> last_;
  std::mt19937_64 random_{4242};
};

}  // namespace nocturne
