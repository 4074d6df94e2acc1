#include <SQLiteCpp/SQLiteCpp.h>
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

TEST_CASE(
    "campaign: a process that died before it had ended is followed by one that makes the bench safe and "
    "ends") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  {
    SQLite::Database log{night.log_file().string(), SQLite::OPEN_READWRITE};
    const std::string after = " WHERE seq > (SELECT max(seq) FROM events WHERE kind = 'outcome')";
    log.exec("DELETE FROM frames" + after);
    log.exec("DELETE FROM events" + after);
  }
  const std::size_t armed = night.events<InstrumentArmed>().size();
  const CampaignResult result = night.resume();
  CHECK(result.experiments == 1);
  CHECK(night.events<InstrumentArmed>().size() == 2 * armed);
  CHECK(night.events<Decided>().size() == 1);
  REQUIRE(night.events<CampaignEnded>().size() == 1);
  CHECK(night.events<StateChanged>().back().to == "done");
  const std::string ended = night.fingerprint();
  CHECK(night.resume().experiments == 1);  // now there is nothing left to do
  CHECK(night.fingerprint() == ended);
}

CampaignRecord record_of_a_death(std::vector<Event> events) {
  const TemporaryFolder folder;
  CampaignHeader header;
  header.name = "died";
  Log log = Log::create(folder / "night.db", header);
  for (Event& event : events) log.note(std::move(event));
  return read_campaign(log);
}

TEST_CASE("campaign: pumps are taken to have gone on until the death of the process, between two readings") {
  const auto at = [](int s) { return Instant{std::chrono::seconds{s}}; };
  ReadingTaken reading;
  reading.flow_uL_min = {{"cs_pb", 600.0}};
  reading.delivered_uL = {{"cs_pb", 1000.0}, {"diluent", 50.0}};
  const Event read = event_of(at(100), reading), warned = event_of(at(104), Warned{"still alive"});
  const Event ended = event_of(at(104), CampaignEnded{"stopped", ""}), resumed = event_of(at(104), Resumed{});
  const auto uL = [](const CampaignRecord& record, const char* stock) {
    return in_microliters(record.reagents.before().at(stock));
  };
  const CampaignRecord died = record_of_a_death({read, warned});  // halfway from 104 to 110 s
  CHECK(uL(died, "cs_pb") == doctest::Approx(1070.0));
  CHECK(uL(died, "diluent") == doctest::Approx(50.0));
  CHECK(uL(record_of_a_death({read, warned, resumed}), "cs_pb") == doctest::Approx(1070.0));
  CHECK(uL(record_of_a_death({read, warned, resumed, read, ended}), "cs_pb") == doctest::Approx(2070.0));
  CHECK(uL(record_of_a_death({read, ended, resumed}), "cs_pb") == doctest::Approx(1000.0));
}

}  // namespace
}  // namespace nocturne::test
