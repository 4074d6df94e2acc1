#pragma once

#include <cstdint>
#include <iosfwd>

#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// The plant in time, over JSON lines. Every line {"time_s": t, "feeds_uL_per_min": {name: rate}, "heater_C":
/// x, "lamp": bool, "led": bool} acts at t, what it leaves out stays; with "expose_s" it is answered by a
/// spectrum: {"time_s", "probe_C", "pressure_bar", "truth", "counts"}, and with "every_s" and "until_s" by
/// one each time. The first answer is {"wavelength_nm"}. Times never fall. The heater is controlled as the
/// virtual bench's is. Returns the exit status: 2 at the first wrong line, which changes nothing, else 0.
int plant_schedule(const PlantParameters& parameters, std::uint64_t seed, std::istream& schedule,
                   std::ostream& answers, std::ostream& messages);

}  // namespace nocturne
