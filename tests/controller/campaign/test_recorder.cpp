#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "controller/campaign/recorder.hpp"
#include "devices/concurrency.hpp"
#include "support/temporary_folder.hpp"
#include "support/unreliable_disk.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// What `scene` returns in a process of its own, which may end with a thread that is stuck.
bool in_another_process(const std::function<bool()>& scene) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(scene() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool refuses(Clock& clock, Recorder& recorder) {
  try {
    clock.run(recorder.note(Warned{"?"}));
  } catch (const LogError& error) {
    return std::string{error.what()}.find("has not answered") != std::string::npos;
  }
  return false;
}

/// Whether a recorder gives up a disk that hangs, at once from then on, and leaves its process alone.
template <class SomeClock>
bool gives_up_a_hanging_disk() {
  const TemporaryFolder folder;
  auto& disk = *new UnreliableDisk{folder.path()};  // the writer that hangs in it outlives this function
  SomeClock clock;
  Log log = Log::create(folder.path() / "night.db", CampaignHeader{});
  Recorder recorder{clock, log, Duration{}, 50ms};
  clock.run(recorder.note(Warned{"all is well"}));
  disk.hang();
  const bool gave_up = refuses(clock, recorder), still = refuses(clock, recorder);
  const Instant before = clock.now();
  clock.run(clock.sleep_for(10ms));
  return gave_up && still && clock.now() >= before + 10ms;
}

}  // namespace

TEST_CASE("recorder: a disk that hangs is given up, and time and the process go on") {
  CHECK(in_another_process(gives_up_a_hanging_disk<SystemClock>));
  CHECK(in_another_process(gives_up_a_hanging_disk<VirtualClock>));
}

TEST_CASE("recorder: what a cancelled coroutine has begun to write is written all the same") {
  const TemporaryFolder folder;
  VirtualClock clock;
  Log log = Log::create(folder.path() / "night.db", CampaignHeader{});
  Recorder recorder{clock, log, Duration{}};
  bool recorded = false;
  const auto writing = [&]() -> Task<void> {
    Warned warning{"half way"};
    co_await recorder.record(std::move(warning));
    recorded = true;
  };
  const auto at_once = []() -> Task<void> { co_return; };
  const auto both = [&]() -> Task<void> { co_await race(writing(), at_once()); };
  clock.run(both());
  CHECK(recorded);
  CHECK(log.size() == 1);
}

}  // namespace nocturne::test
