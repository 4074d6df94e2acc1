#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <istream>
#include <ostream>
#include <stdexcept>

#include "controller/calibrate/calibrate.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "models/sizing.hpp"
#include "models/sizing_anchors.hpp"
#include "recipes/delimited_table.hpp"
#include "recipes/document.hpp"
#include "recipes/material_file.hpp"
#include "recipes/material_text.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

/// Half a nanometre: what tables round peaks to.
constexpr double kWavelengthError_nm = 0.5;

struct Anchors {
  std::vector<SizeAnchor> used;
  std::vector<int> lines;             ///< of the table
  std::vector<std::string> left_out;  ///< a line for every row that is not used, and why
};

/// The table's rows with messages that say where they stand.
class AnchorTable {
 public:
  AnchorTable(const std::string& text, const std::string& name, const Material& material)
      : table_{parse_delimited_table(text, name)},
        material_{material},
        wavelength_{material.sizing_by_exciton ? "first_exciton_nm" : "peak_nm"} {
    if (!column(wavelength_))
      throw FileError{fmt::format("{}:1: no column '{}' (the sizing curve of {} is one of the {})", name,
                                  wavelength_, material.name,
                                  material.sizing_by_exciton ? "first exciton" : "emission peak")};
    for (const char* needed : {"edge_nm", "edge_nm_se", "method"})
      if (!column(needed)) throw FileError{fmt::format("{}:1: no column '{}'", name, needed)};
  }

  Anchors anchors() const {
    Anchors result;
    for (const DelimitedTable::Row& row : table_.rows) {
      SizeAnchor anchor = anchor_in(row);
      const std::string flaw = flaw_of(anchor);
      if (!flaw.empty()) {
        result.left_out.push_back(place(row) + flaw + ": left out");
      } else if (const auto same =
                     std::ranges::find_if(result.used, [&](const auto& one) { return is_same(one, anchor); });
                 same != result.used.end()) {
        result.left_out.push_back(
            place(row) + fmt::format("is line {} again: counted once",
                                     result.lines[static_cast<std::size_t>(same - result.used.begin())]));
      } else {
        result.used.push_back(std::move(anchor));
        result.lines.push_back(row.line);
      }
    }
    return result;
  }

 private:
  std::optional<std::size_t> column(const std::string& heading) const {
    const auto found = std::ranges::find(table_.headings, heading);
    if (found == table_.headings.end()) return std::nullopt;
    return static_cast<std::size_t>(found - table_.headings.begin());
  }

  std::string place(const DelimitedTable::Row& row) const {
    return fmt::format("{}:{}: ", table_.file, row.line);
  }

  double number(const DelimitedTable::Row& row, const std::string& heading, bool may_be_zero) const {
    const std::string& cell = row.cells[*column(heading)];
    const auto value = number_in_cell(cell);
    if (value && (*value > 0.0 || (may_be_zero && *value == 0.0))) return *value;
    throw FileError{place(row) + fmt::format("'{}' in column '{}' is no {} (nm)", cell, heading,
                                             may_be_zero ? "standard error" : "positive number")};
  }

  SizeAnchor anchor_in(const DelimitedTable::Row& row) const {
    SizeAnchor anchor;
    anchor.wavelength_nm = {number(row, wavelength_, false), kWavelengthError_nm};
    const std::string error = wavelength_ + "_se";
    if (column(error) && !row.cells[*column(error)].empty())
      anchor.wavelength_nm.standard_error = number(row, error, true);
    anchor.edge_nm = {number(row, "edge_nm", false), number(row, "edge_nm_se", false)};
    anchor.method = method_family(row.cells[*column("method")]);
    if (anchor.method.empty()) throw FileError{place(row) + "names no method (such as TEM or SAXS)"};
    return anchor;
  }

  std::string flaw_of(const SizeAnchor& anchor) const {
    if (anchor.edge_nm.standard_error >= 0.5 * anchor.edge_nm.value)
      return "the size is not known to a factor of two";
    const auto edge = edge_nm_at(material_, anchor.wavelength_nm.value);
    if (edge && *edge >= material_.smallest_edge_nm && *edge <= material_.largest_edge_nm) return "";
    return fmt::format("{} nm lies beyond the sizing curve", digits(anchor.wavelength_nm.value));
  }

  static bool is_same(const SizeAnchor& one, const SizeAnchor& other) {
    return one.method == other.method && one.edge_nm.value == other.edge_nm.value &&
           one.edge_nm.standard_error == other.edge_nm.standard_error &&
           one.wavelength_nm.value == other.wavelength_nm.value;
  }

  DelimitedTable table_;
  const Material& material_;
  const std::string wavelength_;
};

