#pragma once

#include <filesystem>

namespace nocturne {

/// Held by the one process that appends to a log: a locked file "<log>-lock" beside it, with the process's
/// number for people. The system drops the lock when the process dies, however it dies.
class LogLock {
 public:
  /// Throws LogError if another holder lives or the file cannot be made.
  explicit LogLock(const std::filesystem::path& log);
  ~LogLock();
  LogLock(const LogLock&) = delete;

  /// Whether a living process holds the lock of this log.
  static bool is_held(const std::filesystem::path& log);

  LogLock& operator=(const LogLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace nocturne
