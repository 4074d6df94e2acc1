#include <doctest/doctest.h>

#include <string>

#include "recipes/unit_text.hpp"

namespace nocturne::test {

TEST_CASE("unit text: sizes are in SI") {
  const auto size = [](const char* text) {
    const auto unit = parse_unit(text);
    REQUIRE_MESSAGE(unit, text);
    return unit->size;
  };
  CHECK(size("mL/min") == doctest::Approx(1e-6 / 60.0).epsilon(1e-14));
  CHECK(size("mmol/L") == doctest::Approx(1.0));
  CHECK(size("M") == size("mol/L"));
  CHECK(size("W/(m K)") == 1.0);
  CHECK(size("1/(eV nm²)") == doctest::Approx(1e18 / 1.602176634e-19));
  CHECK(size("cm^-1") == doctest::Approx(100.0));
  CHECK(size("s⁻¹") == 1.0);
  CHECK(size("kJ/mol") == 1000.0);
  CHECK(size("") == 1.0);
}

TEST_CASE("unit text: dimensions tell units apart") {
  CHECK(parse_unit("W")->dimension == parse_unit("J/s")->dimension);
  CHECK(parse_unit("Pa")->dimension == parse_unit("J/m³")->dimension);
  CHECK(parse_unit("counts/s")->dimension != parse_unit("photons/s")->dimension);
  CHECK(parse_unit("L/min")->dimension != parse_unit("L")->dimension);
}

TEST_CASE("unit text: both code points of micro, and the printer's blank and minus, are read") {
  CHECK(parse_unit("\u00b5L")->size == parse_unit("\u03bcL")->size);
  const auto split = split_quantity("\u22125\u00a0°C");
  REQUIRE(split);
  CHECK(split->number == -5.0);
  CHECK(split->unit == "°C");
}

TEST_CASE("unit text: °C is a point on a scale only when it stands alone") {
  CHECK(parse_unit("°C")->celsius);
  CHECK_FALSE(parse_unit("K")->celsius);
  CHECK_FALSE(parse_unit("°C/min")->celsius);
  CHECK_FALSE(parse_unit("1/°C")->celsius);
}

TEST_CASE("unit text: what is no unit is nothing") {
  for (const std::string text : {"ml", "mL/", "/min", "mL//min", "mL^", "mL^0", "mL^-", "m²³", "(m", "m)",
                                 "x", "mL min-1", "((((((((((m))))))))))", "μ", "²"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_unit(text));
  }
}

TEST_CASE("unit text: a quantity is a finite number and its unit") {
  CHECK(split_quantity("12.5 mL/min")->number == 12.5);
  CHECK(split_quantity(" +1e-3mol/L ")->unit == "mol/L");
  CHECK(split_quantity("7")->unit.empty());
  for (const std::string text :
       {"", " ", "mL", "12,5 mL", "1e999 nm", "inf nm", "nan nm", "1.2.3 nm", "+-5 nm", "++5 nm"}) {
    CAPTURE(text);
    CHECK_FALSE(split_quantity(text));
  }
}

}  // namespace nocturne::test
