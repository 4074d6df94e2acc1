#include "controller/export/export_command.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "controller/export/export_format.hpp"
#include "controller/log/log_file.hpp"
#include "controller/log/log_snapshot.hpp"
#include "controller/output_lines.hpp"
#include "controller/unfinished.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

const ExportFormat& format_named(const std::string& name) {
  const auto& all = export_formats();
  const auto found = std::ranges::find(all, name, &ExportFormat::name);
  if (found != all.end()) return *found;
  std::string allowed;
  for (const ExportFormat& format : all) allowed += (allowed.empty() ? "" : ", ") + std::string{format.name};
  throw std::invalid_argument{"--format: there is no format '" + name + "' (allowed: " + allowed + ")"};
}

/// In the order they were asked for, each once.
std::vector<ExportFormat> chosen_formats(const std::vector<std::string>& names) {
  std::vector<ExportFormat> chosen;
  for (const std::string& name : names.empty() ? std::vector<std::string>{"csv"} : names)
    if (std::ranges::find(chosen, name, &ExportFormat::name) == chosen.end())
      chosen.push_back(format_named(name));
  return chosen;
}

/// The folder without a slash at its end. Throws FileError unless it is empty, or can be made.
fs::path usable_folder(const fs::path& given) {
  if (given.empty()) throw FileError{"--to needs the name of a new folder"};
  fs::path folder = fs::absolute(given).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (fs::exists(folder)) {
    if (!fs::is_directory(folder))
      throw FileError{given.string() + ": is a file (name a new or empty folder)"};
    if (!fs::is_empty(folder))
      throw FileError{given.string() + ": is not empty (name a new or empty folder)"};
  } else if (!fs::is_directory(folder.parent_path())) {
    throw FileError{given.string() + ": the folder " + folder.parent_path().string() + " does not exist"};
  }
  return folder;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{folder}) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

const std::vector<ExportFormat>& export_formats() {
  static const std::vector<ExportFormat> formats{
      {"csv", write_csv}, {"hdf5", write_hdf5}, {"bluesky", write_bluesky}, {"ord", write_ord}};
  return formats;
}

int export_log(const ExportRequest& request, std::ostream& out) {
  const std::vector<ExportFormat> formats = chosen_formats(request.formats);
  const fs::path folder = usable_folder(request.folder);
  const LogSnapshot log{request.log};
  Unfinished unfinished{folder};
  fs::create_directory(unfinished.path());
  guarded(request.log, [&] {
    for (const ExportFormat& format : formats) format.write(log, unfinished.path());
  });
  unfinished.finish();
  const std::vector<std::string> files = names_in(folder);
  if (request.json) {
    out << line_of({{"folder", folder.string()}, {"files", files}}) << '\n';
  } else {
    for (const std::string& file : files) out << (request.folder / file).string() << '\n';
  }
  return 0;
}

}  // namespace nocturne
