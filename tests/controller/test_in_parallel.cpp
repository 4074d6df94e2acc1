#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "controller/in_parallel.hpp"

namespace nocturne::test {

TEST_CASE("in parallel: each piece of parallel work is done once, and a failure comes out") {
  std::vector<int> done(500, 0);
  in_parallel(4, done.size(), [&](std::size_t i) { ++done[i]; });
  CHECK(std::ranges::count(done, 1) == 500);
  CHECK_THROWS_WITH_AS(in_parallel(3, 100,
                                   [&](std::size_t i) {
                                     if (i == 20) throw std::runtime_error{"number 20"};
                                   }),
                       "number 20", std::runtime_error);
  in_parallel(2, 0, [&](std::size_t) { FAIL("there is nothing to do"); });
}

}  // namespace nocturne::test
