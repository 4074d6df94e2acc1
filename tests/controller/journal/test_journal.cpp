#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/journal/journal.hpp"
#include "controller/journal/journal_command.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

struct Told {
  std::vector<std::string> lines;
  std::string messages;

  /// Lines that hold all of the words.
  int with(std::initializer_list<const char*> words) const {
    return static_cast<int>(std::ranges::count_if(lines, [&](const std::string& line) {
      return std::ranges::all_of(words,
                                 [&](const char* word) { return line.find(word) != std::string::npos; });
    }));
  }
};

Told journal_of(const std::filesystem::path& file, bool json = false, std::int64_t since = 0) {
  std::ostringstream out, messages;
  CHECK(tell_journal(Log::open(file, Log::Access::read), since, json, out, messages) == 0);
  Told told;
  told.messages = messages.str();
  std::istringstream in{out.str()};
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    CHECK_FALSE(line.empty());
    told.lines.push_back(line);
  }
  return told;
}

template <class T>
std::string told_of(Journal& journal, const T& event) {
  return journal.tell(event_of(Instant{}, event)).value_or("");
}

}  // namespace

TEST_CASE("journal: a short night is told from its start over every experiment to its end") {
  VirtualNight night;
  night.overrides.budget = 2;
  night.overrides.targets_nm = {540.0};
  night.run();
  const std::string before = file_text(night.log_file());
  const Told told = journal_of(night.log_file());
  CHECK(before == file_text(night.log_file()));
  REQUIRE(told.lines.size() > 10);
  CHECK(told.lines.front().find("00:00:00  A campaign begins, aimed at peak 540 ± ") == 0);
  CHECK(told.lines.front().find(" nm; at most 2 experiments.") != std::string::npos);
  CHECK(told.with({"pump_bromide is armed: ", "New Era"}) + told.with({"pump_bromide is armed: NE"}) >= 1);
  CHECK(told.with({" is armed: "}) == 6);
  CHECK(told.with({"Experiments begin."}) == 1);
  CHECK(told.with({"Experiment 1 is chosen: ", "temperature ", " °C", "residence time ", "; why: "}) == 1);
  CHECK(told.with({"Experiment 2 is chosen: "}) == 1);
  CHECK(told.with({"Experiment 1 is steady: after ", " reads the peak moves "}) == 1);
  CHECK(told.with({"Experiment 1 gave peak ", " ± ", " nm", "width ", " meV"}) == 1);
  CHECK(told.with({"Experiment 2 gave peak "}) == 1);
  CHECK(told.with({"begins again"}) == 0);
  CHECK(
      told.with({"The campaign ended as budget spent: 2 experiments. In all 2 experiments, 0 failed; used: ",
                 "bromide ", " mL"}) == 1);
  CHECK(told.messages.empty());
}

TEST_CASE("journal: as JSON it is one object a line, and --since leaves out what is known") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  const Told told = journal_of(night.log_file(), true);
  const Told people = journal_of(night.log_file());
  REQUIRE(told.lines.size() == people.lines.size());
  std::int64_t last = 0;
  int outcomes = 0;
  for (std::size_t i = 0; i < told.lines.size(); ++i) {
    const auto json = nlohmann::json::parse(told.lines[i]);
    CHECK(json.at("seq").get<std::int64_t>() > last);
    last = json.at("seq").get<std::int64_t>();
    CHECK(json.at("time_s").get<double>() >= 0.0);
    CHECK(people.lines[i].ends_with("  " + json.at("text").get<std::string>()));
    const std::string kind = json.at("kind").get<std::string>();
    CHECK((kind == "decision" || kind == "outcome" || kind == "settled") == json.contains("experiment"));
    if (kind == "outcome") ++outcomes;
  }
  CHECK(outcomes == 1);
  const Told rest = journal_of(night.log_file(), true, last - 1);
  REQUIRE(rest.lines.size() == 1);
  CHECK(rest.lines.front() == told.lines.back());
  CHECK(journal_of(night.log_file(), true, last).lines.empty());
}

TEST_CASE("journal: a faulted night tells the trip, and the resumed one who took over") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 3;
  night.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(5min);
    running.built().virtual_side()->faults("pump_bromide").set("deaf", true);
  });
  Told told = journal_of(night.log_file());
  CHECK(told.with({"Tripped, everything is being stopped: ", "bromide: "}) == 1);
  CHECK(told.with({"Faulted; the bench is made safe: ", "bromide: "}) >= 1);
  CHECK(told.with({"The campaign ended as faulted: "}) == 1);
  night.resume();
  told = journal_of(night.log_file());
  CHECK(told.with({"A new process took over; experiment 1 begins again."}) == 1);
  CHECK(told.with({"Experiment 1 begins again."}) == 1);
  CHECK(told.with({"Experiment 3 gave "}) == 1);
  CHECK(told.with({"In all 3 experiments, 0 failed; used: "}) == 1);
}

