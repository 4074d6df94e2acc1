#include "controller/knowledge/night_library.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "controller/campaign/campaign_files.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/earlier_studies.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/text_input.hpp"
#include "models/surrogate_library.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKept = "library.nocturne.json";

}  // namespace

std::vector<fs::path> logs_in(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw FileError{folder.string() + ": is no folder (needed: one with logs, *.db)"};
  std::vector<fs::path> logs;
  for (const auto& entry : fs::directory_iterator{folder})
    if (entry.is_regular_file() && entry.path().extension() == ".db") logs.push_back(entry.path());
  std::ranges::sort(logs);
  return logs;
}

NightLibrary::NightLibrary(fs::path folder) : folder_{std::move(folder)}, logs_{logs_in(folder_)} {
  if (!recall()) read();
}

/// Of everything that what is kept depends on.
std::string NightLibrary::identity() const {
  Json text{{"versions", library_versions()}, {"logs", Json::array()}};
  if (surrogate_available()) text["surrogate"] = digest_of(bytes_of_file(surrogate_file()));
  for (const fs::path& log : logs_)
    text["logs"].push_back(
        {log.filename().string(), fs::file_size(log), fs::last_write_time(log).time_since_epoch().count()});
  return digest_of(canonical_text(text));
}

bool NightLibrary::recall() {
  const fs::path file = folder_ / kKept;
  if (!fs::is_regular_file(file)) return false;
  const Json kept = Json::parse(bytes_of_file(file), nullptr, false);
  try {
    if (kept.at("identity") != identity()) return false;
    newest_file_ = folder_ / kept.at("newest").get<std::string>();
    newest_ = Log::open(newest_file_, Log::Access::read).header();
    kept.at("studies").get_to(studies_);
    kept.at("messages").get_to(messages_);
    kept.at("learned").get_to(learned_);
  } catch (const Json::exception&) {  // damaged, or of something else: it is made anew
    studies_.clear();
    messages_.clear();
    learned_.clear();
    return false;
  }
  return true;
}

void NightLibrary::read() {
  std::vector<fs::path> sound;
  std::string started;
  for (const fs::path& file : logs_) {
    try {
      const CampaignHeader header = Log::open(file, Log::Access::read).header();
      sound.push_back(file);
      if (header.origin != "campaign" || header.started < started) continue;
      started = header.started;
      newest_ = header;
      newest_file_ = file;
    } catch (const FileError& error) {
      messages_.push_back(std::string{error.what()} + ": left out");
    }
  }
  if (newest_file_.empty())
    throw FileError{folder_.string() +
                    ": holds no campaign's log (needed: one that says what the bench can make)"};

  const CampaignFiles files = campaign_files_of(newest_);
  const EarlierUse use{files.recipe.variables, files.recipe.fixed, {}, &files.material, &newest_, &studies_};
  append(studies_, studies_in(newest_.earlier_text));
  for (const fs::path& file : sound) {
    try {
      EarlierRequest request;
      request.logs.push_back(file);
      EarlierStudies more = read_earlier(request, use);
      messages_.insert(messages_.end(), more.messages.begin(), more.messages.end());
      append(studies_, std::move(more.studies));
    } catch (const FileError& error) {
      messages_.push_back(std::string{error.what()} + ": left out");
    }
  }
}

std::vector<double> NightLibrary::learned(const std::string& outputs) const {
  const auto found = learned_.find(outputs);
  return found == learned_.end() ? std::vector<double>{} : found->second;
}

void NightLibrary::keep(const std::string& outputs, std::vector<double> learned) {
  learned_[outputs] = std::move(learned);
  const fs::path file = folder_ / kKept, part = file.string() + ".part";
  {
    std::ofstream out{part, std::ios::binary | std::ios::trunc};
    out << Json{{"identity", identity()},
                {"newest", newest_file_.filename().string()},
                {"studies", studies_},
                {"messages", messages_},
                {"learned", learned_}};
    out.close();
    if (out) {
      std::error_code failed;
      fs::rename(part, file, failed);
      if (!failed) return;
    }
  }
  std::error_code ignored;
  fs::remove(part, ignored);
  messages_.push_back(file.string() + ": cannot be written; the next answer has to learn again");
}

}  // namespace nocturne
