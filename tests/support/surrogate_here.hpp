#pragma once

#include <doctest/doctest.h>

#include "models/surrogate_library.hpp"

namespace nocturne::test {

/// Whether a test that needs the surrogate has to be left out, which it says.
inline bool skipped() {
  if (!surrogate_available()) MESSAGE("skipped: this build has no surrogate library");
  return !surrogate_available();
}

}  // namespace nocturne::test
