#include "devices/virtual/harvard_model.hpp"

namespace nocturne::virtual_harvard {

Length Model::microstep() const { return Length::from_si(25.4e-3 / 24.0 / (400.0 * 16.0 * pulley)); }

Model legato_100() { return {"Legato 100", "LEGATO 100", "3.0.6", "D101754", 2.4, 155.0, false, true}; }

// The pulley that gives the microstep of 93.335 nm behind the limits one such pump prints.
Model phd_ultra() { return {"PHD Ultra", "PHD ULTRA", "3.0.5", "D204133", 1.771732, 330.0, true, true}; }

Model pump_11_elite() {
  return {"Pump 11", "11 ELITE I/W Single", "3.0.4", "D300127", 2.0, 155.0, false, true};
}

const std::vector<Manufacturer>& manufacturers() {
  static const std::vector<Manufacturer> known{
      {"bdp",
       "Becton Dickinson",
       {{1, 4.699}, {3, 8.585}, {5, 11.99}, {10, 14.43}, {20, 19.05}, {30, 21.59}, {60, 26.59}}},
      {"hsw", "HSW", {{1, 4.69}, {3, 9.65}, {5, 12.45}, {10, 15.9}, {20, 20.05}, {30, 22.9}, {50, 29.2}}},
      {"sge", "SGE", {{0.025, 0.728}, {0.05, 1.03}, {0.1, 1.457}}},
      {"hos", "Hoshi", {{20, 20.45}}},
  };
  return known;
}

}  // namespace nocturne::virtual_harvard
