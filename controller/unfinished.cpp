#include "controller/unfinished.hpp"

#include <unistd.h>

#include <string>
#include <utility>

#include "recipes/recipe.hpp"

namespace nocturne {

namespace fs = std::filesystem;

Unfinished::Unfinished(fs::path wanted)
    : wanted_{std::move(wanted)}, path_{wanted_.string() + ".unfinished-" + std::to_string(::getpid())} {}

Unfinished::~Unfinished() {
  std::error_code ignored;
  // A database has files beside it while it is open.
  for (const char* beside : {"", "-wal", "-shm", "-lock"}) fs::remove_all(path_.string() + beside, ignored);
}

void Unfinished::finish() {
  std::error_code error;
  fs::rename(path_, wanted_, error);
  if (error) throw FileError{wanted_.string() + ": cannot be written"};
}

}  // namespace nocturne
