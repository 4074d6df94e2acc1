#pragma once

#include <Eigen/Core>
#include <string>

#include "devices/clock.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

enum class Light { lamp, led };  ///< white lamp across the cell (absorption); excitation LED (emission)

/// A fibre spectrometer with the lights of its flow cell. Faults are thrown as DeviceError.
class Spectrometer {
 public:
  virtual ~Spectrometer() = default;
  virtual const std::string& name() const = 0;
  /// Checks identity, reads calibration and limits, switches all lights off. Returns model and serial number.
  virtual Task<std::string> arm() = 0;
  /// Valid after arm(): pixel centres, saturation level, serial number.
  virtual const Detector& detector() const = 0;
  /// Returns the exposure as the instrument holds it.
  virtual Task<Duration> set_exposure(Duration exposure) = 0;
  virtual Task<void> set_light(Light light, bool on) = 0;
  /// Mean of `scans` exposures that began after the last change of exposure or light.
  virtual Task<Frame> acquire(int scans) = 0;
};

}  // namespace nocturne
