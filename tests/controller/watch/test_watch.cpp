#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "controller/watch/screen.hpp"
#include "controller/watch/watch_command.hpp"
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

std::string text_of_screen(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

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
      const std::vector<std::string> lines = screen_of(view.facts(), size, "");
      REQUIRE(std::ssize(lines) == size.rows);
      for (const std::string& line : lines) REQUIRE(characters(line) <= size.columns);
    }
  });
  for (const char* step : {"to 1", "flus", "emis", "stea"}) CHECK(steps.contains(step));
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
  const std::string screen = text_of_screen(screen_of(facts, {}, ""));
  CHECK(screen.find("480 ± 2 nm  reached by experiment") != std::string::npos);
  CHECK(screen.find("nothing went wrong so far") != std::string::npos);
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
  CHECK(text_of_screen(screen_of(view.facts(), {}, "")).find("ALARM at 00:00:00: the gauge") !=
        std::string::npos);
  view.take(event_of(Instant{}, Steered{{"acknowledge", {}, {}, "Ada", "known"}}));
  CHECK(text_of_screen(screen_of(view.facts(), {}, "")).find("(acknowledged by Ada)") != std::string::npos);
  view.take(event_of(Instant{}, Tripped{"pump stands"}));
  CHECK(text_of_screen(screen_of(view.facts(), {}, "")).find("ALARM at 00:00:00: pump stands") !=
        std::string::npos);
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
    REQUIRE(text_of_screen(screen_of(seen, {}, "")) == text_of_screen(screen_of(once, {}, "")));
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
