#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

TEST_CASE(
    "campaign: kill -9 at random moments loses nothing acknowledged and repeats no finished experiment") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 3;
  std::mt19937_64 engine{11};
  std::uniform_int_distribution<int> milliseconds{50, 900};
  std::size_t finished = 0;
  for (int kill = 0; kill < 8; ++kill) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      kill == 0 ? night.run() : night.resume();
      _exit(0);
    }
    ::usleep(static_cast<useconds_t>(1000 * milliseconds(engine)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (!std::filesystem::exists(night.log_file())) break;
    const CampaignRecord record = night.record();
    CHECK(record.outcomes.size() >= finished);
    finished = record.outcomes.size();
  }
  if (!std::filesystem::exists(night.log_file())) night.run();
  CHECK(night.resume().experiments == 3);
  CHECK(night.record().outcomes.size() == 3);
}

}  // namespace
}  // namespace nocturne::test
