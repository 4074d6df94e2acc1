#include "models/spectra/table_names.hpp"

#include <algorithm>
#include <array>

namespace nocturne::detail {

namespace {

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

template <std::size_t Size>
bool contains_any(std::string_view text, const std::array<std::string_view, Size>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return contains(text, word); });
}

constexpr std::array<std::string_view, 11> wavelength_words{"wavelength",
                                                            "wellenl",
                                                            "longueur d",
                                                            "longitud de onda",
                                                            "longitud d'onda",
                                                            "lunghezza d",
                                                            "comprimento de onda",
                                                            "golflengte",
                                                            "v\xC3\xA5gl\xC3\xA4ngd",
                                                            "b\xC3\xB8lgel\xC3\xA6ngde",
                                                            "fali"};
constexpr std::array<std::string_view, 7> wavenumber_words{
    "wavenumber",   "wave number",  "wellenzahl", "nombre d'onde", "nombre d\xE2\x80\x99onde",
    "mero de onda", "numero d'onda"};
constexpr std::array<std::string_view, 5> energy_words{"energ", "\xC3\xA9nerg", "photon e", "h\xCE\xBD",
                                                       "h nu"};
constexpr std::array<std::string_view, 12> unit_words{
    "nm",   "ev",    "um",         "\xC2\xB5m", "\xCE\xBCm", "cm-1",
    "1/cm", "cm^-1", "nanometers", "angstrom",  "\xC3\xA5",  "cm\xE2\x81\xBB\xC2\xB9"};

bool is_unit_word(std::string_view text) {
  return std::find(unit_words.begin(), unit_words.end(), text) != unit_words.end();
}

/// The unit in a heading: in brackets, or after a slash, an underline or a blank if it is one of an axis.
std::string unit_in(std::string_view heading) {
  const std::size_t open = heading.find_last_of("([");
  if (open != std::string_view::npos) {
    const std::size_t close = heading.find_first_of(")]", open);
    if (close != std::string_view::npos)
      return std::string{trimmed(heading.substr(open + 1, close - open - 1))};
  }
  for (const char mark : {'/', '_', ' '}) {
    // "1/cm" itself has a slash, so the last mark that leaves a unit counts, the first one that leaves most.
    const std::size_t at = heading.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = trimmed(heading.substr(heading.find(mark) + 1));
    if (is_unit_word(lower(rest))) return std::string{rest};
    const std::size_t last = heading.rfind(mark);
    const std::string_view tail = trimmed(heading.substr(last + 1));
    if (is_unit_word(lower(tail))) return std::string{tail};
  }
  return "";
}

