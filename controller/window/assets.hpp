#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nocturne {

/// A file of the pages, as it lies in this program. Views live as long as the program.
struct Asset {
  std::string_view path;         ///< "/program.js"; what is asked for as "/" is "/index.html"
  std::string_view media_type;   ///< with its charset
  std::string_view bytes, gzip;  ///< as it is, and compressed with gzip -9
};

/// Empty in a build without pages (NOCTURNE_WINDOW=OFF).
std::vector<Asset> assets();

/// Tells these pages from those of any other build: changes with every embedded byte, "none" without pages.
/// The pages know their own, so that one that is older than the program it asks can say so.
std::string build_digest();

}  // namespace nocturne
