#pragma once

#include <string>
#include <vector>

#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"
#include "devices/virtual/virtual_ocean.hpp"
#include "models/plant/plant.hpp"

namespace nocturne {

/// A virtual pump that feeds the plant.
struct VirtualFeed {
  std::size_t plant_feed = 0;  ///< index into the plant's feeds
  VirtualNewEraOptions pump;
};

struct VirtualBenchOptions {
  std::string chain_name = "pumps";
  std::vector<VirtualFeed> feeds;
  VirtualEurothermOptions heater;
  VirtualOceanOptions spectrometer;
};

/// Every virtual instrument of one bench, wired to one plant. Plant time is the clock's, in seconds. Clock
/// and plant outlive the bench.
class VirtualBench {
 public:
  /// Throws std::invalid_argument if the spectrometer's model does not fit the plant's detector.
  VirtualBench(Clock& clock, Plant& plant, VirtualBenchOptions options);
  VirtualBench(const VirtualBench&) = delete;
  VirtualBench& operator=(const VirtualBench&) = delete;
  ~VirtualBench();

  VirtualNewEraChain& pumps() { return pumps_; }
  VirtualEurotherm& heater() { return heater_; }
  VirtualOcean& spectrometer() { return spectrometer_; }

 private:
  Clock& clock_;
  Plant& plant_;
  VirtualNewEraChain pumps_;
  VirtualEurotherm heater_;
  VirtualOcean spectrometer_;
};

/// Sets band, integral and derivative time as an installer's tuning of this heater would (Skogestad 2003,
/// 10.1016/S0959-1524(02)00062-8, for an integrating process with dead time).
void tune(virtual_eurotherm::Parameters& parameters, const PlantHeater& heater);

}  // namespace nocturne