std::vector<std::string> headings_of(const Line& line, char delimiter) {
  std::vector<std::string> headings;
  std::string_view text = line.text;
  if (trimmed(text).starts_with('#')) text = trimmed(text).substr(1);
  for (std::string_view cell : cells_of(text, delimiter)) {
    cell = trimmed(cell);
    if (cell.size() > 1 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    headings.push_back(utf8(trimmed(cell)));
  }
  while (!headings.empty() && headings.back().empty()) headings.pop_back();
  return headings;
}

bool is_bracketed(std::string_view cell) {
  return cell.size() >= 2 && cell.front() == '[' && cell.back() == ']';
}

bool is_units_line(const std::vector<std::string>& cells) {
  return cells.size() > 1 && std::all_of(cells.begin(), cells.end(), is_bracketed);
}

bool has_axis(const std::vector<std::string>& headings) {
  return std::any_of(headings.begin(), headings.end(),
                     [](const auto& h) { return axis_heading(h).has_value(); });
}

/// Takes units from the nearest line if it holds nothing else.
std::vector<std::string> take_units(Names& names, const std::vector<Line>& above, char delimiter) {
  std::vector<std::string> nearest = headings_of(above[0], delimiter);
  names.line = above[0].number;
  if (above.size() < 2) return nearest;
  const std::vector<std::string> next = headings_of(above[1], delimiter);
  names.units_in_brackets = is_units_line(nearest);
  const bool bare_units =
      !nearest.empty() && is_unit_word(lower(nearest[0])) && next.size() > 1 && has_axis(next);
  if (!names.units_in_brackets && !bare_units) return nearest;
  for (const std::string& unit : nearest) {
    const std::string_view inner =
        is_bracketed(unit) ? std::string_view{unit}.substr(1, unit.size() - 2) : unit;
    names.units.emplace_back(trimmed(inner));
  }
  names.line = above[1].number;
  return next;
}

std::string quoted(const std::string& heading) {
  constexpr std::size_t longest = 40;
  return "\"" + (heading.size() > longest ? heading.substr(0, longest) + "..." : heading) + "\"";
}

/// Finds the axis among the headings. False if they are no headings at all.
bool find_axis(Names& names, const std::vector<std::string>& headings, const Line& line, char delimiter) {
  bool found = false;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const auto axis = axis_heading(headings[i]);
    if (!axis) continue;
    if (found) {
      names.more_axes.push_back(i);
      continue;
    }
    found = true;
    names.axis = i;
    names.axis_unit = axis->unit;
  }
  if (found) return true;
  const std::string first = lower(headings.front());
  const bool unsaid = first.empty() || first == "x" || first.starts_with("unnamed");
  if (unsaid) return true;
  // Titles and settings stand above data as well.
  if (delimiter == ' ' || line.text.find_first_of(":=") != std::string_view::npos) return false;
  names.problem = "no column named as an axis, the first is " + quoted(headings.front()) +
                  " (wavelength in nm, or energy or wavenumber with its unit)";
  return true;
}

}  // namespace

std::optional<AxisHeading> axis_heading(std::string_view heading) {
  const std::string text = lower(trimmed(heading));
  if (text.empty() || contains(text, "shift")) return std::nullopt;
  if (is_unit_word(text)) return AxisHeading{text};
  const std::string unit = unit_in(trimmed(heading));
  const bool numbered = text.front() >= '0' && text.front() <= '9';
  if (!numbered && contains_any(text, wavenumber_words)) return AxisHeading{unit.empty() ? "1/cm" : unit};
  const bool short_name = text == "w" || text == "wl" || text == "wvl" || text == "wav" ||
                          text == "\xCE\xBB" || text.starts_with("wave") || text.starts_with("lambda") ||
                          text.starts_with("\xCE\xBB ") || text.starts_with("\xCE\xBB(") ||
                          text.starts_with("\xCE\xBB/") || text.starts_with("\xCE\xBB[") ||
                          text.starts_with("nanomet");
  if (!numbered && (short_name || contains_any(text, wavelength_words))) return AxisHeading{unit};
  const bool energy = !numbered && contains_any(text, energy_words);
  if (energy && is_unit_word(lower(unit))) return AxisHeading{unit};
  const bool in_brackets = text.find_first_of("([") != std::string::npos;
  if (!numbered && in_brackets && is_unit_word(lower(unit)))
    return AxisHeading{unit};  // "E (eV)", "Emission (nm)"
  return std::nullopt;
}

Names names_above(const std::vector<Line>& above, char delimiter, std::size_t width) {
  Names names;
  if (above.empty()) return names;
  std::vector<std::string> headings = take_units(names, above, delimiter);
  const Line& line = names.units.empty() ? above[0] : above[1];
  const bool names_axis = has_axis(headings);
  const bool fits = headings.size() > 1 && (headings.size() == width || names_axis);
  if (!fits || !find_axis(names, headings, line, delimiter)) return Names{};
  if (headings.size() > width) {
    names.problem = "rows of " + std::to_string(width) + " numbers under " + std::to_string(headings.size()) +
                    " names (one name each; a decimal comma needs another separator)";
  }
  headings.resize(width);
  if (!names.units.empty()) names.units.resize(width);
  if (names.axis < names.units.size()) names.axis_unit = names.units[names.axis];
  names.names = std::move(headings);
  return names;
}

}  // namespace nocturne::detail
