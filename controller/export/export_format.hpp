#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace nocturne {

class LogSnapshot;
struct ExportTable;

/// A way to write a log for other programs: files into a folder that is there. What is wrong throws.
struct ExportFormat {
  const char* name;
  void (*write)(const LogSnapshot& log, const std::filesystem::path& folder);
};

const std::vector<ExportFormat>& export_formats();

/// A table as CSV (RFC 4180), handed to `write` line by line.
void write_csv(const ExportTable& table, const std::function<void(const std::string&)>& write);
/// One CSV file a table (RFC 4180), and schema.json, which describes them (Frictionless Table Schema).
void write_csv(const LogSnapshot& log, const std::filesystem::path& folder);
/// campaign.nxs: HDF5 by the conventions of NeXus.
void write_hdf5(const LogSnapshot& log, const std::filesystem::path& folder);
/// documents.jsonl: the documents of Bluesky's event model, one [name, document] a line.
void write_bluesky(const LogSnapshot& log, const std::filesystem::path& folder);
/// dataset.json: the finished experiments as a Dataset of the Open Reaction Database's schema. Throws
/// FileError for an import, which does not say what was mixed.
void write_ord(const LogSnapshot& log, const std::filesystem::path& folder);

}  // namespace nocturne
