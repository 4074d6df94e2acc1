#include "tests/controller/campaign/benchmark_kills.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <vector>

#include "controller/campaign/night.hpp"
#include "controller/campaign/restored_campaign.hpp"
#include "controller/log/fingerprint.hpp"
#include "recipes/library.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

constexpr double kLongestLife_s = 1500.0;  // virtual: an experiment takes 700
constexpr int kLongestLife_ms = 1500;

/// What outlives a killed process: written by it, read by the one that waits for it.
struct Witness {
  double collected_mL = 0.0;
  bool verified = false;
  int decisions = 0;
};

class SharedWitness {
 public:
  SharedWitness()
      : memory_{::mmap(nullptr, sizeof(Witness), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)} {
    if (memory_ == MAP_FAILED) throw std::runtime_error{"no shared memory"};
    new (memory_) Witness{};
  }
  ~SharedWitness() { ::munmap(memory_, sizeof(Witness)); }
  SharedWitness(const SharedWitness&) = delete;
  SharedWitness& operator=(const SharedWitness&) = delete;
  Witness& operator*() const { return *static_cast<Witness*>(memory_); }
  Witness* operator->() const { return static_cast<Witness*>(memory_); }

 private:
  void* memory_;
};

/// When a process dies; neither = at its own end.
struct Death {
  std::optional<Duration> virtual_time;
  std::optional<int> milliseconds;
};

struct Life {
  bool ended = false;  ///< by itself
  std::set<int> done;  ///< experiments that it said were done
  double delivered_mL = 0.0;
};

/// What a log holds, as it matters here.
struct Story {
  std::int64_t size = 0;
  std::string fingerprint;
  std::map<int, Conditions> decisions;
  std::map<int, std::string> outcomes;  ///< by experiment, the event's body
  std::set<int> decided_after_a_kill;
  std::set<int> begun_again;  ///< after they were finished
  double accounted_mL = 0.0;
  std::string fingerprint_before;  ///< of the first `before` events
  bool damaged = false;
};

Story story_of(const std::filesystem::path& file, std::int64_t before) {
  const Log log = Log::open(file, Log::Access::read);
  Story story;
  Fingerprint chain{log.header()};
  bool resumed = false;
  if (before == 0) story.fingerprint_before = chain.hex();
  log.for_each_with_spectra([&](const Event& event) {
    chain.add(event);
    if (event.seq == before) story.fingerprint_before = chain.hex();
    if (event.seq != ++story.size) story.damaged = true;
    if (is<Resumed>(event)) resumed = true;
    if (is<Planned>(event) && story.outcomes.contains(*event.experiment))
      story.begun_again.insert(*event.experiment);
    if (is<Finished>(event)) story.outcomes[*event.experiment] = event.body;
    if (!is<Decided>(event)) return;
    story.decisions[*event.experiment] = read<Decided>(event).suggestion.conditions;
    if (resumed) story.decided_after_a_kill.insert(*event.experiment);
  });
  story.fingerprint = chain.hex();
  story.damaged = story.damaged || log.fingerprint() != story.fingerprint;
  for (const auto& [stock, volume] : read_campaign(log).reagents.before())
    story.accounted_mL += in_milliliters(volume);
  return story;
}

/// Empty if the log does not hold a campaign (yet).
std::optional<Story> story_if_any(const std::filesystem::path& file, std::int64_t before) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  try {
    return story_of(file, before);
  } catch (const LogError& error) {
    std::printf("                   %s\n", error.what());
    return std::nullopt;
  }
}

/// One campaign in a folder of its own, with processes that come and go.
class KilledNight {
 public:
  KilledNight(const KillSettings& settings, std::uint64_t seed) : settings_{settings} {
    overrides_.targets_nm = {540.0};  // beyond bulk CsPbBr3: given up when the model is sure of it
    overrides_.budget = 8;
    overrides_.seed = seed;
  }

  std::filesystem::path log_file() const { return folder_.path() / "night.db"; }

