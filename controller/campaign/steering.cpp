#include "controller/campaign/steering.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
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

/// The file of requests, open and locked, so that none is written into a file that was just emptied.
class LockedBox {
 public:
  /// `open_flags` and `lock` as open() and flock() take them; check is_held().
  LockedBox(const std::filesystem::path& file, int open_flags, int lock)
      : descriptor_{::open(file.c_str(), open_flags | O_CLOEXEC, 0666)},
        is_held_{descriptor_ >= 0 && ::flock(descriptor_, lock) == 0} {}
  ~LockedBox() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  LockedBox(const LockedBox&) = delete;
  LockedBox& operator=(const LockedBox&) = delete;

  bool is_held() const { return is_held_; }
  /// Somebody took what was in it while this one waited for the lock.
  bool is_removed() const {
    struct stat found {};
    return ::fstat(descriptor_, &found) == 0 && found.st_nlink == 0;
  }
  bool write(const std::string& text) const {
    return ::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  std::string read() const {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = ::read(descriptor_, piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(size));
    return text;
  }

 private:
  int descriptor_;
  bool is_held_;
};

/// Whether the campaign has logged this request after so many events.
bool steered_since(const std::filesystem::path& log, std::int64_t events, const SteerRequest& request) {
  bool found = false;
  const auto look = [&](const Event& event) {
    found = found || (is<Steered>(event) && read<Steered>(event).request == request);
  };
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
  const std::string line = json.dump() + "\n";
  while (true) {
    const LockedBox box{file_, O_WRONLY | O_APPEND | O_CREAT, LOCK_EX};
    if (box.is_held() && box.is_removed()) continue;
    if (!box.is_held() || !box.write(line)) throw LogError{file_.string() + ": cannot be written"};
    return;
  }
}

std::vector<SteerRequest> SteerBox::take() {
  std::vector<SteerRequest> requests;
  const LockedBox box{file_, O_RDONLY, LOCK_EX | LOCK_NB};  // whoever runs a campaign waits for nobody
  if (!box.is_held()) return requests;
  std::istringstream in{box.read()};
  for (std::string line; std::getline(in, line);)
    if (auto request = request_in(line)) requests.push_back(*std::move(request));
  ::unlink(file_.c_str());
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
    if (!steered_since(log, before, request)) continue;
    out << fmt::format("{}: taken\n", request.what);
    return 0;
  }
  out << fmt::format("{}: not taken within {} s\n", request.what, kTakenWithin.count());
  return 1;
}

}  // namespace nocturne
