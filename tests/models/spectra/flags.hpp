#pragma once

#include <algorithm>
#include <string>

namespace nocturne::test {

/// Whether what was seen, analysed or characterized carries `flag`.
template <class Seen>
bool has(const Seen& seen, const std::string& flag) {
  return std::find(seen.flags.begin(), seen.flags.end(), flag) != seen.flags.end();
}

}  // namespace nocturne::test
