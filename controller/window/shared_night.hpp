#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "controller/window/documents.hpp"

namespace nocturne {

/// A log that several threads ask about. Everything but the constructor needs `mutex`.
class SharedNight {
 public:
  /// Throws LogError, FileError.
  SharedNight(std::string id, std::filesystem::path file);

  std::mutex mutex;

  const std::string& id() const { return id_; }
  const std::filesystem::path& file() const { return file_; }
  /// Reads what is new; from the beginning, if another log has taken the place of this one. Throws Problem if
  /// the file is gone, LogError, FileError.
  void refresh();
  /// How often another log has taken its place.
  int replaced() const { return replaced_; }
  const FollowedNight& night() const { return *night_; }
  Life life() const;

 private:
  struct Place {
    dev_t device = 0;
    ino_t number = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  Place place() const;

  std::string id_;
  std::filesystem::path file_;
  Place read_;
  int replaced_ = 0;
  std::optional<FollowedNight> night_;
};

}  // namespace nocturne
