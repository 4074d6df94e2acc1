#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "controller/log/log.hpp"

namespace nocturne {

/// A chain of SHA-256 digests: of the header, then of each digest with the next event. Numbers enter as
/// little-endian bytes, texts and spectra with their length before them, so no two logs share their bytes.
class Fingerprint {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  /// Neither file names nor the wall clock enter.
  explicit Fingerprint(const CampaignHeader& header);
  explicit Fingerprint(const Digest& digest) : digest_{digest} {}

  /// `event` must have its seq.
  void add(const Event& event);
  const Digest& digest() const { return digest_; }
  std::string hex() const;

 private:
  Digest digest_;
};

/// SHA-256 of bytes, as hexadecimal digits.
std::string digest_of(const std::string& bytes);
/// The same of a file of any size. Throws std::runtime_error if it cannot be read.
std::string digest_of_file(const std::filesystem::path& file);

/// Doubles as little-endian bytes, and back. values_of throws std::invalid_argument for a length that is no
/// multiple of 8.
std::string bytes_of(const Eigen::VectorXd& values);
Eigen::VectorXd values_of(const void* bytes, std::size_t size);

}  // namespace nocturne
