#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/window/shared_night.hpp"

namespace nocturne {

/// The logs that may be asked for, by ids that are no paths. Those that were asked for last are kept open.
class NightShelf {
 public:
  struct Listed {
    std::string id;
    std::filesystem::path file;
  };

  /// Each file once; of equal names the later ones get a number.
  explicit NightShelf(const std::vector<std::filesystem::path>& files);

  const std::vector<Listed>& listed() const { return listed_; }
  /// Throws Problem for an id that is not listed, LogError, FileError. Thread-safe.
  std::shared_ptr<SharedNight> night(const std::string& id);

 private:
  const Listed& listed(const std::string& id) const;

  std::vector<Listed> listed_;
  std::mutex mutex_;
  std::list<std::shared_ptr<SharedNight>> open_;  ///< asked for last first; a reader keeps its own alive
};

}  // namespace nocturne
