#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "controller/export/export_file.hpp"
#include "controller/export/export_format.hpp"
#include "controller/export/export_table.hpp"
#include "controller/json_types.hpp"

namespace nocturne {
namespace {

/// RFC 4180: quoted where it must be.
std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + "\"";
}

/// Numbers survive bit for bit; nothing for what is not known.
std::string csv_cell(const ExportCell& cell) {
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&cell))
    return std::isfinite(*real) ? fmt::format("{}", *real) : "";
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_text(*text);
  return "";
}

OrderedJson schema_of(const ExportTable& table) {
  OrderedJson fields = OrderedJson::array();
  for (const auto& [name, type, unit, description] : table.columns) {
    OrderedJson field{{"name", name}, {"type", json_type_of(type)}};
    if (!unit.empty()) field["unit"] = unit;
    field["description"] = description;
    fields.push_back(std::move(field));
  }
  return {{"name", table.name},
          {"path", table.name + ".csv"},
          {"description", table.description},
          {"schema", {{"fields", fields}, {"missingValues", {""}}}}};
}

}  // namespace

void write_csv(const ExportTable& table, const std::function<void(const std::string&)>& write) {
  std::string line;
  for (const ExportColumn& column : table.columns) line += (line.empty() ? "" : ",") + csv_text(column.name);
  write(line + "\r\n");
  ExportRow row;
  for (const auto rows = table.open(); rows->next(row);) {
    line.clear();
    for (std::size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : ",") + csv_cell(row[i]);
    write(line + "\r\n");
  }
}

void write_csv(const LogSnapshot& log, const std::filesystem::path& folder) {
  std::vector<ExportTable> tables = export_tables(log);
  tables.push_back(export_spectra(log));
  OrderedJson resources = OrderedJson::array();
  for (const ExportTable& table : tables) {
    ExportFile file{folder / (table.name + ".csv")};
    write_csv(table, [&](const std::string& line) { file.write(line); });
    file.close();
    resources.push_back(schema_of(table));
  }
  ExportFile schema{folder / "schema.json"};
  schema.write(OrderedJson{{"resources", resources}}.dump(2) + "\n");
  schema.close();
}

}  // namespace nocturne
