#include "controller/steering.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "controller/campaign_events.hpp"
#include "controller/json_types.hpp"
#include "controller/log.hpp"
#include "controller/log_lock.hpp"

namespace nocturne {
namespace {

constexpr std::chrono::seconds kTakenWithin{15};
constexpr std::chrono::milliseconds kLookEvery{200};

std::optional<SteerRequest> request_in(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    SteerRequest request{json.at("what"), std::nullopt, json.at("who"), json.at("why")};
    if (json.contains("experiments")) request.experiments = json.at("experiments").get<int>();
    const auto& words = steer_words();
    if (std::ranges::find(words, request.what) == words.end()) return std::nullopt;
    return request;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

/// How many requests the campaign has logged.
int steered(const std::filesystem::path& log) {
  int count = 0;
  Log::open(log, Log::Access::read).for_each([&](const Event& event) {
    count += is<Steered>(event) ? 1 : 0;
  });
  return count;
}

}  // namespace

const std::vector<std::string>& steer_words() {
  static const std::vector<std::string> words{"pause", "resume", "abort", "budget"};
  return words;
}

SteerBox::SteerBox(const std::filesystem::path& log)
    : file_{std::filesystem::weakly_canonical(log).string() + "-requests"} {}

void SteerBox::post(const SteerRequest& request) const {
  Json json{{"what", request.what}, {"who", request.who}, {"why", request.why}};
  if (request.experiments) json["experiments"] = *request.experiments;
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

int steer(const std::filesystem::path& log, const SteerRequest& request, std::ostream& out) {
  const int before = steered(log);
  if (!LogLock::is_held(log)) throw LogError{log.string() + ": no campaign is running here"};
  SteerBox{log}.post(request);
  const auto end = std::chrono::steady_clock::now() + kTakenWithin;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kLookEvery);
    if (steered(log) == before) continue;
    out << fmt::format("{}: taken\n", request.what);
    return 0;
  }
  out << fmt::format("{}: not taken within {} s\n", request.what, kTakenWithin.count());
  return 1;
}

}  // namespace nocturne
