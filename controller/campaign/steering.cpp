#include "controller/campaign/steering.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/json.hpp"
#include "controller/log/log.hpp"
#include "controller/log/log_lock.hpp"

namespace nocturne {
namespace {

constexpr std::chrono::seconds kTakenWithin{15};
constexpr std::chrono::milliseconds kLookEvery{200};

std::optional<SteerRequest> request_in(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    SteerRequest request{json.at("what"), std::nullopt, std::nullopt, json.at("who"), json.at("why")};
    if (json.contains("experiments")) request.experiments = json.at("experiments").get<int>();
    if (json.contains("target")) request.target = json.at("target").get<Target>();
    const auto& words = steer_words();
    if (std::ranges::find(words, request.what) == words.end()) return std::nullopt;
    return request;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

/// Whether the campaign has logged a request after so many events.
bool steered_since(const std::filesystem::path& log, std::int64_t events) {
  bool found = false;
  const auto look = [&](const Event& event) { found = found || is<Steered>(event); };
  Log::open(log, Log::Access::read).for_each(look, {.first = events + 1, .detail = LogDetail::brief});
  return found;
}

}  // namespace

const std::vector<std::string>& steer_words() {
  static const std::vector<std::string> words{"pause", "resume", "abort", "budget", "target", "acknowledge"};
  return words;
}

SteerBox::SteerBox(const std::filesystem::path& log)
    : file_{std::filesystem::weakly_canonical(log).string() + "-requests"} {}

void SteerBox::post(const SteerRequest& request) const {
  Json json{{"what", request.what}, {"who", request.who}, {"why", request.why}};
  if (request.experiments) json["experiments"] = *request.experiments;
  if (request.target) json["target"] = *request.target;
  std::ofstream out{file_, std::ios::app | std::ios::binary};
  out << json.dump() + "\n" << std::flush;
  if (!out) throw LogError{file_.string() + ": cannot be written"};
}

std::vector<SteerRequest> SteerBox::take() {
  std::vector<SteerRequest> requests;
  const std::filesystem::path taken = file_.string() + "-taken";
  std::error_code none;
  std::filesystem::rename(file_, taken, none);  // what is posted from now on makes a new file
  if (none) return requests;
  std::ifstream in{taken, std::ios::binary};
  for (std::string line; std::getline(in, line);)
    if (auto request = request_in(line)) requests.push_back(*std::move(request));
  std::filesystem::remove(taken, none);
  return requests;
}

void SteerBox::clear() { take(); }

Target further_target(const std::filesystem::path& log, double peak_nm) {
  CampaignHeader header = Log::open(log, Log::Access::read).header();
  header.targets = with_targets(campaign_files_of(header).recipe, {peak_nm, peak_nm}).targets;
  return campaign_files_of(header).recipe.targets.front();
}

int steer(const std::filesystem::path& log, const SteerRequest& request, std::ostream& out) {
  const std::int64_t before = Log::open(log, Log::Access::read).size();
  if (!LogLock::is_held(log)) throw LogError{log.string() + ": no campaign is running here"};
  SteerBox{log}.post(request);
  const auto end = std::chrono::steady_clock::now() + kTakenWithin;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kLookEvery);
    if (!steered_since(log, before)) continue;
    out << fmt::format("{}: taken\n", request.what);
    return 0;
  }
  out << fmt::format("{}: not taken within {} s\n", request.what, kTakenWithin.count());
  return 1;
}

}  // namespace nocturne
