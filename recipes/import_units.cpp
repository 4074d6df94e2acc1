#include "recipes/import_units.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/sizing.hpp"
#include "recipes/document.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

constexpr double kNanometer = 1e-9;
constexpr double kZero_C = 273.15;

/// Of the names that have a unit without saying it.
Unit unit_of(const std::string& name) { return unit_in_name(name).value_or(Unit{}); }

bool is(const Unit& unit, const char* text) { return parse_unit(text)->dimension == unit.dimension; }

void set_linear(MappedNumber& number, double scale, double offset = 0.0) {
  number.scale = scale;
  number.offset = offset;
}

/// Photon energies and wave numbers that stand for a wavelength in nm.
bool set_reciprocal(MappedNumber& number, const Unit& given) {
  if (is(given, "eV"))
    number.scale = hc_eV_nm * parse_unit("eV")->size / given.size;
  else if (is(given, "1/cm"))
    number.scale = 1.0 / (given.size * kNanometer);
  else
    return false;
  number.conversion = Conversion::reciprocal;
  return true;
}

/// A width in meV that the table has in nm or 1/cm.
bool set_width(MappedNumber& number, const Unit& given) {
  if (is(given, "1/cm")) {
    number.scale = 1e3 * hc_eV_nm * given.size * kNanometer;
    return true;
  }
  if (!is(given, "nm")) return false;
  number.scale = given.size / kNanometer;
  number.conversion = Conversion::width_at_peak;
  return true;
}

bool set_temperature(MappedNumber& number, const std::string& unit) {
  if (unit == "°F" || unit == "degF") {
    set_linear(number, 5.0 / 9.0, -160.0 / 9.0);
    return true;
  }
  const auto given = parse_unit(unit);
  if (!given || !is(*given, "K")) return false;
  set_linear(number, given->size, given->celsius ? 0.0 : -kZero_C);
  return true;
}

std::string allowed_units(const std::string& name, const Unit& wanted) {
  if (wanted.celsius) return "°C, °F or K";
  if (name == "peak_nm" || name == "first_exciton_nm") return "nm, µm, eV, meV or 1/cm";
  if (name == "fwhm_meV") return "meV, eV, 1/cm or nm";
  if (wanted.dimension == UnitDimension{}) return "%, ppm or 1";
  const std::string usual = usual_units(wanted.dimension);
  return usual.empty() ? "one of the kind of the name's" : usual;
}

[[noreturn]] void refuse_name(const ImportMap& map, const MappedNumber& number, const std::string& what) {
  throw FileError{map.file + ":" + std::to_string(number.map_line) + ": '" + number.name + "' " + what};
}

/// Digits tell one thing of a kind from another: "temperature_2_C" is no slip of the pen.
bool is_misspelled(const std::string& name, const std::string& known) {
  const bool has_digit = name.find_first_of("0123456789") != std::string::npos;
  return !has_digit && suggestion(name, {known}).starts_with(" (did you mean");
}

/// A known condition without its unit, with another or misspelled is not a condition of its own.
void check_condition(const ImportMap& map, const MappedNumber& condition) {
  const QuantityWord* word = quantity_word(condition.name);
  if (word || !condition.choices.empty()) return;
  const std::string stem = name_without_unit(condition.name);
  for (const std::string known : {"temperature_C", "residence_time_s"})
    if (stem == name_without_unit(known) || is_misspelled(condition.name, known))
      refuse_name(
          map, condition,
          "is no condition (did you mean '" + known + "'? The column's unit goes into unit = \"...\")");
  const std::string last = stem.substr(stem.rfind('_') + 1);
  constexpr std::array quantities{"temperature", "time",     "volume", "concentration", "flow", "pressure",
                                  "mass",        "diameter", "length", "voltage",       "speed"};
  if (stem == condition.name && std::ranges::find(quantities, last) != quantities.end())
    refuse_name(map, condition, "lacks its unit (such as temperature_C, stirring_time_s, total_volume_mL)");
}

}  // namespace

void set_unit(MappedNumber& number, const Value& value) {
  const std::string text = value.as<std::string>();
  const Unit wanted = unit_of(number.name);
  const auto given = parse_unit(text);
  const bool is_wavelength = number.name == "peak_nm" || number.name == "first_exciton_nm";
  bool done = wanted.celsius && set_temperature(number, text);
  if (!done && given && !wanted.celsius) {
    done = (is_wavelength && set_reciprocal(number, *given)) ||
           (number.name == "fwhm_meV" && set_width(number, *given));
    if (!done && given->dimension == wanted.dimension && !given->celsius && number.name != "intensity") {
      number.scale = given->size / wanted.size;
      done = true;
    }
  }
  if (!done)
    value.refuse("'" + text + "' is no unit of " + number.name +
                 " (allowed: " + allowed_units(number.name, wanted) + ")");
}

Estimate converted(const MappedNumber& number, const Estimate& cell, const Estimate& peak_nm) {
  if (number.conversion == Conversion::reciprocal) {
    const double value = number.scale / cell.value;
    return {value, std::abs(value / cell.value) * cell.standard_error};
  }
  if (number.conversion == Conversion::linear)
    return {cell.value * number.scale + number.offset, std::abs(number.scale) * cell.standard_error};
  const double peak = peak_nm.value, width = cell.value * number.scale;
  const double room = peak * peak - 0.25 * width * width;
  const double hc_meV_nm = 1e3 * hc_eV_nm;
  const double by_width = hc_meV_nm * (peak * peak + 0.25 * width * width) / (room * room);
  const double by_peak = hc_meV_nm * width * 2.0 * peak / (room * room);
  return {hc_meV_nm * width / room,
          std::hypot(by_width * number.scale * cell.standard_error, by_peak * peak_nm.standard_error)};
}

void check_names(const ImportMap& map) {
  for (const MappedNumber& condition : map.conditions) check_condition(map, condition);
  for (const MappedNumber& published : map.published)
    if (published.conversion == Conversion::width_at_peak &&
        std::ranges::find(map.published, "peak_nm", &MappedNumber::name) == map.published.end())
      refuse_name(map, published, "in a unit of wavelength needs the peak (a [[published]] peak_nm)");
  for (const auto& [name, value] : map.constants) {
    MappedNumber constant;
    constant.name = name;
    constant.map_line = map.constant_lines.at(name);
    check_condition(map, constant);
    const auto range = possible_range(name);
    if (range && (value < range->low || value > range->high))
      refuse_name(map, constant, "= " + number_text(value) + " cannot be (allowed: " + text_of(*range) + ")");
  }
}

}  // namespace nocturne
