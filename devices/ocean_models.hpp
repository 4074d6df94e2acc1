#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "devices/clock.hpp"

namespace nocturne {

/// Pixels `first` to `last`, both included.
struct PixelRange {
  int first = 0;
  int last = 0;
};

/// What a model of spectrometer is by design.
struct OceanInstrument {
  std::string name;
  int pixels = 0;
  double full_scale_counts = 0.0;
  Duration min_exposure;
  Duration max_exposure;
  std::vector<std::uint32_t> spectrum_messages{};  ///< that ask for a spectrum, the usual one first
  int bytes_per_pixel = 2;
  std::vector<int> metadata_bytes{};  ///< that may come in front of the counts
  bool buffered = false;              ///< spectra come from a buffer, which may hold old ones
  std::uint16_t product = 0;          ///< USB product number; 0 = not known
  std::vector<PixelRange> unlit{};    ///< pixels that no light reaches, unless the instrument knows better
  std::vector<std::pair<int, std::string>> trigger_modes{};  ///< besides 0, which is "normal" for all

  /// "3 (level)".
  std::string trigger_mode(int mode) const;
};

/// "STS", "Spark", "QE Pro", "Ventana", "HDX", "FX", "FlameX"; throws std::invalid_argument naming them for
/// anything else.
OceanInstrument ocean_instrument(const std::string& name);

/// The name of the model with this USB product number; empty if it is none of these.
std::string spectrometer_product(std::uint16_t product);

}  // namespace nocturne
