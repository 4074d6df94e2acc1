#pragma once

#include "models/units.hpp"

namespace nocturne {

/// How fast a heated zone moves: what full power gains, and Newton's law of cooling towards the room.
struct HeatingModel {
  double heating_K_per_s = 0.5;
  Seconds cooling_time{400.0};

  double loss_K_per_s(Temperature at) const { return (at - kRoom).si() / cooling_time.count(); }

  static constexpr Temperature kRoom = Temperature::from_celsius(25.0);
};

}  // namespace nocturne
