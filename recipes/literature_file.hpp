#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/study.hpp"
#include "models/variable.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// What a table of published syntheses is read for.
struct LiteratureUse {
  /// Sizes without a peak become peaks on its sizing curve, and syntheses of another material are left out.
  /// Null = neither.
  const Material* material = nullptr;
  std::vector<Variable> variables;   ///< conditions beside those of recipes; categorical cells are words
  std::vector<std::string> outputs;  ///< outputs beside those of an Observation
};

struct Literature {
  std::vector<Study> studies;  ///< a record has the conditions that are known of it, not always all
  int other_material = 0;      ///< syntheses left out
};

/// Reads published syntheses: a CSV table, one synthesis a row, lines that begin with # left out. Columns:
/// study, source, and if wanted material and note; conditions and outputs by our names with their unit
/// (br_pb, temperature_C, peak_nm, ...), the standard error of each output beside it (peak_nm_se); an empty
/// cell was not given. A row whose source is "default" has conditions only: they hold where the rows of its
/// study leave them empty. Throws FileError: an unknown or doubled column, a cell that is no number, a value
/// that cannot be in this unit, an output without standard error, a row without output, two sources of one
/// study.
Literature read_literature(const std::filesystem::path& file, const LiteratureUse& use);
/// The same from text; `name` stands for the file in messages.
Literature parse_literature(const std::string& text, const std::string& name, const LiteratureUse& use);

}  // namespace nocturne
