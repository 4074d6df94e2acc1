#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nocturne {

/// What one make of Ocean spectrometer can do.
struct OceanModel {
  std::string name;
  int pixels = 0;
  double full_scale = 65535.0;
  std::uint32_t min_exposure_us = 0;
  std::uint32_t max_exposure_us = 0;
  std::set<int> trigger_modes;
  std::set<std::uint32_t> spectrum_types;                              ///< the spectrum messages it knows
  std::vector<std::pair<std::uint32_t, std::uint32_t>> active_ranges;  ///< pixels, inclusive
  std::vector<std::pair<std::uint32_t, std::uint32_t>> dark_ranges;    ///< electrically dark
};

/// "FX", "HDX", "STS" or "QEPro", with or without "Ocean " before it. Throws std::invalid_argument for any
/// other name.
const OceanModel& ocean_model(const std::string& name);

}  // namespace nocturne
