#pragma once

#include <map>
#include <string>

namespace nocturne {

/// The units of what the supervisor reads, by the names of quantities in the log; a share has none.
inline const std::map<std::string, std::string>& units_of_readings() {
  static const std::map<std::string, std::string> units{{"temperature_C", "°C"},   {"output", ""},
                                                        {"flow_uL_min", "µL/min"}, {"delivered_uL", "µL"},
                                                        {"pressure_bar", "bar"},   {"mass_g", "g"}};
  return units;
}

}  // namespace nocturne
