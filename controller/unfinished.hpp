#pragma once

#include <filesystem>

namespace nocturne {

/// What is being written under another name beside the file or folder that is wanted. It takes that one's
/// place when it is whole; otherwise it goes, and what was there stays.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path wanted);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  /// Where to write meanwhile; no other process uses this name.
  const std::filesystem::path& path() const { return path_; }

  /// Throws FileError if nothing was written, or it cannot take that place.
  void finish();

 private:
  std::filesystem::path wanted_, path_;
};

}  // namespace nocturne
