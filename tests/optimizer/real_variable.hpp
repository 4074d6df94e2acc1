#pragma once

#include "models/variable.hpp"

namespace nocturne::test {

inline Variable real(const char* name, double low = 0.0, double high = 1.0, Scale scale = Scale::linear) {
  return {name, low, high, scale, VariableKind::real, {}, ""};
}

}  // namespace nocturne::test
