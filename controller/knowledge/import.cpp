#include "controller/knowledge/import.hpp"

#include <algorithm>
#include <cmath>

#include "controller/campaign/campaign_events.hpp"
#include "controller/knowledge/repeats.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log.hpp"
#include "controller/log/log_file.hpp"
#include "controller/log/log_lock.hpp"
#include "controller/text_input.hpp"
#include "controller/unfinished.hpp"
#include "models/spectra/spectrum_text.hpp"
#include "recipes/delimited_table.hpp"
#include "recipes/document.hpp"
#include "recipes/import_map.hpp"
#include "recipes/import_units.hpp"
#include "recipes/material_file.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

/// A table seen through a map: cells by column, with messages that say where they stand.
class MappedTable {
 public:
  MappedTable(const std::string& text, const fs::path& file, const ImportMap& map)
      : table_{parse_delimited_table(text, file.string())},
        map_{map},
        origin_{"table " + file.filename().string() + ", SHA-256 " + digest_of(text)} {}

  /// The file's name and digest.
  const std::string& origin() const { return origin_; }

  const std::vector<DelimitedTable::Row>& rows() const { return table_.rows; }

  const std::string& cell(const DelimitedTable::Row& row, const TableColumn& column) const {
    return row.cells[index_of(column)];
  }

  /// In the unit of its name. Nothing where the cell says that there is no value.
  std::optional<Estimate> number(const DelimitedTable::Row& row, const MappedNumber& mapped,
                                 const std::optional<Estimate>& peak_nm = {}) const {
    const std::string& text = cell(row, mapped.column);
    if (means_nothing(text, mapped.not_measured)) return std::nullopt;
    if (!mapped.choices.empty()) return Estimate{choice(row, mapped, text), 0.0};
    if (mapped.conversion == Conversion::width_at_peak && !peak_nm)
      refuse(row, "the width in column '" + mapped.column.heading + "' needs the row's peak_nm");
    const Estimate given{plain_number(row, mapped.column), standard_error(row, mapped)};
    const Estimate result = converted(mapped, given, peak_nm.value_or(Estimate{}));
    check_possible(row, mapped, result.value);
    return result;
  }

  double plain_number(const DelimitedTable::Row& row, const TableColumn& column) const {
    const std::string& text = cell(row, column);
    if (const auto value = number_in_cell(text)) return *value;
    refuse(row, "'" + text + "' in column '" + column.heading + "' is no number");
  }

  [[noreturn]] void refuse(const DelimitedTable::Row& row, const std::string& what) const {
    throw FileError{place(row.line) + what};
  }

  /// "file:line: "
  std::string place(int line) const { return table_.file + ":" + std::to_string(line) + ": "; }

  static bool means_nothing(const std::string& cell, const std::vector<std::string>& words) {
    const auto value = number_in_cell(cell);
    return cell.empty() || std::ranges::any_of(words, [&](const std::string& word) {
             return word == cell || (value && number_in_cell(word) == value);
           });
  }

 private:
  std::size_t index_of(const TableColumn& column) const {
    const auto& headings = table_.headings;
    const auto found = std::ranges::find(headings, column.heading);
    const std::string where = map_.file + ":" + std::to_string(column.map_line) + ": ";
    if (found == headings.end())
      throw FileError{where + "the table has no column '" + column.heading + "'" +
                      suggestion(column.heading, headings)};
    if (std::find(found + 1, headings.end(), column.heading) != headings.end())
      throw FileError{where + "the table has more than one column '" + column.heading + "'"};
    return static_cast<std::size_t>(found - headings.begin());
  }

  double standard_error(const DelimitedTable::Row& row, const MappedNumber& mapped) const {
    if (!mapped.standard_error || cell(row, *mapped.standard_error).empty()) return 0.0;
    const double error = plain_number(row, *mapped.standard_error);
    if (error >= 0.0) return error;
    refuse(row, "'" + cell(row, *mapped.standard_error) + "' in column '" + mapped.standard_error->heading +
                    "' is no standard error (allowed: 0 or more)");
  }

  void check_possible(const DelimitedTable::Row& row, const MappedNumber& mapped, double value) const {
    const auto range = possible_range(mapped.name);
    if (!range || (value >= range->low && value <= range->high)) return;
    refuse(row, "'" + cell(row, mapped.column) + "' in column '" + mapped.column.heading + "' makes " +
                    mapped.name + " " + number_text(value) + " (allowed: " + text_of(*range) +
                    "; is it in another unit?)");
  }

  double choice(const DelimitedTable::Row& row, const MappedNumber& mapped, const std::string& text) const {
    const auto found = std::ranges::find(mapped.choices, text);
    if (found != mapped.choices.end()) return static_cast<double>(found - mapped.choices.begin());
    std::string allowed;
    for (const std::string& word : mapped.choices) allowed += (allowed.empty() ? "" : ", ") + word;
    refuse(row, "'" + text + "' in column '" + mapped.column.heading + "' is no choice (allowed: " + allowed +
                    ")");
  }

