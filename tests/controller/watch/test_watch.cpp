#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "controller/watch/screen.hpp"
#include "controller/watch/watch_command.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

NightView view_of(const Log& log, std::int64_t last) {
  NightView view{log.header()};
  log.for_each([&](const Event& event) {
    if (event.seq <= last) view.take(event);
  });
  return view;
}

int characters(const std::string& line) {
  return static_cast<int>(std::ranges::count_if(
      line, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::string text_of_screen(const NightFacts& facts) {
  std::string text;
  for (const std::string& line : screen_of(facts, verdict_on(facts, {}), {}, "")) text += line + '\n';
  return text;
}

/// What who looks once at a log, with no terminal, gets.
std::string seen_of(const std::filesystem::path& file) {
  std::ostringstream out;
  CHECK(watch_night(Log::open(file, Log::Access::read), false, out) == 0);
  return out.str();
}

/// A campaign whose process goes away when this is destroyed.
struct CampaignHere {
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "night.db";
  std::optional<Log> log = Log::create(file, header_with_lot());

  template <class T>
  void add(double time_s, const T& event) {
    log->append(event_of(at_second(time_s), event));
  }
};

}  // namespace

TEST_CASE("watch: at every event the screen is 24 lines of at most 80 characters") {
  VirtualNight night;
  night.overrides.targets_nm = {480.0, 512.0};
  night.overrides.budget = 3;
  night.run();
  const Log log = Log::open(night.log_file(), Log::Access::read);
  NightView view{log.header()};
  std::set<std::string> steps;
  log.for_each([&](const Event& event) {
    view.take(event);
    steps.insert(view.facts().step.substr(0, 4));
    for (const ScreenSize size : {ScreenSize{80, 24}, ScreenSize{40, 12}, ScreenSize{200, 60}}) {
      const std::vector<std::string> lines = screen_of(view.facts(), verdict_on(view.facts(), {}), size, "");
      REQUIRE(std::ssize(lines) == size.rows);
      for (const std::string& line : lines) REQUIRE(characters(line) <= size.columns);
    }
  });
  for (const char* step : {"reac", "flus", "emis", "stea"}) CHECK(steps.contains(step));
}

TEST_CASE("watch: what the screen says at the end is what the night came to") {
  VirtualNight night;
  night.overrides.targets_nm = {480.0, 512.0};
  const CampaignResult result = night.run();
  const Log log = Log::open(night.log_file(), Log::Access::read);
  const NightFacts facts = view_of(log, log.size()).facts();
  CHECK(facts.ended);
  CHECK(facts.state == "done");
  CHECK(facts.finished == result.experiments);
  REQUIRE(facts.aims.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(facts.aims[i].reached_at == result.targets[i].reached_at);
    CHECK(facts.aims[i].nearest_nm->value == result.targets[i].best->second.peak_nm->value);
  }
  double used_mL = 0.0;
  for (const auto& [stock, feed] : facts.feeds) used_mL += feed.used_mL;
  CHECK(used_mL == doctest::Approx(result.reagent_mL));
  const std::string screen = text_of_screen(facts);
  CHECK(screen.find("480 ± 2 nm  reached by experiment") != std::string::npos);
  CHECK(screen.find("\nDone: The night is over after") != std::string::npos);
  CHECK(screen.find("ALARM") == std::string::npos);
}

TEST_CASE("watch: an alarm stands on the screen with its time, and a finished night is shown once") {
  VirtualNight night;
  night.overrides.budget = 2;
  night.run([&](Night& running) -> Task<void> {
    co_await night.until_product(running);
    running.built().virtual_side()->faults("pump_bromide").set("stall", true);
  });
  const Log log = Log::open(night.log_file(), Log::Access::read);
  std::ostringstream out;
  CHECK(watch_night(log, false, out) == 0);
  CHECK(out.str().find("ALARM at 00:") != std::string::npos);
  CHECK(out.str().find("bromide") != std::string::npos);
  CHECK(out.str().find('\x1b') == std::string::npos);
}

TEST_CASE("watch: an alarm that somebody has seen is shown as such until the next one") {
  VirtualNight night;
  NightView view{night.files().header};
  view.take(event_of(Instant{}, Warned{"the gauge does not follow"}));
  CHECK(text_of_screen(view.facts()).find("ALARM at 00:00:00: the gauge") != std::string::npos);
  view.take(event_of(Instant{}, Steered{{"acknowledge", {}, {}, "Ada", "known"}}));
  CHECK(text_of_screen(view.facts()).find("(acknowledged by Ada)") != std::string::npos);
  view.take(event_of(Instant{}, Tripped{"pump stands"}));
  CHECK(text_of_screen(view.facts()).find("ALARM at 00:00:00: pump stands") != std::string::npos);
}

TEST_CASE("watch: who looks once is told whether the night is well, what is left of it and of the reagents") {
  CampaignHere night;
  Target target;
  target.value = 508.0;
  night.add(0, CampaignStarted{{target}, 10});
  night.add(1, StateChanged{"idle", "running", ""});
  CHECK(seen_of(night.file).find("\nFine: All is well") != std::string::npos);
  CHECK(seen_of(night.file).find("at most about") == std::string::npos);
  decide(*night.log, 100.0, 1);
  night.add(700.0, Finished{1, Failure{FailureKind::bubble, ""}, false});
  CHECK(seen_of(night.file).find("1 of 10 experiments, 1 failed; at most about 1 h 30 min left") !=
        std::string::npos);
  CHECK(seen_of(night.file).find("bromide 60.0 of 60 mL left") != std::string::npos);
  night.add(710.0, StateChanged{"running", "paused", "the fume hood"});
  CHECK(seen_of(night.file).find("\nHave a look: Paused") != std::string::npos);
}

TEST_CASE("watch: a night whose process was killed is trouble, also for who looks once and at no terminal") {
  CampaignHere night;
  night.add(0, StateChanged{"idle", "running", ""});
  night.log.reset();
  CHECK(seen_of(night.file).find("\nTrouble: Nobody runs this night any more") != std::string::npos);
}

TEST_CASE("watch: a night that ended without what it was made for is over, and not done") {
  const auto word = [](const std::string& status, std::optional<int> reached_at) {
    NightFacts facts;
    facts.ended = true;
    facts.status = status;
    facts.finished = 1;
    facts.aims.emplace_back().reached_at = reached_at;
    const Verdict verdict = verdict_on(facts, {});
    CHECK(verdict.text.find("1 experiments") == std::string::npos);
    return heading_of(verdict);
  };
  CHECK(word("reached", 1) == "Done");
  CHECK(word("budget_spent", 1) == "Done");
  CHECK(word("budget_spent", {}) == "Ended");
  CHECK(word("stopped", {}) == "Ended");
  CHECK(word("faulted", 1) == "Trouble");
}

TEST_CASE("watch: cooling down is fine only after all that was wanted") {
  NightFacts facts;
  facts.state = "stopping";
  facts.aims.emplace_back();
  CHECK(verdict_on(facts, {}).word == "look");
  facts.aims.back().reached_at = 3;
  CHECK(verdict_on(facts, {}).word == "fine");
}

TEST_CASE("watch: a night again is its journal, in the order of its times") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  const Log log = Log::open(night.log_file(), Log::Access::read);
  std::ostringstream out;
  CHECK(watch_again(log, 1e6, false, out) == 0);
  CHECK(out.str().starts_with("00:00:00  A campaign begins"));
  CHECK(out.str().find("The campaign ended as") != std::string::npos);
}

TEST_CASE("watch: who looks once at the end sees what he sees who looks at every event") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run([&](Night& running) -> Task<void> {
    co_await night.until_product(running);
    running.campaign().request_stop();
  });
  night.resume();
  const Log log = Log::open(night.log_file(), Log::Access::read);
  NightView always{log.header()};
  log.for_each([&](const Event& event) {
    always.take(event);
    const NightFacts seen = always.facts();
    const NightFacts once = view_of(log, event.seq).facts();
    REQUIRE(text_of_screen(seen) == text_of_screen(once));
  });
}

TEST_CASE("watch: a long night is watched again to its last event") {
  const TemporaryFolder folder;
  CampaignHeader header;
  header.origin = "import";
  Log log = Log::create(folder / "a.db", header);
  for (int n = 1; n <= 2'500; ++n) log.note(event_of(Instant{}, Warned{"number " + std::to_string(n)}));
  std::ostringstream out;
  CHECK(watch_again(log, 1.0, false, out) == 0);
  CHECK(std::ranges::count(out.str(), '\n') == 2'500);
  CHECK(out.str().ends_with("number 2500.\n"));
}

}  // namespace nocturne::test
