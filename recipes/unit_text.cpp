#include "recipes/unit_text.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace nocturne {
namespace {

struct Symbol {
  std::string_view text;
  Unit unit;
};

constexpr UnitDimension none{};
constexpr UnitDimension meter{1};
constexpr UnitDimension kilogram{0, 1};
constexpr UnitDimension second{0, 0, 1};
constexpr UnitDimension kelvin{0, 0, 0, 1};
constexpr UnitDimension mole{0, 0, 0, 0, 1};
constexpr UnitDimension ampere{0, 0, 0, 0, 0, 1};
constexpr UnitDimension volume{3};
constexpr UnitDimension concentration{-3, 0, 0, 0, 1};
constexpr UnitDimension flow{3, 0, -1};
constexpr UnitDimension energy{2, 1, -2};
constexpr UnitDimension power{2, 1, -3};
constexpr UnitDimension pressure{-1, 1, -2};
constexpr UnitDimension frequency{0, 0, -1};
constexpr UnitDimension voltage{2, 1, -3, 0, 0, -1};
constexpr double electron_volt = 1.602176634e-19;  // J, exact since 2019

constexpr std::array symbols{
    Symbol{"1", {none, 1.0}},
    Symbol{"%", {none, 1e-2}},
    Symbol{"ppm", {none, 1e-6}},
    Symbol{"rad", {none, 1.0}},
    Symbol{"deg", {none, std::numbers::pi / 180.0}},
    Symbol{"nm", {meter, 1e-9}},
    Symbol{"µm", {meter, 1e-6}},
    Symbol{"um", {meter, 1e-6}},
    Symbol{"mm", {meter, 1e-3}},
    Symbol{"cm", {meter, 1e-2}},
    Symbol{"m", {meter, 1.0}},
    Symbol{"mg", {kilogram, 1e-6}},
    Symbol{"g", {kilogram, 1e-3}},
    Symbol{"kg", {kilogram, 1.0}},
    Symbol{"ns", {second, 1e-9}},
    Symbol{"µs", {second, 1e-6}},
    Symbol{"us", {second, 1e-6}},
    Symbol{"ms", {second, 1e-3}},
    Symbol{"s", {second, 1.0}},
    Symbol{"min", {second, 60.0}},
    Symbol{"h", {second, 3600.0}},
    Symbol{"d", {second, 86400.0}},
    Symbol{"K", {kelvin, 1.0}},
    Symbol{"°C", {kelvin, 1.0, true}},
    Symbol{"degC", {kelvin, 1.0, true}},
    Symbol{"µmol", {mole, 1e-6}},
    Symbol{"umol", {mole, 1e-6}},
    Symbol{"mmol", {mole, 1e-3}},
    Symbol{"mol", {mole, 1.0}},
    Symbol{"A", {ampere, 1.0}},
    Symbol{"mA", {ampere, 1e-3}},
    Symbol{"V", {voltage, 1.0}},
    Symbol{"mV", {voltage, 1e-3}},
    Symbol{"nL", {volume, 1e-12}},
    Symbol{"µL", {volume, 1e-9}},
    Symbol{"uL", {volume, 1e-9}},
    Symbol{"mL", {volume, 1e-6}},
    Symbol{"L", {volume, 1e-3}},
    Symbol{"M", {concentration, 1e3}},
    Symbol{"mM", {concentration, 1.0}},
    Symbol{"µM", {concentration, 1e-3}},
    Symbol{"uM", {concentration, 1e-3}},
    Symbol{"meV", {energy, 1e-3 * electron_volt}},
    Symbol{"eV", {energy, electron_volt}},
    Symbol{"J", {energy, 1.0}},
    Symbol{"kJ", {energy, 1e3}},
    Symbol{"W", {power, 1.0}},
    Symbol{"mW", {power, 1e-3}},
    Symbol{"Pa", {pressure, 1.0}},
    Symbol{"mPa", {pressure, 1e-3}},
    Symbol{"kPa", {pressure, 1e3}},
    Symbol{"mbar", {pressure, 1e2}},
    Symbol{"bar", {pressure, 1e5}},
    Symbol{"Hz", {frequency, 1.0}},
    Symbol{"kHz", {frequency, 1e3}},
    Symbol{"count", {{0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"counts", {{0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"electron", {{0, 0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"electrons", {{0, 0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"photon", {{0, 0, 0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"photons", {{0, 0, 0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"pixel", {{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1.0}},
    Symbol{"pixels", {{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1.0}},
};

constexpr std::array<std::pair<std::string_view, int>, 6> superscripts{
    {{"⁻", -1}, {"¹", 1}, {"²", 2}, {"³", 3}, {"⁴", 4}, {"⁵", 5}}};

/// Reads unit expressions by recursive descent; `failed` stays true after the first thing it does not know.
class UnitReader {
 public:
  explicit UnitReader(std::string_view text) : rest_{text} {}

  std::optional<Unit> whole() {
    Unit unit = product();
    if (failed_ || !rest_.empty()) return std::nullopt;
    return unit;
  }

 private:
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void skip_blanks() {
    while (take(" ")) {
    }
  }

  Unit product() {
    Unit result = factor();
    int sign = 1;
    while (!failed_) {
      skip_blanks();
      if (rest_.empty() || rest_.front() == ')') break;
      sign = take("/") ? -1 : 1;
      if (sign == 1 && !take("*")) take("·");
      skip_blanks();
      const Unit next = factor();
      multiply(result, next, sign);
    }
    return result;
  }

  Unit factor() {
    if (take("(")) {
      if (++depth_ > 8) failed_ = true;
      Unit inside = failed_ ? Unit{} : product();
      if (!take(")")) failed_ = true;
      return raised(inside);
    }
    std::size_t length = 0;
    while (length < rest_.size() && !ends_symbol(rest_.substr(length))) ++length;
    for (const Symbol& symbol : symbols) {
      if (symbol.text != rest_.substr(0, length)) continue;
      rest_.remove_prefix(length);
      return raised(symbol.unit);
    }
    failed_ = true;
    return {};
  }

  static bool ends_symbol(std::string_view text) {
    if (std::string_view{" */()^"}.find(text.front()) != std::string_view::npos) return true;
    if (text.starts_with("·")) return true;
    for (const auto& [token, value] : superscripts)
      if (text.starts_with(token)) return true;
    return false;
  }

  Unit raised(Unit base) {
    const std::size_t before = rest_.size();
    int sign = 1;
    int exponent = 0;
    if (take("^")) {
      if (take("-")) sign = -1;
      if (!rest_.empty() && rest_.front() >= '1' && rest_.front() <= '9') exponent = rest_.front() - '0';
      if (exponent != 0) rest_.remove_prefix(1);
    } else {
      for (const auto& [token, value] : superscripts)
        if (exponent == 0 && take(token)) (value < 0 ? sign : exponent) = value;
    }
    if (rest_.size() == before) return base;
    if (exponent == 0) failed_ = true;
    Unit result;
    for (int i = 0; i < exponent; ++i) multiply(result, base, sign);
    return result;
  }

  static void multiply(Unit& result, const Unit& other, int sign) {
    for (std::size_t i = 0; i < result.dimension.size(); ++i)
      result.dimension[i] += sign * other.dimension[i];
    result.size = sign > 0 ? result.size * other.size : result.size / other.size;
    result.celsius = false;
  }

  std::string_view rest_;
  int depth_ = 0;
  bool failed_ = false;
};

/// Keyboards and word processors write µ, the minus and blanks in several ways.
std::string one_spelling(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> spellings{
      {{"\u03bc", "µ"}, {"\u2212", "-"}, {"\u00a0", " "}, {"\u202f", " "}}};
  std::string result{text};
  for (const auto& [other, ours] : spellings)
    for (auto at = result.find(other); at != std::string::npos; at = result.find(other, at + ours.size()))
      result.replace(at, other.size(), ours);
  return result;
}

}  // namespace

std::optional<Unit> parse_unit(std::string_view text) {
  if (text.empty()) return Unit{};
  const std::string spelled = one_spelling(text);
  return UnitReader{spelled}.whole();
}

std::optional<NumberWithUnit> split_quantity(std::string_view text) {
  const auto trim = [](std::string_view t) {
    const std::size_t first = t.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::string_view{};
    return t.substr(first, t.find_last_not_of(' ') - first + 1);
  };
  const std::string spelled = one_spelling(text);
  text = trim(spelled);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  NumberWithUnit result;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), result.number);
  if (problem != std::errc{} || !std::isfinite(result.number)) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(',') || unit.starts_with('.')) return std::nullopt;
  result.unit = trim(unit);
  return result;
}

std::string usual_units(const UnitDimension& dimension) {
  static const std::vector<std::pair<UnitDimension, std::string>> usual{
      {meter, "nm, µm, mm, cm or m"},
      {volume, "µL, mL or L"},
      {flow, "µL/min, mL/min, µL/h or mL/h"},
      {concentration, "mmol/L, mol/L, mM or M"},
      {second, "ms, s, min or h"},
      {kelvin, "K"},
      {energy, "meV, eV or J"},
      {pressure, "bar, mbar, kPa or Pa"},
      {frequency, "Hz, 1/s, 1/min or 1/h"},
      {none, "%"}};
  for (const auto& [known, text] : usual)
    if (known == dimension) return text;
  return {};
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 6);
  return {buffer.data(), end.ptr};
}

}  // namespace nocturne
