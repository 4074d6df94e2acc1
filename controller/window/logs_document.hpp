#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "controller/json_types.hpp"
#include "controller/window/night_shelf.hpp"

namespace nocturne {

/// The list of logs; what was read of one is kept for as long as its file stays as it is. Thread-safe.
class LogList {
 public:
  /// One that cannot be read is listed with what is wrong.
  OrderedJson document(const std::vector<NightShelf::Listed>& listed);

 private:
  struct Entry {
    std::string files;  ///< times and sizes of what it was read from
    OrderedJson json;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  ///< by id
};

OrderedJson logs_schema();

}  // namespace nocturne
