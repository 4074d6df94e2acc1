#pragma once

#include <stdexcept>

namespace nocturne::test {

/// Throws unless `fact` holds; `what` says what does not.
inline void hold(bool fact, const char* what) {
  if (!fact) throw std::logic_error(what);
}

}  // namespace nocturne::test
