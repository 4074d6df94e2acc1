#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nocturne {

/// The spectrum messages.
namespace virtual_obp {
constexpr std::uint32_t corrected_spectrum = 0x101000;
constexpr std::uint32_t raw_spectrum = 0x101100;
constexpr std::uint32_t raw_spectra_with_metadata = 0x100980;
constexpr std::uint32_t buffered_spectrum_with_metadata = 0x100928;
}  // namespace virtual_obp

/// What one make of Ocean spectrometer can do.
struct OceanModel {
  std::string name;
  int pixels = 0;
  double full_scale = 65535.0;
  std::uint32_t min_exposure_us = 0;
  std::uint32_t max_exposure_us = 0;
  std::set<int> trigger_modes;
  std::set<int> free_running_modes;                                    ///< of them, those that need no pulse
  std::set<std::uint32_t> spectrum_types;                              ///< the spectrum messages it knows
  std::vector<std::pair<std::uint32_t, std::uint32_t>> active_ranges;  ///< pixels, inclusive
  std::vector<std::pair<std::uint32_t, std::uint32_t>> dark_ranges;    ///< electrically dark
  std::uint16_t product_id = 0;                                        ///< under USB vendor 2457 hex
  std::uint32_t most_buffered = 0;                                     ///< spectra; 0 = no buffer
  int most_binning = 0;  ///< 2 to this power neighbours can be averaged
  bool cooled = false;
  bool networked = false;
};

/// "FX" (also "FlameX"), "HDX", "STS", "Spark", "QEPro" or "Ventana", with or without "Ocean " before it;
/// spaces do not matter. Throws std::invalid_argument for any other name.
const OceanModel& ocean_model(const std::string& name);

}  // namespace nocturne
