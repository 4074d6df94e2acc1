#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nocturne {

/// The folder of the shipped files: `recipes` beside the program's source or build tree,
/// `share/nocturne/recipes` of an installed one. Throws FileError if neither is there.
std::filesystem::path shipped_folder();

/// What a user means by a file: a path that exists, or the name of a shipped file with or without its ending.
/// `shelf` is the folder of the library: "" for recipes, "benches", "materials", "plants", "literature"
/// (whose files end with .csv). Throws FileError with the names there are.
std::filesystem::path find_shipped(const std::string& given, const std::string& shelf);

/// Names on a shelf, without .toml or .csv, sorted.
std::vector<std::string> shipped_names(const std::string& shelf);

}  // namespace nocturne
