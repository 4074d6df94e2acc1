#pragma once

#include <string>

#include "models/units.hpp"

namespace nocturne {

/// What a pump pushes: its inner diameter turns plunger travel into volume.
struct SyringeDescription {
  Length diameter;
  Volume volume;
};

/// The syringe with this name ("BD 60 mL"), as pump makers list it. Throws std::invalid_argument with the
/// names there are.
SyringeDescription find_syringe(const std::string& name);

}  // namespace nocturne