  Life live(const Death& death, bool resumes) {
    int pipes[2];
    if (::pipe(pipes) != 0) throw std::runtime_error{"no pipe"};
    witness_->collected_mL = 0.0;
    const pid_t child = in_child([&] {
      ::dup2(pipes[1], STDERR_FILENO);
      ::close(pipes[0]);
      work(death.virtual_time, resumes);
    });
    ::close(pipes[1]);
    if (death.milliseconds) {
      ::usleep(static_cast<useconds_t>(1000 * *death.milliseconds));
      ::kill(child, SIGKILL);
    }
    Life life;
    const std::string said = text_from(pipes[0]);
    life.done = said_done(said);
    life.ended = wait_for(child, said);
    life.delivered_mL = witness_->collected_mL;
    return life;
  }

  /// Whether one process that lives through the log comes to the same decisions; and how many there are.
  std::pair<bool, int> verified() {
    witness_->verified = false;
    wait_for(in_child([&] {
      const Log log = Log::open(log_file(), Log::Access::read);
      const RestoredCampaign restored{log.header()};
      const Verification verification = verify(log, restored.replay_tools());
      witness_->verified = verification.identical();
      witness_->decisions = verification.decisions;
    }));
    return {witness_->verified, witness_->decisions};
  }

 private:
  template <class Work>
  static pid_t in_child(Work work) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error{"no process"};
    if (child > 0) return child;
    try {
      work();
      ::_exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
  }

  static bool wait_for(pid_t child, const std::string& said = "") {
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
      throw std::runtime_error{"a night ended badly: " + said};
    return WIFEXITED(status);
  }

  static std::string text_from(int descriptor) {
    std::string text;
    char bytes[4096];
    for (ssize_t size; (size = ::read(descriptor, bytes, sizeof bytes)) > 0;)
      text.append(bytes, static_cast<std::size_t>(size));
    ::close(descriptor);
    return text;
  }

  static std::set<int> said_done(const std::string& text) {
    std::set<int> done;
    std::istringstream lines{text};
    int number = 0;
    for (std::string line; std::getline(lines, line);)
      if (line.find(" done:") != std::string::npos &&
          std::sscanf(line.c_str(), "%*s experiment %d", &number) == 1)
        done.insert(number);
    return done;
  }

  void work(std::optional<Duration> dies_at, bool resumes) {
    Log log = resumes ? Log::open(log_file()) : Log::create(log_file(), made().header);
    const CampaignFiles files = campaign_files_of(log.header());
    std::optional<CampaignRecord> record;
    if (resumes) record = read_campaign(log);
    Progress progress{Progress::Style::lines};
    SystemClock wall_clock;
    Night night{files, log, record ? &*record : nullptr, progress, wall_clock};
    Background watching{night.clock()};
    watching.start(watch(night, dies_at), [](const std::exception_ptr& e) { std::rethrow_exception(e); });
    night.run();
    testify(night);
  }

  CampaignFiles made() const {
    return read_campaign_files(find_shipped("cspbbr3_green_510", ""),
                               find_shipped(settings_.bench, "benches"), overrides_);
  }

  void testify(Night& night) const {
    VirtualWorld& world = night.built().virtual_side()->world();
    witness_->collected_mL = world.collected_mL(night.clock().now());
  }

  Task<void> watch(Night& night, std::optional<Duration> dies_at) const {
    Clock& clock = night.clock();
    const Instant end = dies_at ? Instant{*dies_at} : Instant::max();
    for (;;) {
      testify(night);
      if (clock.now() >= end) ::raise(SIGKILL);
      co_await clock.sleep_until(std::min(end, clock.now() + std::chrono::milliseconds{500}));
    }
  }

  const KillSettings& settings_;
  TemporaryFolder folder_;
  CampaignOverrides overrides_;
  SharedWitness witness_;
};

double share_missing(double accounted_mL, double delivered_mL) {
  return delivered_mL > 0.0 ? std::abs(accounted_mL / delivered_mL - 1.0) : 0.0;
}

Death random_death(std::mt19937_64& engine) {
  Death death;
  if (engine() % 2 == 0)
    death.virtual_time = seconds(std::uniform_real_distribution<double>{0.0, kLongestLife_s}(engine));
  else
    death.milliseconds = std::uniform_int_distribution<int>{1, kLongestLife_ms}(engine);
  return death;
}

