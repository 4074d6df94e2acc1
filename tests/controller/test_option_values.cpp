#include <doctest/doctest.h>

#include "controller/option_values.hpp"

namespace nocturne::test {

TEST_CASE("options: a value that makes no sense is refused with what is allowed") {
  const OptionCheck whole = whole_number(1, 100), positive = number_above_zero();
  for (const char* text : {"-3", "0", "101", "1.5", "1e1", "", "nan", "99999999999999999999"})
    CHECK(whole(text) == std::string{text} + " is not allowed (a whole number from 1 to 100)");
  CHECK(whole("1").empty());
  CHECK(whole("100").empty());
  for (const char* text : {"-1", "0", "nan", "inf", "1e999", "3 nm", ""})
    CHECK(positive(text) == std::string{text} + " is not allowed (a number above 0)");
  CHECK(positive("1e-9").empty());
}

}  // namespace nocturne::test
