#include "controller/knowledge/night_library.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "controller/campaign/campaign_files.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/earlier_studies.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/text_input.hpp"
#include "controller/unfinished.hpp"
#include "models/surrogate_library.hpp"
#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

std::string without_capitals(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::string material_of(const CampaignHeader& header) {
  return parse_material(header.material_text, header.material_file).name;
}

/// By its name or by that of its file.
bool is_on(const CampaignHeader& header, const std::string& material) {
  return without_capitals(material_of(header)) == material ||
         without_capitals(fs::path{header.material_file}.stem().string()) == material;
}

/// "CsPbBr3 (3 campaigns), FAPbBr3 (1)"
std::string counted(const std::map<std::string, int>& campaigns) {
  std::string text;
  for (const auto& [material, count] : campaigns)
    text += (text.empty() ? "" : ", ") + material + " (" + std::to_string(count) + ")";
  return text;
}

/// Such a log is not to be believed, whatever its header says.
std::optional<std::string> damage_of(const fs::path& log) {
  return Log::open(log, Log::Access::read).damage();
}

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

NightLibrary::NightLibrary(fs::path folder, std::string material)
    : folder_{std::move(folder)}, material_{without_capitals(std::move(material))}, logs_{logs_in(folder_)} {
  if (!recall()) read();
}

/// Each material that is asked for has a file of its own.
fs::path NightLibrary::kept() const {
  std::string name = material_;
  std::ranges::replace_if(
      name, [](unsigned char letter) { return std::isalnum(letter) == 0; }, '_');
  return folder_ / ("library." + (name.empty() ? "" : name + ".") + "nocturne.json");
}

/// Of everything that what is kept depends on.
std::string NightLibrary::identity() const {
  Json text{{"versions", library_versions()}, {"logs", Json::array()}, {"material", material_}};
  if (surrogate_available()) text["surrogate"] = digest_of(bytes_of_file(surrogate_file()));
  for (const fs::path& log : logs_)
    for (const fs::path& file : {log, fs::path{log.string() + "-wal"}}) {  // what is new stands in the second
      std::error_code none;
      const auto size = fs::file_size(file, none);
      if (none || size == 0) continue;  // readers leave it empty
      text["logs"].push_back(
          {file.filename().string(), size, fs::last_write_time(file, none).time_since_epoch().count()});
    }
  return digest_of(canonical_text(text));
}

bool NightLibrary::recall() {
  const fs::path file = kept();
  if (!fs::is_regular_file(file)) return false;
  const Json text = Json::parse(bytes_of_file(file), nullptr, false);
  try {
    if (text.at("identity") != identity()) return false;
    newest_file_ = folder_ / text.at("newest").get<std::string>();
    newest_ = Log::open(newest_file_, Log::Access::read).header();
    text.at("studies").get_to(studies_);
    text.at("messages").get_to(messages_);
    text.at("learned").get_to(learned_);
  } catch (const Json::exception&) {  // damaged, or of something else: it is made anew
    studies_.clear();
    messages_.clear();
    learned_.clear();
    return false;
  }
  return true;
}

void NightLibrary::choose(const std::vector<std::pair<fs::path, CampaignHeader>>& logs) {
  std::map<std::string, int> campaigns;  // by material, of those that may be meant
  int others = 0;
  for (const auto& [file, header] : logs) {
    if (header.origin != "campaign") continue;
    const bool is_meant = material_.empty() || is_on(header, material_);
    is_meant ? ++campaigns[material_of(header)] : ++others;
    if (!is_meant || header.started < newest_.started) continue;
    newest_ = header;
    newest_file_ = file;
  }
  if (campaigns.size() > 1)
    throw FileError{folder_.string() + ": holds campaigns on several materials (choose with --material: " +
                    counted(campaigns) + ")"};
  if (!campaigns.empty()) return;
  const std::string what = others > 0 ? "log of a campaign on '" + material_ + "'" : "campaign's log";
  std::string why;
  for (const std::string& message : messages_) why += "; " + message;
  throw FileError{folder_.string() + ": holds no " + what +
                  " (needed: one that says what the bench can make)" + why};
}

void NightLibrary::read() {
  std::vector<std::pair<fs::path, CampaignHeader>> sound;
  for (const fs::path& file : logs_) {
    try {
      sound.emplace_back(file, Log::open(file, Log::Access::read).header());
    } catch (const FileError& error) {
      messages_.push_back(std::string{error.what()} + ": left out");
    }
  }
  choose(sound);
  for (auto damage = damage_of(newest_file_); damage; damage = damage_of(newest_file_)) {
    messages_.push_back(*damage + ": left out");
    std::erase_if(sound, [&](const auto& log) { return log.first == newest_file_; });
    newest_ = {};
    choose(sound);
  }

  const CampaignFiles files = campaign_files_of(newest_);
  const EarlierUse use{files.recipe.variables, files.recipe.fixed, {}, &files.material, &newest_, &studies_};
  append(studies_, studies_in(newest_.earlier_text));
  for (const auto& [file, header] : sound) {
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
  const fs::path file = kept();
  try {
    Unfinished unfinished{file};
    std::ofstream out{unfinished.path(), std::ios::binary};
    out << Json{{"identity", identity()},
                {"newest", newest_file_.filename().string()},
                {"studies", studies_},
                {"messages", messages_},
                {"learned", learned_}};
    out.close();
    if (!out) throw FileError{file.string() + ": cannot be written"};
    unfinished.finish();
  } catch (const FileError& error) {
    messages_.push_back(std::string{error.what()} + "; the next answer has to learn again");
  }
}

}  // namespace nocturne
