#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace nocturne {

/// Exponents of the base units m, kg, s, K, mol, A, count, electron, photon, pixel.
using UnitDimension = std::array<int, 10>;

/// A unit as written in a file: its dimension and its size in SI base units ("mL/min" -> m³/s, 1.67e-8).
struct Unit {
  UnitDimension dimension{};
  double size = 1.0;
  bool celsius = false;  ///< exactly "°C": a point on the temperature scale, not only a difference
};

/// Reads a unit: symbols joined by blanks, "·", "*" and "/", with powers "^2", "²", "⁻¹" and parentheses
/// after "/". Nothing if a symbol is unknown. "" is the dimensionless 1.
std::optional<Unit> parse_unit(std::string_view text);

/// A number and the text behind it ("12.5 mL/min" -> 12.5, "mL/min").
struct NumberWithUnit {
  double number = 0.0;
  std::string unit;
};

/// Splits a quantity. Nothing if it does not begin with a finite number followed by a unit, or by nothing.
std::optional<NumberWithUnit> split_quantity(std::string_view text);

/// Units that people use for this dimension, for messages ("nm, µm, mm, cm or m"); empty for an unusual one.
std::string usual_units(const UnitDimension& dimension);

/// A number for a message, six significant digits at most ("470", "0.00125").
std::string number_text(double value);

}  // namespace nocturne
