#pragma once

#include <filesystem>
#include <string>

#include "models/plant/plant_parameters.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Reads and checks a plant file. Every constant is a table { value, unit, source }; the unit must be the one
/// that the constant has in PlantParameters, and the source names a paper or says "assumed". Throws
/// FileError; an unknown key, a missing constant or a missing source is an error.
///
/// A plant that is mostly like another says so with `base = "name"`, a file beside it or a shipped one, and
/// tells only what differs.
PlantParameters read_plant(const std::filesystem::path& file);
/// The file and all that it is based on as one text, for logs. Throws FileError.
std::string plant_text(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
PlantParameters parse_plant(const std::string& text, const std::string& name);

}  // namespace nocturne
