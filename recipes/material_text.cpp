#include "recipes/material_text.hpp"

#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <vector>

#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

/// A real number to TOML, also where it is a whole one.
std::string real_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12e", value);
  return text;
}

std::string quoted(double value, const std::string& unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return "\"" + std::string{text} + ' ' + unit + "\"";
}

/// What a line says: the key before its "=", or the "[table]" that begins.
std::string key_of(const std::string& line) {
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  const auto end = line.find_first_of(line[first] == '[' ? "#" : " \t=#", first);
  const std::string key = line.substr(first, end == std::string::npos ? end : end - first);
  return key.substr(0, key.find_last_not_of(" \t\r") + 1);
}

/// `source = "..."` with a further one in it.
std::string with_source(const std::string& line, const std::string& why) {
  const auto quote = line.rfind('"');
  return line.substr(0, quote) + "; " + why + line.substr(quote);
}

/// New values for the keys of [sizing].
std::map<std::string, std::string> values_of(const Material& material) {
  std::map<std::string, std::string> values{{"rms", quoted(material.sizing_rms_nm, "nm")},
                                            {"smallest_edge", quoted(material.smallest_edge_nm, "nm")},
                                            {"largest_edge", quoted(material.largest_edge_nm, "nm")}};
  if (!material.sizing_polynomial.empty()) return values;
  values["a"] = quoted(material.sizing_a, "1/(eV nm²)");
  values["b"] = quoted(material.sizing_b, "1/(eV nm)");
  return values;
}

bool is_near(double one, double other) { return std::abs(one - other) <= 1e-6 * std::abs(other); }

bool has_sizing_of(const Material& one, const Material& other) {
  bool same = one.sizing_polynomial.size() == other.sizing_polynomial.size() &&
              is_near(one.sizing_a, other.sizing_a) && is_near(one.sizing_b, other.sizing_b) &&
              is_near(one.sizing_rms_nm, other.sizing_rms_nm) &&
              is_near(one.sizing_scale_error, other.sizing_scale_error) &&
              is_near(one.smallest_edge_nm, other.smallest_edge_nm) &&
              is_near(one.largest_edge_nm, other.largest_edge_nm);
  for (std::size_t i = 0; same && i < one.sizing_polynomial.size(); ++i)
    same = is_near(one.sizing_polynomial[i], other.sizing_polynomial[i]);
  return same;
}

}  // namespace

std::string with_sizing_of(const std::string& text, const std::string& name, const Material& material,
                           const std::string& why) {
  const auto values = values_of(material);
  std::istringstream lines{text};
  std::string result, table;
  std::size_t term = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string key = key_of(line);
    if (key.starts_with('[')) table = key;
    const bool in_sizing = table == "[sizing]";
    if (in_sizing && key == "scale_error") continue;
    if (in_sizing && values.contains(key)) line = key + " = " + values.at(key);
    if (in_sizing && key == "source") line = with_source(line, why);
    if (table == "[[sizing.term]]" && key == "coefficient" && term < material.sizing_polynomial.size())
      line = "coefficient = " + real_text(material.sizing_polynomial[term++]);
    result += line + '\n';
    if (key == "[sizing]") result += "scale_error = " + real_text(material.sizing_scale_error) + "\n";
  }
  if (!has_sizing_of(parse_material(result, name), material))
    throw FileError{name + ": its [sizing] cannot be rewritten (needed: one key a line)"};
  return result;
}

}  // namespace nocturne
