#pragma once

#include <filesystem>
#include <string>

#include "models/material.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Reads and checks a material file. Throws FileError: a sizing curve that does not fall with size, platelet
/// windows that overlap, unknown keys, ...
Material read_material(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
Material parse_material(const std::string& text, const std::string& name);
/// The material that a recipe names: a shipped one, or a file ("mine.toml") in the recipe's folder. Throws
/// FileError in the recipe's line if there is none.
std::filesystem::path material_file_of(const Recipe& recipe);
Material material_of(const Recipe& recipe);

}  // namespace nocturne