void compare(const Story& uninterrupted, const Story& story, KillReport& report) {
  for (const auto& [experiment, conditions] : story.decisions) {
    const auto same = uninterrupted.decisions.find(experiment);
    if (same == uninterrupted.decisions.end()) return;
    ++report.comparable;
    report.compared_after_a_kill += story.decided_after_a_kill.contains(experiment);
    report.decided_otherwise += conditions != same->second;
    const auto outcome = story.outcomes.find(experiment), other = uninterrupted.outcomes.find(experiment);
    if (outcome == story.outcomes.end() || other == uninterrupted.outcomes.end() ||
        outcome->second != other->second)
      return;
  }
}

void live_through(KilledNight& night, std::mt19937_64& engine, const KillSettings& settings,
                  const Story& uninterrupted, KillReport& report) {
  std::set<int> done;
  std::optional<Story> story;
  double delivered_mL = 0.0;
  for (bool ended = false; !ended;) {
    const bool last = report.kills >= settings.kills;
    const Life life = night.live(last ? Death{} : random_death(engine), story.has_value());
    ended = life.ended;
    report.kills += !ended;
    delivered_mL += life.delivered_mL;
    for (const int experiment : life.done) report.repeated += !done.insert(experiment).second;
    std::optional<Story> now = story_if_any(night.log_file(), story ? story->size : 0);
    if (!now) {
      report.damaged += story.has_value() || !done.empty();
      continue;
    }
    report.damaged += now->damaged;
    if (story) report.rewritten += now->fingerprint_before != story->fingerprint;
    for (const int experiment : life.done) report.lost += !now->outcomes.contains(experiment);
    story = std::move(now);
  }
  report.acknowledged += static_cast<int>(done.size());
  report.repeated += static_cast<int>(story->begun_again.size());
  report.delivered_mL += delivered_mL;
  report.accounted_mL += story->accounted_mL;
  report.worst_night = std::max(report.worst_night, share_missing(story->accounted_mL, delivered_mL));
  report.nights_beyond_1_percent += share_missing(story->accounted_mL, delivered_mL) > 0.01;
  compare(uninterrupted, *story, report);
  const auto [same, decisions] = night.verified();
  report.decisions += decisions;
  report.unverified_logs += !same;
}

}  // namespace

KillReport kill_nights(const KillSettings& settings) {
  KillReport report;
  std::mt19937_64 engine{settings.first_seed};
  while (report.kills < settings.kills) {
    const std::uint64_t seed = settings.first_seed + static_cast<std::uint64_t>(report.nights++);
    KilledNight quiet{settings, seed};
    const Life whole = quiet.live({}, false);
    const Story uninterrupted = story_of(quiet.log_file(), 0);
    report.uninterrupted_worst =
        std::max(report.uninterrupted_worst, share_missing(uninterrupted.accounted_mL, whole.delivered_mL));
    KilledNight night{settings, seed};
    live_through(night, engine, settings, uninterrupted, report);
    std::fprintf(stderr, "%d kills\r", report.kills);
  }
  return report;
}

void print(const KillReport& r) {
  std::printf(
      "kill -9            %d kills in %d nights: %d experiments said to be done, %d lost, %d repeated, "
      "%d damaged logs, %d rewritten\n",
      r.kills, r.nights, r.acknowledged, r.lost, r.repeated, r.damaged, r.rewritten);
  std::printf(
      "decisions          %d computed again by one process: %d logs differ; %d where every earlier outcome "
      "is that "
      "of the uninterrupted night (%d after a kill): %d differ\n",
      r.decisions, r.unverified_logs, r.comparable, r.compared_after_a_kill, r.decided_otherwise);
  std::printf(
      "reagent            pumps delivered %.1f mL, logs account for %.1f mL (%+.2f %%); beyond 1 %% in %d "
      "nights, worst "
      "%.2f %%, uninterrupted %.2f %%\n",
      r.delivered_mL, r.accounted_mL, 100.0 * (r.accounted_mL / r.delivered_mL - 1.0),
      r.nights_beyond_1_percent, 100.0 * r.worst_night, 100.0 * r.uninterrupted_worst);
}

}  // namespace nocturne::test
