#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nocturne {

struct ImportRequest {
  std::filesystem::path table;
  std::filesystem::path map;
  std::filesystem::path spectra;                ///< folder; empty = the map needs none
  std::filesystem::path log;                    ///< must not hold anything yet
  std::filesystem::path materials;              ///< folder of the material files
  std::map<std::string, std::string> versions;  ///< for the log's header
};

struct ImportResult {
  int experiments = 0;
  int skipped_rows = 0;
  int repeated_rows =
      0;  ///< of the experiments: they say in everything what an earlier row says, and count once
  int spectra = 0;
  std::string fingerprint;
  /// A line for all rows of the same conditions that contradict one another, the largest first, then one for
  /// every row that repeats another. Rows that contradict count.
  std::vector<std::string> messages;
};

/// Makes a log of somebody's table: every row becomes a decision with its conditions, its spectrum and an
/// outcome that holds the published values (flag "published"). Throws FileError, and then there is no log at
/// all.
ImportResult import_table(const ImportRequest& request);

}  // namespace nocturne
