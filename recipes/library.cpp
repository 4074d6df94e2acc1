#include "recipes/library.hpp"

#include <algorithm>
#include <system_error>

#include "recipes/document.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

bool is_library(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "materials", ignored) && fs::is_directory(folder / "benches", ignored);
}

fs::path program_folder() {
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  return problem ? fs::path{} : program.parent_path();
}

std::string ending_on(const std::string& shelf) { return shelf == "literature" ? ".csv" : ".toml"; }

}  // namespace

fs::path shipped_folder() {
  for (fs::path folder = program_folder(); !folder.empty(); folder = folder.parent_path()) {
    for (const fs::path& candidate : {folder / "share" / "nocturne" / "recipes", folder / "recipes"})
      if (is_library(candidate)) return candidate;
    if (folder == folder.root_path()) break;
  }
  const fs::path built_from = NOCTURNE_RECIPES_FOLDER;
  if (is_library(built_from)) return built_from;
  throw FileError{built_from.string() + ": the shipped recipes are not there"};
}

std::vector<std::string> shipped_names(const std::string& shelf) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{shipped_folder() / shelf, ignored})
    if (entry.path().extension() == ending_on(shelf)) names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

fs::path find_shipped(const std::string& given, const std::string& shelf) {
  std::error_code ignored;
  if (fs::exists(given, ignored) && !fs::is_directory(given, ignored)) return given;
  const auto names = shipped_names(shelf);
  const std::string ending = ending_on(shelf);
  const std::string name = given.ends_with(ending) ? given.substr(0, given.size() - ending.size()) : given;
  if (std::ranges::find(names, name) == names.end())
    throw FileError{given + ": cannot be read; no shipped file has this name" + suggestion(name, names)};
  return shipped_folder() / shelf / (name + ending);
}

}  // namespace nocturne
