#include "devices/virtual/heater_tuning.hpp"

#include <algorithm>

namespace nocturne {

void tune(virtual_control::Parameters& parameters, const PlantHeater& heater) {
  const double delay = std::max(heater.dead_time_s + heater.probe_time_s, 1.0);
  const double closed_loop = delay;
  parameters.proportional_band = 100.0 * (heater.full_power_K_per_s / 100.0) * (closed_loop + delay);
  parameters.integral_s = std::min(heater.loss_time_s, 4.0 * (closed_loop + delay));
  parameters.derivative_s = heater.probe_time_s;
}

}  // namespace nocturne
