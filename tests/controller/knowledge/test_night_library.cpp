#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "controller/knowledge/design.hpp"
#include "controller/knowledge/night_library.hpp"
#include "controller/knowledge/verify_on_bench.hpp"
#include "recipes/document.hpp"
#include "support/refusal.hpp"
#include "support/surrogate_here.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

/// A folder with two short nights.
struct SomeNights {
  SomeNights() {
    for (const std::uint64_t seed : {3, 4}) {
      VirtualNight night;
      night.overrides.targets_nm = {540.0};
      night.overrides.optimizer = "sobol";
      night.overrides.budget = 4;
      night.overrides.seed = seed;
      night.run();
      fs::copy(night.log_file(), file(seed));
    }
  }
  fs::path file(std::uint64_t seed) const { return folder.path() / ("night" + std::to_string(seed) + ".db"); }
  fs::path kept() const { return folder.path() / "library.nocturne.json"; }

  TemporaryFolder folder;
};

/// An optimizer that knows the library, for a wish.
std::unique_ptr<Optimizer> knowing(const NightLibrary& library, const std::string& outputs,
                                   const Target& wish) {
  RestoredCampaign restored{library.newest()};
  restored.files.recipe.targets.push_back(wish);
  restored.files.earlier = library.studies();
  restored.files.from_studies_alone = true;
  restored.files.learned = library.learned(outputs);
  return restored.fresh_optimizer();
}

}  // namespace

TEST_CASE("library: every night of a folder is a study, seen from the newest campaign") {
  const SomeNights nights;
  const NightLibrary library{nights.folder.path()};
  REQUIRE(library.studies().size() == 2);
  for (const Study& study : library.studies()) {
    CHECK(study.records.size() == 4);
    CHECK(study.same_bench);
  }
  CHECK(library.newest().seed == 4);
  CHECK(library.messages().size() == 2);
}

TEST_CASE("library: what was learned is kept and recalled bit for bit, until a log changes") {
  if (skipped()) return;
  const SomeNights nights;
  const Target wish{"peak_nm", 490.0, 2.0, 0.0};
  DesignAnswer first, second;
  {
    NightLibrary library{nights.folder.path()};
    const auto optimizer = knowing(library, "peak_nm", wish);
    first = optimizer->design(wish, 3);
    CHECK(library.learned("peak_nm").empty());
    library.keep("peak_nm", optimizer->learned());
  }
  CHECK(fs::exists(nights.kept()));
  {
    const NightLibrary library{nights.folder.path()};
    REQUIRE_FALSE(library.learned("peak_nm").empty());
    CHECK(library.learned("plqy").empty());
    CHECK(library.messages().size() == 2);
    second = knowing(library, "peak_nm", wish)->design(wish, 3);
  }
  CHECK(first.earlier == 8);
  CHECK(first.experiments == 0);
  REQUIRE(second.candidates.size() == first.candidates.size());
  CHECK(second.reachable_probability == first.reachable_probability);
  for (std::size_t i = 0; i < first.candidates.size(); ++i) {
    CHECK(second.candidates[i].conditions == first.candidates[i].conditions);
    CHECK(second.candidates[i].predicted.probability == first.candidates[i].predicted.probability);
  }
  fs::last_write_time(nights.file(3), fs::last_write_time(nights.file(3)) + std::chrono::hours{1});
  CHECK(NightLibrary{nights.folder.path()}.learned("peak_nm").empty());
}

TEST_CASE("library: what is kept is made anew when it is damaged or of other nights") {
  const SomeNights nights;
  NightLibrary{nights.folder.path()}.keep("peak_nm", {1.0});
  fs::remove(nights.file(3));
  CHECK(NightLibrary{nights.folder.path()}.studies().size() == 1);
  for (const char* text : {"", "{", "[]", "{\"identity\": 3}"}) {
    std::ofstream{nights.kept()} << text;
    CHECK(NightLibrary{nights.folder.path()}.studies().size() == 1);
  }
}

TEST_CASE(
    "library: a night that has gone on since, be it only in the file that SQLite writes first, is read "
    "again") {
  const SomeNights nights;
  const std::size_t before = NightLibrary{nights.folder.path()}.studies().size();
  NightLibrary{nights.folder.path()}.keep("peak_nm", {1.0});
  CHECK(NightLibrary{nights.folder.path()}.learned("peak_nm") == std::vector{1.0});
  std::ofstream{nights.file(3).string() + "-wal"} << "more";
  const NightLibrary again{nights.folder.path()};
  CHECK(again.studies().size() == before);
  CHECK(again.learned("peak_nm").empty());
}

TEST_CASE("library: a damaged log says nothing, not even what the bench can make") {
  const SomeNights nights;
  const auto damage = [&](int seed) {
    SQLite::Database database{nights.file(seed).string(), SQLite::OPEN_READWRITE};
    database.exec("UPDATE header SET value = 'garbage [[' WHERE key = 'bench_text'");
  };
  damage(4);
  const NightLibrary library{nights.folder.path()};
  CHECK(library.newest().seed == 3);
  CHECK(library.studies().size() == 1);
  damage(3);
  const std::string refused = refusal([&] { NightLibrary{nights.folder.path()}; });
  CHECK(refused.find("holds no campaign's log") != std::string::npos);
  CHECK(refused.find("is not what was written") != std::string::npos);
}