  DelimitedTable table_;
  const ImportMap& map_;
  std::string origin_;
};

Conditions conditions_of(const MappedTable& table, const DelimitedTable::Row& row, const ImportMap& map) {
  Conditions conditions = map.constants;
  for (const MappedNumber& mapped : map.conditions) {
    const auto value = table.number(row, mapped);
    if (!value && !mapped.optional)
      table.refuse(row, "the condition " + mapped.name + " is missing in column '" + mapped.column.heading +
                            "' (optional = true in the map allows it)");
    if (value) conditions[mapped.name] = value->value;
  }
  return conditions;
}

void set_output(Observation& observation, const std::string& name, const Estimate& estimate) {
  if (name == "peak_nm") observation.peak_nm = estimate;
  if (name == "fwhm_meV") observation.fwhm_meV = estimate;
  if (name == "intensity") observation.intensity = estimate;
  if (name == "absorbance") observation.absorbance = estimate;
  if (name == "first_exciton_nm") observation.first_exciton_nm = estimate;
  if (name == "plqy") observation.plqy = estimate;
  if (name == "yield") observation.yield = estimate;
  if (name == "nanoplatelet_fraction") observation.nanoplatelet_fraction = estimate;
  constexpr double ninety_percent =
      1.6448536269514722;  // half width of a normal 90 % interval, in standard errors
  const double half_width = ninety_percent * estimate.standard_error;
  if (name == "edge_length_nm")
    observation.edge_length_nm =
        Interval{estimate.value, estimate.value - half_width, estimate.value + half_width};
}

Observation published_of(const MappedTable& table, const DelimitedTable::Row& row, const ImportMap& map) {
  Observation observation;
  observation.flags = {"published"};
  for (const bool widths_at_peak : {false, true})  // which need the peak first
    for (const MappedNumber& mapped : map.published)
      if (widths_at_peak == (mapped.conversion == Conversion::width_at_peak))
        if (const auto value = table.number(row, mapped, observation.peak_nm))
          set_output(observation, mapped.name, *value);
  return observation;
}

SpectrumTable read_spectrum(const fs::path& file) {
  try {
    return parse_spectrum(bytes_of_file(file), file.string());
  } catch (const SpectrumFormatError& error) {
    throw FileError{error.what()};
  }
}

std::size_t analysed_column(const SpectrumTable& spectrum, const MappedSpectrum& mapped,
                            const fs::path& file) {
  const auto& columns = spectrum.columns;
  if (mapped.value == "last") return columns.size() - 1;
  if (mapped.value == "first") return 0;
  const auto found = std::ranges::find(columns, mapped.value, &SpectrumColumn::name);
  if (found == columns.end()) throw FileError{file.string() + ":1: has no column '" + mapped.value + "'"};
  return static_cast<std::size_t>(found - columns.begin());
}

/// The analysed column as "emission", then the others as "column 1", "column 2", ... of the values.
std::vector<SpectrumRecord> records_of(const SpectrumTable& spectrum, std::size_t analysed) {
  std::vector<SpectrumRecord> records;
  for (std::size_t i = 0; i < spectrum.columns.size(); ++i) {
    SpectrumRecord record;
    record.role = i == analysed ? "emission" : "column " + std::to_string(i + 1);
    record.frame.counts = spectrum.columns[i].values;
    record.frame.exposure_s = spectrum.exposure_s;
    record.frame.scans = spectrum.scans;
    record.frame.dark_subtracted = true;
    record.frame.led_on = true;
    record.wavelength_nm = spectrum.wavelength_nm;
    records.insert(i == analysed ? records.begin() : records.end(), std::move(record));
  }
  return records;
}

/// The spectra of a row and the name of their file, as the purpose of the event says it.
struct RowSpectra {
  std::vector<SpectrumRecord> records;
  std::string purpose;
};

RowSpectra spectra_of(const MappedTable& table, const DelimitedTable::Row& row, const ImportMap& map,
                      const fs::path& folder) {
  if (!map.spectrum) return {};
  const std::string& cell = table.cell(row, map.spectrum->column);
  if (cell.empty() && map.spectrum->optional) return {};
  if (cell.empty()) table.refuse(row, "names no spectrum in column '" + map.spectrum->column.heading + "'");
  const fs::path file = folder / (cell + map.spectrum->suffix);
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    table.refuse(row, "the spectrum " + file.string() + " does not exist");
  const SpectrumTable spectrum = read_spectrum(file);
  return {records_of(spectrum, analysed_column(spectrum, *map.spectrum, file)),
          "imported from " + file.filename().string()};
}

std::string reason_of(const MappedTable& table, const DelimitedTable::Row& row, const ImportMap& map) {
  std::string reason = "imported from line " + std::to_string(row.line);
  if (map.label) reason += ", " + map.label->heading + " " + table.cell(row, *map.label);
  return reason;
}

