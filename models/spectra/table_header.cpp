#include "models/spectra/table_header.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "models/spectra/table_notation.hpp"

namespace nocturne::detail {

namespace {

constexpr std::size_t most_entries = 1000;
constexpr double most_scans = 1e6;

/// The first number of a header value such as "20000 (USB4A00428)" or "8,000000E-3".
std::optional<double> leading_number(std::string_view value) {
  const auto cells = cells_of(value, ' ');
  if (cells.empty()) return std::nullopt;
  const bool comma = cells.front().find(',') != std::string_view::npos;
  if (comma && looks_like_thousands(cells.front(), ',')) return std::nullopt;
  const auto number = number_in(cells.front(), comma ? ',' : '.');
  return number && std::isfinite(*number) && *number > 0.0 ? number : std::nullopt;
}

/// Seconds in the unit that stands as a word in the text: "Integration Time (usec)", "150.00 ms".
std::optional<double> seconds_in(const std::string& text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr std::array<Unit, 20> units{{{"usec", 1e-6},
                                        {"us", 1e-6},
                                        {"\xC2\xB5s", 1e-6},
                                        {"\xCE\xBCs", 1e-6},
                                        {"\xC2\xB5sec", 1e-6},
                                        {"microseconds", 1e-6},
                                        {"ms", 1e-3},
                                        {"msec", 1e-3},
                                        {"millisec", 1e-3},
                                        {"milliseconds", 1e-3},
                                        {"millisekunden", 1e-3},
                                        {"millisecondes", 1e-3},
                                        {"milisegundos", 1e-3},
                                        {"s", 1.0},
                                        {"sec", 1.0},
                                        {"secs", 1.0},
                                        {"seconds", 1.0},
                                        {"sekunden", 1.0},
                                        {"secondes", 1.0},
                                        {"segundos", 1.0}}};
  constexpr std::string_view between = " \t()[]:;,=/";
  std::size_t at = 0;
  while ((at = text.find_first_not_of(between, at)) != std::string::npos) {
    const std::size_t end = std::min(text.find_first_of(between, at), text.size());
    const std::string_view word = std::string_view{text}.substr(at, end - at);
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == word; });
    if (unit != units.end()) return unit->seconds;
    at = end;
  }
  return std::nullopt;
}

template <std::size_t Size>
bool begins_with_any(std::string_view text, const std::array<std::string_view, Size>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return text.starts_with(word); });
}

constexpr std::array<std::string_view, 11> exposure_labels{
    "integration time",    "integrationtime",    "integrationszeit",       "exposure",
    "belichtungszeit",     "temps d'int",        "temps d\xE2\x80\x99int", "temps d'expo",
    "tiempo de integraci", "tiempo de exposici", "tempo di integrazione"};
constexpr std::array<std::string_view, 10> scans_labels{
    "spectra averaged", "scans to average", "averaging",  "averages",  "number of scans",
    "scans averaged",   "mittelungen",      "gemittelte", "moyennage", "promedi"};

void interpret(const std::string& key, const std::string& value, SpectrumTable& table) {
  const std::string label = lower(key);
  const auto number = leading_number(value);
  if (!number) return;
  if (begins_with_any(label, exposure_labels)) {
    const auto unit = seconds_in(label + " " + lower(value));
    if (unit && table.exposure_s == 0.0) table.exposure_s = *number * *unit;
  } else if (begins_with_any(label, scans_labels) || label == "average") {
    table.scans = std::max(1, static_cast<int>(std::min(*number, most_scans)));
  } else if (label.starts_with("number of pixels in")) {
    table.promised_points = static_cast<int>(std::min(*number, 1e9));
  }
}

}  // namespace

void read_header(Lines lines, int end, SpectrumTable& table) {
  bool first = true;
  while (const auto line = lines.next()) {
    if (line->number >= end || table.header.size() >= most_entries) return;
    const std::string_view text = trimmed(line->text);
    const std::size_t colon = text.find(':');
    const std::size_t mark = colon == std::string_view::npos ? text.find('\t') : colon;
    if (first && colon == std::string_view::npos) table.header.emplace("title", utf8(text));
    first = false;
    if (mark == std::string_view::npos || mark == 0) continue;
    const auto entry =
        table.header.emplace(utf8(trimmed(text.substr(0, mark))), utf8(trimmed(text.substr(mark + 1))));
    if (entry.second) interpret(entry.first->first, entry.first->second, table);
  }
}

}  // namespace nocturne::detail