TEST_CASE(
    "library: a file that is no log, and a copy, are told and left out; a folder without a campaign is "
    "refused") {
  const SomeNights nights;
  std::ofstream{nights.folder.path() / "notes.db"} << "no log";
  fs::copy(nights.file(4), nights.folder.path() / "copy.db");
  const NightLibrary library{nights.folder.path()};
  CHECK(library.studies().size() == 2);
  int left_out = 0;
  for (const std::string& message : library.messages()) left_out += message.ends_with(": left out");
  CHECK(left_out == 2);
  const TemporaryFolder empty;
  CHECK(refusal([&] { NightLibrary{empty.path()}; }).find("holds no campaign's log") != std::string::npos);
  CHECK(refusal([&] { NightLibrary{empty.path() / "none"}; }).find("is no folder") != std::string::npos);
}

TEST_CASE("library: a log that is not what was written is told and left out") {
  const SomeNights nights;
  SQLite::Database{nights.file(3).string(), SQLite::OPEN_READWRITE}.exec(
      "UPDATE events SET body = replace(body, 'peak_nm', 'peak_mm') WHERE kind = 'outcome'");
  const NightLibrary library{nights.folder.path()};
  CHECK(library.studies().size() == 1);
  CHECK(std::ranges::count_if(library.messages(), [&](const std::string& message) {
          return message.starts_with(nights.file(3).string() + ": event ") && message.ends_with(": left out");
        }) == 1);
}

TEST_CASE("library: of nights on several materials those count that are asked for, and none by chance") {
  const SomeNights nights;
  CampaignHeader header = Log::open(nights.file(4), Log::Access::read).header();
  header.material_file = find_shipped("fapbbr3", "materials").string();
  header.material_text = read_text_file(header.material_file);
  header.started = "2999-01-01T00:00:00.000Z";
  Log::create(nights.folder.path() / "other.db", header);
  const fs::path folder = nights.folder.path();
  CHECK(refusal([&] { NightLibrary{folder}; }) ==
        folder.string() +
            ": holds campaigns on several materials (choose with --material: CsPbBr3 (2), FAPbBr3 (1))");
  for (const char* name : {"CsPbBr3", "cspbbr3"}) {
    NightLibrary library{folder, name};
    CHECK(library.newest().seed == 4);
    CHECK(designed_for(library.newest()).material == "CsPbBr3");
    CHECK(library.studies().size() == 2);
    library.keep("peak_nm", {1.0});
  }
  CHECK(NightLibrary{folder, "cspbbr3"}.learned("peak_nm") == std::vector<double>{1.0});
  const NightLibrary other{folder, "FAPBBR3"};
  CHECK(other.learned("peak_nm").empty());
  CHECK(designed_for(other.newest()).material == "FAPbBr3");
  CHECK(designed_for(other.newest()).recipe == "CsPbBr3, green, 510 nm");
  CHECK(designed_for(other.newest()).bench == "virtual");
  CHECK(refusal([&] {
          NightLibrary{folder, "CdSe"};
        }).find("holds no log of a campaign on 'cdse'") != std::string::npos);
}

TEST_CASE("library: a candidate is made on the bench, first of all, and told beside what was expected") {
  if (skipped()) return;
  const SomeNights nights;
  const Target wish{"peak_nm", 490.0, 6.0, 0.0};
  const NightLibrary library{nights.folder.path()};
  const DesignCandidate candidate = knowing(library, "", wish)->design(wish, 1).candidates.at(0);
  const fs::path log = nights.folder.path() / "verified.db";
  const SystemClock wall_clock;
  std::ostringstream out;
  const CampaignHeader header = campaign_of(candidate, wish, library.newest());
  const RunOptions options{log, false, Progress::Style::silent, {}, {}, {}};
  const int status = verify_on_bench(candidate, header, options, wall_clock, out);
  const CampaignRecord record = read_campaign(Log::open(log, Log::Access::read));
  CHECK(record.outcomes.size() == 1);
  CHECK(record.decisions.at(1).suggestion.conditions == candidate.conditions);
  CHECK(record.header.first == candidate.conditions);
  REQUIRE(std::holds_alternative<Observation>(record.outcomes.at(1)));
  const double made_nm = std::get<Observation>(record.outcomes.at(1)).peak_nm->value;
  CHECK((status == 0) == (std::abs(made_nm - 490.0) < 6.0));
  CHECK(out.str().find("peak_nm " + std::to_string(made_nm).substr(0, 5)) != std::string::npos);
  const RestoredCampaign restored{record.header};
  CHECK(verify(Log::open(log, Log::Access::read), restored.replay_tools()).identical());
}

}  // namespace nocturne::test
