#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "controller/campaign/event_kinds.hpp"
#include "controller/log/log_schema.hpp"
#include "controller/log/log_schema_page.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

std::string schema_page(bool json = false) {
  std::ostringstream out;
  CHECK(tell_log_schema(json, out) == 0);
  return out.str();
}

bool is_sentence(const std::string& text) { return text.size() > 10 && text.back() == '.'; }

}  // namespace

TEST_CASE("log schema: every table and view of a log is described, and nothing else") {
  TemporaryFolder folder;
  write_small_campaign(folder / "a.db");
  SQLite::Database database{(folder / "a.db").string()};
  std::set<std::string> there, described;
  SQLite::Statement names{database, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"};
  while (names.executeStep()) there.insert(names.getColumn(0).getString());
  for (const auto* entries : {&log_tables(), &log_views()})
    for (const SchemaEntry& entry : *entries) {
      described.insert(entry.name);
      CHECK_MESSAGE(is_sentence(entry.sentence), entry.name);
    }
  CHECK(there == described);
}

TEST_CASE("log schema: every kind of event that the program declares is described, once") {
  const std::string declared = file_text(NOCTURNE_SOURCE_DIR "/controller/campaign/campaign_events.hpp");
  const std::regex kind{"kind = \"([a-z_]+)\""};
  std::set<std::string> names, described;
  for (auto found = std::sregex_iterator{declared.begin(), declared.end(), kind};
       found != std::sregex_iterator{}; ++found)
    names.insert((*found)[1]);
  CHECK(names.size() > 20);
  for (const EventKind& entry : event_kinds()) {
    CHECK_MESSAGE(described.insert(entry.name).second, entry.name);
    CHECK_MESSAGE(is_sentence(entry.sentence), entry.name);
  }
  CHECK(names == described);
}

TEST_CASE("log schema: the page has the columns of tables and views as SQLite tells them, and the events") {
  const std::string page = schema_page();
  CHECK(page.find("### events\n") != std::string::npos);
  CHECK(page.find("| `time_ns` | INTEGER |\n") != std::string::npos);
  CHECK(page.find("### temperatures\n") != std::string::npos);
  CHECK(page.find("| `target_C` |") != std::string::npos);
  CHECK(page.find("| `trip` | The supervisor stopped everything, and why. |\n") != std::string::npos);
  const auto json = nlohmann::json::parse(schema_page(true));
  CHECK(json.at("schema") == 2);
  CHECK(json.at("views").size() == log_views().size());
  CHECK(json.at("tables").at(2).at("columns").at(0).at("name") == "seq");
}

}  // namespace nocturne::test
