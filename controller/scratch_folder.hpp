#pragma once

#include <filesystem>

namespace nocturne {

/// An empty folder for files that nobody needs afterwards. Throws std::filesystem::filesystem_error.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nocturne
