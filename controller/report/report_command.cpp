#include "controller/report/report_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "controller/output_lines.hpp"
#include "controller/report/page.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"
#include "controller/unfinished.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

constexpr std::streamsize kHeadOfReport = 512;  // bytes in which an earlier report says that it is one

bool is_earlier_report(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string head(kHeadOfReport, '\0');
  in.read(head.data(), kHeadOfReport);
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head.find(kReportMark) != head.npos;
}

/// Throws FileError unless a report may be written there.
void check_place(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) throw FileError{file.string() + ": is a folder (name a file)"};
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  if (!fs::is_directory(folder, error))
    throw FileError{file.string() + ": the folder " + folder.string() + " does not exist"};
  if (fs::exists(file, error) && !is_earlier_report(file))
    throw FileError{file.string() + ": exists and is no earlier report (choose another --to)"};
}

void write_whole(const fs::path& file, const std::string& text) {
  Unfinished unfinished{file};
  std::ofstream out{unfinished.path(), std::ios::binary};
  out << text;
  out.close();
  if (!out) throw FileError{file.string() + ": cannot be written"};
  unfinished.finish();
}

/// "2026-11-22 21:30" of "2026-11-22T21:30:12.345Z"
std::string readable_time(std::string iso) {
  constexpr std::size_t kUntilMinutes = 16;
  iso.resize(std::min(iso.size(), kUntilMinutes));
  std::ranges::replace(iso, 'T', ' ');
  return iso;
}

}  // namespace

std::string report_page(const Log& log) {
  const LoggedNight night = read_night(log);
  const CampaignHeader& header = night.record.header;
  const std::string subtitle = fmt::format(
      "Report of {}, begun {} UTC, {}", night.file.filename().string(), readable_time(header.started),
      counted_as(static_cast<int>(night.record.outcomes.size()), "experiment"));
  return page_of(header.name, subtitle,
                 {{"result", "Result"},
                  {"progress", "Progress"},
                  {"spectra", "Spectra"},
                  {"surfaces", "Surfaces"},
                  {"choices", "Choices"},
                  {"course", "Course"},
                  {"reagents", "Reagents"},
                  {"methods", "Methods"}},
                 result_section(night) + progress_section(night) + spectra_section(log, night) +
                     surface_section(night) + choices_section(night) + course_section(night) +
                     reagents_section(night) + methods_section(night));
}

int report(const Log& log, const ReportOptions& options, std::ostream& out) {
  const fs::path file = options.to.empty() ? fs::path{log.file()}.replace_extension(".html") : options.to;
  check_place(file);
  const std::string page = report_page(log);
  write_whole(file, page);
  if (options.json)
    out << line_of(OrderedJson{{"report", file.string()}, {"bytes", page.size()}}) << '\n';
  else
    out << "report: " << file.string() << '\n';
  return 0;
}

}  // namespace nocturne
