#include <doctest/doctest.h>

#include "models/plant/parcel.hpp"

namespace nocturne::test {
TEST_CASE("parcels: mixing elements adds what they hold, weighted") {
  Product a, b;
  a.moments = {1.0, 2.0, 3.0, 4.0};
  a.dot_lead = 5.0;
  b.add(a, 0.25);
  b.add(a, 0.5);
  CHECK(b.moments[3] == doctest::Approx(3.0));
  CHECK(b.dot_lead == doctest::Approx(3.75));
}

}  // namespace nocturne::test
