#pragma once

#include "devices/virtual/control_loop.hpp"
#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// Sets band, integral and derivative time as an installer's tuning of this heater would (Skogestad 2003,
/// 10.1016/S0959-1524(02)00062-8, for an integrating process with dead time).
void tune(virtual_control::Parameters& parameters, const PlantHeater& heater);

}  // namespace nocturne