bool is_skipped(const MappedTable& table, const DelimitedTable::Row& row, const ImportMap& map) {
  return std::ranges::any_of(map.skipped, [&](const SkippedRows& skipped) {
    const std::string& cell = table.cell(row, skipped.column);
    return std::ranges::find(skipped.cells, cell) != skipped.cells.end() ||
           (!cell.empty() && MappedTable::means_nothing(cell, skipped.cells));
  });
}

/// Of all numbers in them.
std::string digest_of_spectra(const std::vector<SpectrumRecord>& spectra) {
  std::string bytes;
  for (const SpectrumRecord& spectrum : spectra)
    bytes += spectrum.role + bytes_of(spectrum.wavelength_nm) + bytes_of(spectrum.frame.counts);
  return digest_of(bytes);
}

/// Tells and flags a row that says in everything what an earlier one says.
void compare(RecordsSeen& seen, const MappedTable& table, const DelimitedTable::Row& row,
             const Conditions& conditions, const std::vector<SpectrumRecord>& spectra, Observation& published,
             ImportResult& result) {
  StudyRecord record{conditions, {}};
  for (const auto& [name, estimate] : outputs(published)) record.measured[name] = estimate;
  const auto first = seen.see(std::move(record), digest_of_spectra(spectra), row.line);
  if (!first) return;
  ++result.repeated_rows;
  published.flags.push_back(kRepeated);
  result.messages.push_back(table.place(row.line) + "says in everything what line " + std::to_string(*first) +
                            " says: counted once");
}

/// Before all other messages.
void tell_conflicts(const RecordsSeen& seen, const MappedTable& table, ImportResult& result) {
  std::vector<std::string> conflicts;
  for (const Conflict& conflict : seen.conflicts())
    conflicts.push_back(table.place(conflict.lines.front()) + conflict.text);
  result.messages.insert(result.messages.begin(), conflicts.begin(), conflicts.end());
}

void write_rows(Log& log, const MappedTable& table, const ImportMap& map, const fs::path& folder,
                ImportResult& result) {
  constexpr Instant start{};  // a table says nothing of times
  RecordsSeen seen;
  for (const auto& row : table.rows()) {
    if (is_skipped(table, row, map)) {
      ++result.skipped_rows;
      continue;
    }
    Decided decision;
    decision.suggestion.conditions = conditions_of(table, row, map);
    decision.suggestion.reason = reason_of(table, row, map);
    auto spectra = spectra_of(table, row, map, folder);
    Observation published = published_of(table, row, map);
    compare(seen, table, row, decision.suggestion.conditions, spectra.records, published, result);
    const int experiment = decision.experiment = decision.asked = ++result.experiments;
    log.note(event_of(start, decision));
    if (!spectra.records.empty()) {
      ++result.spectra;
      log.note(event_of(start, FramesTaken{experiment, spectra.purpose, std::move(spectra.records)}));
    }
    log.note(event_of(start, Finished{experiment, std::move(published), false}));
  }
  tell_conflicts(seen, table, result);
  log.append(event_of(start, CampaignEnded{"imported", map.source + "; " + table.origin()}));
}

fs::path material_of(const ImportMap& map, const fs::path& folder) {
  const fs::path file = map.material.ends_with(".toml") ? fs::path{map.file}.parent_path() / map.material
                                                        : folder / (map.material + ".toml");
  std::error_code error;
  if (fs::is_regular_file(file, error)) return file;
  throw FileError{map.file + ":" + std::to_string(map.material_line) + ": there is no material '" +
                  map.material + "' (no file " + file.string() + ")"};
}

CampaignHeader header_of(const ImportMap& map, const ImportRequest& request) {
  CampaignHeader header;
  header.name = map.name;
  header.id = campaign_id(map.name, 0);
  header.origin = "import";
  header.recipe_file = map.file;
  header.recipe_text = map.text;
  header.material_file = material_of(map, request.materials).string();
  header.material_text = bytes_of_file(header.material_file);
  parse_material(header.material_text, header.material_file);
  header.versions = request.versions;
  return header;
}

}  // namespace

ImportResult import_table(const ImportRequest& request) {
  const ImportMap map = read_import_map(request.map);
  if (map.spectrum && request.spectra.empty())
    throw FileError{map.file + ":" + std::to_string(map.spectrum->column.map_line) +
                    ": the map names spectra (give their folder with --spectra)"};
  const MappedTable table{bytes_of_file(request.table), request.table, map};
  const CampaignHeader header = header_of(map, request);
  check_holds_nothing(request.log);
  const LogLock lock{request.log};
  Unfinished draft{request.log};
  ImportResult result;
  {
    Log log = Log::create(draft.path(), header);
    write_rows(log, table, map, request.spectra, result);
    result.fingerprint = log.fingerprint();
  }
  if (result.experiments == 0)
    throw FileError{request.table.string() + ":1: every row is skipped by the map"};
  draft.finish();
  return result;
}

}  // namespace nocturne
