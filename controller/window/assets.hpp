#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nocturne {

/// A file of the pages, within the program.
struct Asset {
  std::string_view path;  ///< "/index.html"
  std::string_view media_type;
  std::string_view bytes;
  std::string_view gzip;  ///< the same compressed; empty = not worth it
};

std::vector<Asset> assets();

/// Changes with any byte of the pages.
std::string build_digest();

}  // namespace nocturne
