#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace nocturne {

struct ExportRequest {
  std::filesystem::path log, folder;
  std::vector<std::string> formats;  ///< of export_formats(); empty = csv
  bool json = false;
};

/// `export`: writes `log` for other programs into a folder that is new or empty; all of it, or nothing. Tells
/// the files. Throws FileError, std::invalid_argument for an unknown format. Returns the exit status 0.
int export_log(const ExportRequest& request, std::ostream& out);

}  // namespace nocturne