TEST_CASE("journal: of a night with a crash it tells the volumes that a resumed campaign reckons with") {
  VirtualNight night;
  const auto reading = [](double delivered_uL) {
    ReadingTaken taken;
    taken.delivered_uL = {{"bromide", delivered_uL}};
    taken.flow_uL_min = {{"bromide", 600.0}};
    return taken;
  };
  const auto counted = [](double found_uL) {
    return PumpsArmed{{{"bromide", {microliters(found_uL), Volume{}}}}};
  };
  Log log = Log::create(night.log_file(), night.files().header);
  log.append(event_of(Instant{}, counted(0.0)));
  log.append(event_of(Instant{10s}, reading(1000.0)));
  log.append(event_of(Instant{20s}, Resumed{}));
  SUBCASE("whose pump was switched off, so that what it delivered after the last reading is guessed") {
    log.append(event_of(Instant{21s}, counted(0.0)));
  }
  SUBCASE("whose pump went on, and told the next process") {
    log.append(event_of(Instant{21s}, counted(1300.0)));
  }
  SUBCASE("whose pumps were never armed again") {}
  log.append(event_of(Instant{30s}, reading(500.0)));
  log.append(event_of(Instant{33s}, CampaignEnded{"stopped", ""}));
  const std::map<std::string, Volume> used = night.record().reagents.before();
  REQUIRE(used.size() == 1);
  const std::string told = fmt::format("used: bromide {:.2f} mL.", in_milliliters(used.at("bromide")));
  CHECK(used.at("bromide") > microliters(1510.0));
  CHECK(journal_of(night.log_file()).with({told.c_str()}) == 1);
}

TEST_CASE("journal: a log without an end is told as far as it goes, and that it has none") {
  VirtualNight night;
  const CampaignFiles files = night.files();
  {
    Log log = Log::create(night.log_file(), files.header);
    log.append(event_of(Instant{}, CampaignStarted{files.recipe.targets, 5}));
    const Told running = journal_of(night.log_file());  // another process would read the same
    CHECK(running.lines.size() == 1);
  }
  const Told told = journal_of(night.log_file());
  CHECK(told.lines.size() == 1);
  CHECK(told.messages.find("no end yet") == 0);
}

TEST_CASE("journal: every sentence is one line, whatever an instrument says of itself") {
  Journal journal;
  CHECK(told_of(journal, InstrumentArmed{"oven", "3216\r\nV1.0\n"}) == "oven is armed: 3216  V1.0.");
  CHECK(told_of(journal, Warned{"the gauge is slow."}) == "Warning: the gauge is slow.");
  CHECK(told_of(journal, StateChanged{"running", "holding", "flow_cell: gone"}) ==
        "Holding, with the feeds stopped and the heat kept: flow_cell: gone.");
  CHECK(told_of(journal, StateChanged{"holding", "running", ""}) == "Experiments go on.");
  CHECK(told_of(journal, StateChanged{"running", "resting", "lunch"}) == "From running to resting: lunch.");
  CHECK(told_of(journal, Refilling{"amine", 8.25}) ==
        "The syringe of amine is filled again: 8.25 mL are drawn.");
  CHECK(told_of(journal, Refilled{"amine", 8.24, 91.5, {}}) ==
        "The syringe of amine has drawn 8.24 mL; its bottle holds 91.50 mL more.");
  CHECK(told_of(journal, Resumed{{}}) == "A new process took over; no experiment was under way.");
  CHECK(told_of(journal, Resumed{{3, 4}}) == "A new process took over; experiments 3, 4 begin again.");
  Foreseen outlook;
  outlook.experiments = 1;
  outlook.probability = 0.25;
  CHECK(told_of(journal, outlook) ==
        "Outlook after 1 experiment: some conditions meet target 1 with probability 0.250.");
  outlook.why_not = "900 nm is not reachable within the bounds";
  CHECK(told_of(journal, outlook) == "Given up: 900 nm is not reachable within the bounds.");
  Finished failed;
  failed.experiment = 7;
  failed.outcome = Failure{FailureKind::not_settled, "the emission still moves after 40 reads"};
  CHECK(told_of(journal, failed) ==
        "Experiment 7 failed (not settled): the emission still moves after 40 reads.");
  CHECK(told_of(journal, ReadingTaken{}).empty());
}

}  // namespace nocturne::test
