#include <limits>
#include <map>
#include <optional>
#include <stdexcept>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/export/export_format.hpp"
#include "controller/export/export_provenance.hpp"
#include "controller/export/export_table.hpp"
#include "controller/export/hdf5_spectra.hpp"
#include "controller/export/hdf5_writer.hpp"
#include "controller/log/log_snapshot.hpp"

namespace nocturne {
namespace {

constexpr std::int64_t kMissingInteger = -1;  // numbers of the log begin at 0

/// NeXus calls the standard error of x "x_errors".
std::string nexus_name(const std::string& column) {
  const bool is_error = column.size() > 3 && column.ends_with("_se");
  return is_error ? column.substr(0, column.size() - 3) + "_errors" : column;
}

template <class Value>
std::vector<Value> values_of_cells(const std::vector<ExportRow>& rows, std::size_t column, Value missing) {
  std::vector<Value> values;
  for (const ExportRow& row : rows) {
    const auto* known = std::get_if<Value>(&row[column]);
    values.push_back(known ? *known : missing);
  }
  return values;
}

std::vector<std::int8_t> flags_of_cells(const std::vector<ExportRow>& rows, std::size_t column) {
  std::vector<std::int8_t> values;
  for (const ExportRow& row : rows) values.push_back(std::get<bool>(row[column]) ? 1 : 0);
  return values;
}

H5::DataSet write_values(H5::Group& group, const ExportColumn& column, const std::vector<ExportRow>& rows,
                         std::size_t index) {
  const std::string name = nexus_name(column.name);
  switch (column.type) {
    case ExportType::boolean:
      return write_flags(group, name, flags_of_cells(rows, index));
    case ExportType::integer: {
      H5::DataSet dataset =
          write_integers(group, name, values_of_cells<std::int64_t>(rows, index, kMissingInteger));
      set_attribute(dataset, "missing_value", kMissingInteger);
      return dataset;
    }
    case ExportType::number:
      return write_numbers(group, name,
                           values_of_cells<double>(rows, index, std::numeric_limits<double>::quiet_NaN()));
    case ExportType::text:
      return write_texts(group, name, values_of_cells<std::string>(rows, index, ""));
  }
  throw std::logic_error{"a type of column without dataset"};
}

/// A dataset a column.
void write_columns(H5::Group& group, const ExportTable& table) {
  std::vector<ExportRow> rows;
  ExportRow row;
  for (const auto source = table.open(); source->next(row);) rows.push_back(row);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const ExportColumn& column = table.columns[i];
    H5::DataSet dataset = write_values(group, column, rows, i);
    if (!column.unit.empty()) set_attribute(dataset, "units", column.unit);
    set_attribute(dataset, "long_name", column.description);
  }
}

/// What a table shows when somebody plots it: NXdata's signal over its axis. The others are collections.
const std::map<std::string, std::pair<std::string, std::string>>& plotted() {
  static const std::map<std::string, std::pair<std::string, std::string>> signals{
      {"experiments", {"peak_nm", "experiment"}}, {"temperatures", {"process_C", "time_s"}}};
  return signals;
}

void write_one_table(H5::Group& entry, const ExportTable& table) {
  const auto plot = plotted().find(table.name);
  H5::Group group = nexus_group(entry, table.name, plot == plotted().end() ? "NXcollection" : "NXdata");
  set_attribute(group, "description", table.description);
  if (plot != plotted().end()) set_signal(group, plot->second.first, {plot->second.second});
  write_columns(group, table);
}

void write_detector(H5::Group& instrument, const Detector& detector) {
  H5::Group group = nexus_group(instrument, "detector", "NXdetector");
  write_text(group, "description", detector.model);
  write_text(group, "serial_number", detector.serial);
  const Eigen::VectorXd& pixels = detector.wavelength_nm;
  H5::DataSet wavelengths = write_numbers(group, "wavelength_nm", {pixels.begin(), pixels.end()});
  set_attribute(wavelengths, "units", "nm");
  write_numbers(group, "saturation_counts", {detector.saturation_counts});
  write_numbers(group, "gain_electrons_per_count", {detector.gain_electrons_per_count});
  write_numbers(group, "read_noise_counts", {detector.read_noise_counts});
  write_numbers(group, "nonlinearity", detector.nonlinearity);
}

void write_instrument(H5::Group& entry, const LogSnapshot& log) {
  H5::Group instrument = nexus_group(entry, "instrument", "NXinstrument");
  std::optional<Detector> last;
  log.for_each_event([&](const Event& event) {
    if (is<DetectorRead>(event)) last = read<DetectorRead>(event).detector;
  });
  if (last) write_detector(instrument, *last);
}

void write_origin(H5::Group& entry, const LogSnapshot& log) {
  const CampaignHeader& header = log.header();
  write_text(entry, "title", header.name);
  write_text(entry, "entry_identifier", header.id);
  write_text(entry, "start_time", header.started);
  H5::DataSet program = write_text(entry, "program_name", "Nocturne");
  set_attribute(program, "version", library_versions().at("nocturne"));
  for (const auto& [name, file, content] : kept_texts(header)) {
    H5::Group note = nexus_group(entry, name, "NXnote");
    write_text(note, "type", "application/toml");
    write_text(note, "file_name", file);
    write_text(note, "data", content);
  }
}

void write_campaign(const LogSnapshot& log, const std::string& name) {
  H5::H5File file{name, H5F_ACC_EXCL};
  H5::Group root = file.openGroup("/");
  set_attribute(root, "NX_class", "NXroot");
  set_attribute(root, "default", "entry");
  H5::Group entry = nexus_group(root, "entry", "NXentry");
  set_attribute(entry, "default", "experiments");
  write_origin(entry, log);
  write_instrument(entry, log);
  for (const ExportTable& table : export_tables(log)) write_one_table(entry, table);
  H5::Group spectra = nexus_group(entry, "spectra", "NXcollection");
  write_spectra(spectra, log);
  file.close();
}

}  // namespace

void write_hdf5(const LogSnapshot& log, const std::filesystem::path& folder) {
  H5::Exception::dontPrint();
  const std::string file = (folder / "campaign.nxs").string();
  try {
    write_campaign(log, file);
  } catch (const H5::Exception& error) {
    throw std::runtime_error{file + ": cannot be written (" + error.getDetailMsg() + ")"};
  }
}

}  // namespace nocturne
