#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <optional>
#include <string>

#include "models/spectra/frame.hpp"

namespace nocturne {

/// The counts of a frame as they lie in a log's file.
struct StoredCounts {
  std::string encoding;       ///< "sums_zlib" or "float64"
  std::string bytes;          ///< "float64": little endian
  std::optional<int> pixels;  ///< of "sums_zlib" only
};

/// Without loss, in as little room as there is: what an instrument counts are whole numbers, and the mean
/// over the scans is their sum divided by the number of scans. Such sums are kept, as 32-bit integers whose
/// first bytes (the lowest) come first, then all second ones, and so on, deflated by zlib. All other counts
/// are kept as they are.
StoredCounts stored_counts(const Frame& frame);

/// The counts back, bit for bit. Throws std::invalid_argument for what is damaged.
Eigen::VectorXd counts_in(const std::string& encoding, const void* bytes, std::size_t size, int pixels,
                          int scans);

}  // namespace nocturne
