#pragma once

#include <string>

#include "controller/window/documents.hpp"

namespace nocturne {

/// Whether a night is well, as one glance has to tell it.
struct Verdict {
  std::string word;  ///< "fine", "look", "trouble" or "done"
  std::string text;  ///< one plain sentence
};

/// Readings come every ten seconds; when nothing came for so long, somebody has to look.
constexpr double kQuiet_s = 45.0;

Verdict verdict_on(const Moment& moment, const Life& life);

}  // namespace nocturne
