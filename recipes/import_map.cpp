#include "recipes/import_map.hpp"

#include <algorithm>

#include "models/observation.hpp"
#include "recipes/document.hpp"
#include "recipes/import_units.hpp"

namespace nocturne {
namespace {

TableColumn column_of(const Value& value) { return {value.as<std::string>(), value.line()}; }

/// A list of cells; numbers may stand without quotes.
std::vector<std::string> cells_of(const Table& table, const std::string& key) {
  std::vector<std::string> cells;
  if (const auto list = table.find(key))
    for (const Value& item : list->items()) cells.push_back(item.spelled());
  return cells;
}

MappedNumber number_of(const Table& table) {
  MappedNumber number;
  number.name = table.at("name").filled();
  number.map_line = table.at("name").line();
  number.column = column_of(table.at("column"));
  number.scale = table.read_or("scale", 1.0);
  number.offset = table.read_or("offset", 0.0);
  number.not_measured = cells_of(table, "not_measured");
  if (number.scale == 0.0) table.at("scale").refuse("a scale of 0 leaves nothing of the values");
  if (const auto unit = table.find("unit")) {
    if (table.find("scale") || table.find("offset"))
      unit->refuse("a column with a unit has no scale and no offset (allowed: one or the other)");
    set_unit(number, *unit);
  }
  return number;
}

MappedNumber condition_of(const Table& table) {
  MappedNumber condition = number_of(table);
  condition.choices = cells_of(table, "choices");
  condition.optional = table.read_or("optional", false);
  if (!condition.choices.empty() && (table.find("scale") || table.find("offset") || table.find("unit")))
    table.refuse("a condition with choices has no unit, no scale and no offset");
  return condition;
}

void check_is_output(const Value& name) {
  try {
    output(Observation{}, name.as<std::string>());
  } catch (const std::invalid_argument& error) {
    name.refuse(
        error.what() +
        std::string{" (allowed: peak_nm, fwhm_meV, intensity, absorbance, first_exciton_nm, plqy, yield, "
                    "nanoplatelet_fraction, edge_length_nm)"});
  }
}

MappedNumber published_of(const Table& table) {
  check_is_output(table.at("name"));
  MappedNumber published = number_of(table);
  if (const auto error = table.find("standard_error")) published.standard_error = column_of(*error);
  return published;
}

MappedSpectrum spectrum_of(const Table& table) {
  MappedSpectrum spectrum;
  spectrum.column = column_of(table.at("column"));
  spectrum.suffix = table.read_or("suffix", std::string{});
  spectrum.value = table.read_or("value", spectrum.value);
  spectrum.optional = table.read_or("optional", false);
  return spectrum;
}

void read_constants(const Table& root, ImportMap& map) {
  const auto table = root.find_table("constants");
  if (!table) return;
  for (const Value& entry : table->entries()) {
    const auto same = [&](const MappedNumber& condition) { return condition.name == entry.key(); };
    if (std::ranges::any_of(map.conditions, same))
      entry.refuse("the condition " + entry.key() + " has a column too");
    map.constants[entry.key()] = entry.as<double>();
    map.constant_lines[entry.key()] = entry.line();
  }
}

ImportMap map_of(const Document& document) {
  const Table root = document.root();
  ImportMap map;
  map.name = root.read<std::string>("name");
  map.source = root.read<std::string>("source");
  map.material = root.read<std::string>("material");
  map.material_line = root.at("material").line();
  if (const auto label = root.find("label")) map.label = column_of(*label);
  refuse_duplicates(root.tables("condition"), "name");
  for (const Table& table : root.tables("condition")) map.conditions.push_back(condition_of(table));
  read_constants(root, map);
  refuse_duplicates(root.tables("published"), "name");
  for (const Table& table : root.tables("published")) map.published.push_back(published_of(table));
  for (const Table& table : root.tables("skip"))
    map.skipped.push_back({column_of(table.at("column")), cells_of(table, "cells")});
  if (const auto spectrum = root.find_table("spectrum")) map.spectrum = spectrum_of(*spectrum);
  root.finish();
  if (map.conditions.empty()) root.refuse("the map names no [[condition]]");
  if (map.published.empty() && !map.spectrum)
    root.refuse("the map names neither [[published]] values nor a [spectrum]");
  map.text = document.text();
  map.file = document.name();
  return map;
}

}  // namespace

ImportMap read_import_map(const std::filesystem::path& file) {
  ImportMap map = map_of(Document::read(file));
  check_names(map);
  return map;
}

ImportMap parse_import_map(const std::string& text, const std::string& name) {
  return map_of(Document::parse(text, name));
}

std::map<std::string, std::vector<std::string>> choices_of(const ImportMap& map) {
  std::map<std::string, std::vector<std::string>> choices;
  for (const MappedNumber& mapped : map.conditions)
    if (!mapped.choices.empty()) choices[mapped.name] = mapped.choices;
  return choices;
}

}  // namespace nocturne
