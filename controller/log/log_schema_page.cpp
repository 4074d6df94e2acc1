#include "controller/log/log_schema_page.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "controller/campaign/event_kinds.hpp"
#include "controller/log/log_schema.hpp"
#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

struct ColumnFact {
  std::string name, type;  ///< type: empty where SQLite knows none
};

SQLite::Database empty_log() {
  SQLite::Database database{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  for (const SchemaEntry& table : log_tables()) database.exec(table.sql);
  for (const SchemaEntry& view : log_views())
    database.exec(fmt::format("CREATE VIEW {} AS {}", view.name, view.sql));
  return database;
}

std::vector<ColumnFact> columns_of(SQLite::Database& database, const std::string& name) {
  std::vector<ColumnFact> columns;
  SQLite::Statement rows{database, "SELECT name, type FROM pragma_table_info(?)"};
  rows.bind(1, name);
  while (rows.executeStep())
    columns.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString()});
  return columns;
}

void tell_entries(const char* heading, const std::vector<SchemaEntry>& entries, SQLite::Database& database,
                  std::ostream& out) {
  out << "## " << heading << "\n\n";
  for (const SchemaEntry& entry : entries) {
    out << "### " << entry.name << "\n\n" << entry.sentence << "\n\n| column | type |\n|---|---|\n";
    for (const auto& [name, type] : columns_of(database, entry.name))
      out << "| `" << name << "` | " << type << " |\n";
    out << '\n';
  }
}

OrderedJson json_of(const std::vector<SchemaEntry>& entries, SQLite::Database& database) {
  OrderedJson list = OrderedJson::array();
  for (const SchemaEntry& entry : entries) {
    OrderedJson columns = OrderedJson::array();
    for (const auto& [name, type] : columns_of(database, entry.name))
      columns.push_back({{"name", name}, {"type", type}});
    list.push_back({{"name", entry.name}, {"holds", entry.sentence}, {"columns", columns}});
  }
  return list;
}

}  // namespace

int tell_log_schema(bool json, std::ostream& out) {
  SQLite::Database database = empty_log();
  if (json) {
    OrderedJson kinds = OrderedJson::array();
    for (const EventKind& kind : event_kinds())
      kinds.push_back({{"kind", kind.name}, {"says", kind.sentence}});
    out << line_of({{"schema", kLogSchemaVersion},
                    {"tables", json_of(log_tables(), database)},
                    {"views", json_of(log_views(), database)},
                    {"events", kinds}})
        << '\n';
    return 0;
  }
  out << "# The log, schema " << kLogSchemaVersion
      << "\n\nOne SQLite file per campaign. Units stand in the names; times are campaign time.\n\n";
  tell_entries("Tables", log_tables(), database, out);
  tell_entries("Views", log_views(), database, out);
  out << "## Kinds of events\n\n| kind | what it says |\n|---|---|\n";
  for (const EventKind& kind : event_kinds()) out << "| `" << kind.name << "` | " << kind.sentence << " |\n";
  return 0;
}

}  // namespace nocturne