std::vector<std::string> flags_of(const SizingCorrection& found) {
  std::vector<std::string> flags;
  if (found.methods.size() == 1) flags.push_back("one_method");
  if (found.scatter > 1.5) flags.push_back("scatter");
  if (std::abs(found.trend) > 2.0) flags.push_back("another_shape");
  return flags;
}

OrderedJson json_of(const SizingOptions& options, const Material& material, const Anchors& anchors,
                    const SizingCorrection& found) {
  OrderedJson json{
      {"file", options.table.string()}, {"material", material.name}, {"anchors", anchors.used.size()}};
  put(json, "factor", found.factor);
  for (const auto& [method, factor] : found.methods) put(json["methods"][method], "factor", factor);
  put(json, "between_methods", found.between_methods);
  put(json, "scatter", found.scatter);
  put(json, "trend", found.trend);
  for (std::size_t i = 0; i < anchors.lines.size(); ++i)
    json["left_over"].push_back({{"line", anchors.lines[i]}, {"relative", found.left_over[i]}});
  json["left_out"] = anchors.left_out;
  json["flags"] = flags_of(found);
  if (options.to) json["written"] = options.to->string();
  return json;
}

void write_for_people(const SizingOptions& options, const Material& material, const Anchors& anchors,
                      const SizingCorrection& found, std::ostream& out) {
  for (const std::string& line : anchors.left_out) out << line << '\n';
  out << fmt::format("{}: edge lengths of {} times {} by {} anchors{}\n", options.table.string(),
                     material.name, text_of(found.factor), anchors.used.size(), in_brackets(flags_of(found)));
  for (const auto& [method, factor] : found.methods)
    out << fmt::format("  {} alone: {}\n", method, text_of(factor));
  out << fmt::format("  methods differ by {} %; the anchors scatter by {} of their errors\n",
                     digits(100.0 * found.between_methods, 2), digits(found.scatter, 2));
  if (std::abs(found.trend) > 2.0)
    out << fmt::format(
        "  from small to large the factor changes by {} of its errors: the curve has another shape\n",
        digits(found.trend, 2));
  if (options.to) out << "written: " << options.to->string() << '\n';
}

/// For the source of the curve in the new material file.
std::string why_of(const SizingOptions& options, const Anchors& anchors, const SizingCorrection& found) {
  std::vector<std::string> methods;
  for (const auto& [method, factor] : found.methods) methods.push_back(method);
  std::string why =
      fmt::format("edge lengths times {} by {} anchors ({}) of {}", text_of(found.factor),
                  anchors.used.size(), fmt::join(methods, ", "), options.table.filename().string());
  std::erase_if(why, [](char letter) { return letter == '"' || letter == '\\'; });
  return why;
}

/// Measurements and curve differ by their definitions of an edge, not by a power of ten.
void check_plausible(const fs::path& table, const Material& material, const SizingCorrection& found) {
  constexpr double least = 0.5, most = 2.0;
  if (found.factor.value >= least && found.factor.value <= most) return;
  throw FileError{fmt::format(
      "{}:1: the sizes are {} times those of the curve (allowed: {} to {}): edge_nm and edge_nm_se in Å or "
      "another unit, or not {}?",
      table.string(), digits(found.factor.value), least, most, material.name)};
}

void check_is_new(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) throw FileError{file.string() + ": exists already (choose another --to)"};
}

/// All of it, or nothing.
void write_new(const fs::path& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary};
  out << text;
  out.close();
  if (out) return;
  std::error_code ignored;
  fs::remove(file, ignored);
  throw FileError{file.string() + ": cannot be written"};
}

}  // namespace

int calibrate_sizing(const SizingOptions& options, std::istream& in, std::ostream& out) {
  const std::string name = options.material.string(), text = read_text_file(options.material);
  const Material material = parse_material(text, name);
  if (!has_sizing_curve(material)) throw FileError{name + ": " + material.name + " has no sizing curve"};
  if (options.to) check_is_new(*options.to);
  const AnchorTable table{TextInput{in}.bytes(options.table), options.table.string(), material};
  const Anchors anchors = table.anchors();
  if (anchors.used.size() < kFewestAnchors)
    throw FileError{fmt::format("{}:1: {} anchors can be used (at least {} are needed){}{}",
                                options.table.string(), anchors.used.size(), kFewestAnchors,
                                anchors.left_out.empty() ? "" : "; ", fmt::join(anchors.left_out, "; "))};
  const SizingCorrection found = sizing_correction(material, anchors.used);
  check_plausible(options.table, material, found);
  if (options.to)
    write_new(*options.to,
              with_sizing_of(text, name, corrected(material, found), why_of(options, anchors, found)));
  if (options.json)
    out << line_of(json_of(options, material, anchors, found)) << '\n';
  else
    write_for_people(options, material, anchors, found, out);
  return 0;
}

}  // namespace nocturne
