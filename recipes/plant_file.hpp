#pragma once

#include <filesystem>
#include <string>

#include "models/plant/plant_parameters.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Reads and checks a plant file. Every constant is a table { value, unit, source }; the unit must be the one
/// that the constant has in PlantParameters, and the source names a paper or says "assumed". Throws
/// FileError; an unknown key, a missing constant or a missing source is an error.
PlantParameters read_plant(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
PlantParameters parse_plant(const std::string& text, const std::string& name);

}  // namespace nocturne
