#pragma once

#include <iosfwd>

#include "models/variable.hpp"
#include "optimizer/optimizer.hpp"

namespace nocturne {

struct DesignOptions {
  Target target;
  int count = 5;      ///< candidates, at most
  bool json = false;  ///< one line for machines instead of a table for people
};

/// Inverse design on what `optimizer` was told: which conditions give the target, how probably, and if none
/// do, the nearest that is reachable. Returns 0 if reachable, 1 if not. Throws std::invalid_argument for a
/// target that is not modelled.
int design(const Optimizer& optimizer, const DesignOptions& options, std::ostream& out);

}  // namespace nocturne
