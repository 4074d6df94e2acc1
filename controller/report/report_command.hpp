#pragma once

#include <filesystem>
#include <iosfwd>

#include "controller/log/log.hpp"

namespace nocturne {

struct ReportOptions {
  std::filesystem::path to;  ///< empty = the log's name with .html
  bool json = false;         ///< tell what was written as JSON
};

/// Writes a night's report as one HTML file, whole or not at all. Returns the exit status. Throws FileError:
/// a place that cannot be written, or a file there that is no earlier report.
int report(const Log& log, const ReportOptions& options, std::ostream& out);

/// The page itself. Throws FileError.
std::string report_page(const Log& log);

}  // namespace nocturne
