#include "controller/log/log_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "controller/json.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log_lock.hpp"
#include "controller/log/log_schema.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyTimeoutMs = 10'000;

using HeaderText = std::string CampaignHeader::*;
constexpr std::pair<const char*, HeaderText> kHeaderTexts[] = {
    {"name", &CampaignHeader::name},
    {"id", &CampaignHeader::id},
    {"origin", &CampaignHeader::origin},
    {"recipe_file", &CampaignHeader::recipe_file},
    {"recipe_text", &CampaignHeader::recipe_text},
    {"bench_file", &CampaignHeader::bench_file},
    {"bench_text", &CampaignHeader::bench_text},
    {"plant_file", &CampaignHeader::plant_file},
    {"plant_text", &CampaignHeader::plant_text},
    {"material_file", &CampaignHeader::material_file},
    {"material_text", &CampaignHeader::material_text},
    {"earlier_text", &CampaignHeader::earlier_text},
    {"surrogate_sha256", &CampaignHeader::surrogate_sha256},
    {"started", &CampaignHeader::started},
    {"until", &CampaignHeader::until},
};

void write_header(SQLite::Database& database, const CampaignHeader& header) {
  SQLite::Statement insert{database, "INSERT INTO header (key, value) VALUES (?, ?)"};
  const auto put = [&](const std::string& key, const std::string& value) {
    insert.reset();
    insert.bind(1, key);
    insert.bind(2, value);
    insert.exec();
  };
  for (const auto& [key, member] : kHeaderTexts) put(key, header.*member);
  put("seed", std::to_string(header.seed));
  if (!header.targets.empty()) put("targets", canonical_text(Json(header.targets)));
  if (header.budget) put("budget", std::to_string(*header.budget));
  if (!header.until.empty()) put("until_s", std::to_string(header.until_s));
  if (header.first) put("first", canonical_text(Json(*header.first)));
  if (header.optimizer != kDefaultStrategy) put("optimizer", header.optimizer);
  put("versions", canonical_text(Json(header.versions)));
  put("digest", Fingerprint{header}.hex());
}

int pragma(SQLite::Database& database, const std::string& name) {
  return database.execAndGet("PRAGMA " + name).getInt();
}

bool holds_nothing(SQLite::Database& database) {
  return pragma(database, "application_id") == 0 && pragma(database, "user_version") == 0 &&
         database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
}

/// Throws LogError for files of other programs and newer versions.
void check_identity(const fs::path& file, SQLite::Database& database) {
  if (holds_nothing(database)) refuse(file, "holds no campaign");
  if (pragma(database, "application_id") != kLogApplicationId)
    refuse(file, "is not a log (an SQLite file of another program)");
  const int version = pragma(database, "user_version");
  if (version > kLogSchemaVersion)
    refuse(file, "was written by a newer version (schema " + std::to_string(version) +
                     ", this one reads up to " + std::to_string(kLogSchemaVersion) + ")");
}

/// `kind`: "VIEW" or "TEMPORARY VIEW".
std::string view_statement(const SchemaEntry& view, const std::string& kind) {
  return "CREATE " + kind + " " + view.name + " AS\n" + view.sql;
}

void make_views(SQLite::Database& database, const std::string& kind) {
  for (const SchemaEntry& view : log_views()) database.exec(view_statement(view, kind));
}

bool has_todays_views(SQLite::Database& database) {
  return std::ranges::all_of(log_views(), [&](const SchemaEntry& view) {
    SQLite::Statement find{database,
                           "SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ? AND sql = ?"};
    find.bind(1, view.name);
    find.bind(2, view_statement(view, "VIEW"));
    return find.executeStep();
  });
}

void drop_temporary_views(SQLite::Database& database) {
  std::vector<std::string> names;
  SQLite::Statement find{database, "SELECT name FROM sqlite_temp_master WHERE type = 'view'"};
  while (find.executeStep()) names.push_back(find.getColumn(0).getString());
  find.reset();
  for (const std::string& name : names) database.exec("DROP VIEW temp." + name);
}

/// The file's name as SQLite wants it in a URI that promises that nobody writes.
std::string immutable_uri(const fs::path& file) {
  std::string uri = "file:";
  for (const char c : fs::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char digits[] = "0123456789ABCDEF";
      uri += {'%', digits[(c >> 4) & 15], digits[c & 15]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

/// Throws std::logic_error or nlohmann's exceptions for values that are not what was written.
CampaignHeader header_of(std::map<std::string, std::string>& values) {
  CampaignHeader header;
  for (const auto& [key, member] : kHeaderTexts) header.*member = values[key];
  if (!header.until.empty()) header.until_s = std::stod(values.at("until_s"));
  header.seed = std::stoull(values["seed"]);
  if (values.contains("targets")) header.targets = Json::parse(values["targets"]).get<std::vector<Target>>();
  if (values.contains("optimizer")) header.optimizer = values["optimizer"];
  if (values.contains("first")) header.first = Json::parse(values["first"]).get<Conditions>();
  if (values.contains("budget")) header.budget = std::stoi(values["budget"]);
  header.versions = Json::parse(values["versions"]).get<std::map<std::string, std::string>>();
  return header;
}

}  // namespace

void refuse(const fs::path& file, const std::string& what) { throw LogError{file.string() + ": " + what}; }

void refuse(const fs::path& file, const SQLite::Exception& error) {
  if (error.getErrorCode() == SQLITE_NOTADB) refuse(file, "is not a log (not an SQLite file)");
  refuse(file, std::string{"the log cannot be used: "} + error.what());
}

/// To SQLite no name means a database that is gone afterwards.
void refuse_if_nameless(const fs::path& file) {
  if (file.empty()) throw LogError{"a log needs the name of a file (such as nocturne.db)"};
}

void check_is_file(const fs::path& file) {
  std::error_code error;
  refuse_if_nameless(file);
  if (!fs::exists(file, error)) refuse(file, "no such log");
  if (fs::is_directory(file, error)) refuse(file, "is a folder, not a log");
}

void check_can_hold_log(const fs::path& file) {
  std::error_code error;
  refuse_if_nameless(file);
  if (fs::is_directory(file, error)) refuse(file, "is a folder, not a log");
  if (file.has_parent_path() && !fs::is_directory(file.parent_path(), error))
    refuse(file, "the folder " + file.parent_path().string() + " does not exist");
}

namespace {

void refuse_if_used(const fs::path& file, SQLite::Database& database) {
  if (holds_nothing(database)) return;
  check_identity(file, database);
  refuse(file, "already holds a campaign (resume it, or choose another --log)");
}

/// The last reader of a log at rest removes SQLite's side files, which only a connection that could write
/// does. What a process that died has left beside its log stays there for the next one. In a folder where
/// nobody may write SQLite makes no side files, and without a journal the log can be read as it is.
SQLite::Database opened_to_read(const fs::path& file) {
  const bool is_left_behind = fs::exists(file.string() + "-wal") && !LogLock::is_held(file);
  try {
    SQLite::Database database{file.string(), is_left_behind ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE,
                              kBusyTimeoutMs};
    database.exec("PRAGMA query_only = ON");
    pragma(database, "schema_version");
    return database;
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    if ((code != SQLITE_CANTOPEN && code != SQLITE_READONLY) || fs::exists(file.string() + "-wal")) throw;
    return {immutable_uri(file), SQLite::OPEN_READONLY | SQLite::OPEN_URI};
  }
}

}  // namespace

SQLite::Database open_to_read(const fs::path& file) {
  SQLite::Database database = opened_to_read(file);
  check_identity(file, database);
  look_again(database);
  return database;
}

/// The temporary schema's own version is that of the file when its views were made.
void look_again(SQLite::Database& database) {
  const int version = pragma(database, "user_version");
  if (pragma(database, "temp.user_version") == version) return;
  database.exec("PRAGMA query_only = OFF; PRAGMA temp_store = MEMORY");
  drop_temporary_views(database);
  for (const LogMigration& migration : log_migrations())
    if (migration.from >= version) database.exec(migration.in_memory);
  database.exec("PRAGMA temp.user_version = " + std::to_string(version) + "; PRAGMA query_only = ON");
}

SQLite::Database open_to_append(const fs::path& file) {
  SQLite::Database database{file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs};
  database.exec("PRAGMA synchronous = FULL");
  return database;
}

void check_holds_nothing(const fs::path& file) {
  check_can_hold_log(file);
  std::error_code error;
  if (!fs::exists(file, error) || fs::file_size(file, error) == 0) return;
  guarded(file, [&] {
    SQLite::Database database = opened_to_read(file);
    refuse_if_used(file, database);
  });
}

void write_new_log(const fs::path& file, SQLite::Database& database, CampaignHeader header) {
  refuse_if_used(file, database);
  database.exec("PRAGMA journal_mode = WAL");
  if (header.started.empty())
    header.started = database.execAndGet("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')").getString();
  SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
  database.exec("PRAGMA application_id = " + std::to_string(kLogApplicationId));
  database.exec("PRAGMA user_version = " + std::to_string(kLogSchemaVersion));
  for (const SchemaEntry& table : log_tables()) database.exec(table.sql);
  make_views(database, "VIEW");
  write_header(database, header);
  transaction.commit();
}

void bring_up_to_date(const fs::path& file, SQLite::Database& database) {
  check_identity(file, database);
  const int version = pragma(database, "user_version");
  if (version == kLogSchemaVersion && has_todays_views(database)) return;
  SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
  for (const LogMigration& migration : log_migrations())
    if (migration.from >= version) database.exec(migration.in_file);
  database.exec("PRAGMA user_version = " + std::to_string(kLogSchemaVersion));
  for (const SchemaEntry& view : log_views()) database.exec("DROP VIEW IF EXISTS " + std::string{view.name});
  make_views(database, "VIEW");
  transaction.commit();
}

void add_temporary_views(SQLite::Database& database, std::int64_t last) {
  database.exec("PRAGMA query_only = OFF; PRAGMA temp_store = MEMORY");
  if (last < kLastEvent)  // it stands before the table of the same name
    database.exec("CREATE TEMPORARY VIEW events AS SELECT * FROM main.events WHERE seq <= " +
                  std::to_string(last));
  make_views(database, "TEMPORARY VIEW");
  database.exec("PRAGMA query_only = ON");
}

std::pair<CampaignHeader, std::string> read_header(const fs::path& file, SQLite::Database& database) {
  std::map<std::string, std::string> values;
  SQLite::Statement select{database, "SELECT key, value FROM header"};
  while (select.executeStep()) values[select.getColumn(0).getString()] = select.getColumn(1).getString();
  if (values.empty()) refuse(file, "holds no campaign");
  try {
    return {header_of(values), values["digest"]};
  } catch (const std::exception&) {
    refuse(file, "the log's header is damaged");
  }
}

namespace {

Event event_in(SQLite::Statement& row) {
  Event event;
  event.seq = row.getColumn(0).getInt64();
  event.time = Instant{Duration{row.getColumn(1).getInt64()}};
  event.kind = row.getColumn(2).getString();
  if (!row.getColumn(3).isNull()) event.experiment = row.getColumn(3).getInt();
  event.body = row.getColumn(4).getString();
  return event;
}

}  // namespace

void each_event(const SQLite::Database& database, const LogPart& part,
                const std::function<void(Event&&, const std::string&)>& use) {
  SQLite::Statement rows{database,
                         "SELECT seq, time_ns, kind, experiment, body, digest FROM events "
                         "WHERE seq BETWEEN ? AND ? ORDER BY seq"};
  rows.bind(1, part.first);
  rows.bind(2, part.last);
  while (rows.executeStep()) use(event_in(rows), rows.getColumn(5).getString());
}

/// All between two events that are no readings are readings, so the last of these is the one before the
/// second. What others append meanwhile is left for another time.
void each_event_in_brief(const SQLite::Database& database, const LogPart& part,
                         const std::function<void(Event&&)>& use) {
  SQLite::Statement end{database, "SELECT coalesce(max(seq), 0) FROM events WHERE seq <= ?"};
  end.bind(1, part.last);
  end.executeStep();
  const std::int64_t last = end.getColumn(0).getInt64();
  end.reset();
  SQLite::Statement others{database,
                           "SELECT seq, time_ns, kind, experiment, body FROM events "
                           "WHERE kind != 'reading' AND seq BETWEEN ? AND ? ORDER BY seq"};
  SQLite::Statement one{database, "SELECT seq, time_ns, kind, experiment, body FROM events WHERE seq = ?"};
  std::int64_t next = part.first;
  const auto tell_reading = [&](std::int64_t seq) {
    if (seq < next) return;
    one.reset();
    one.bind(1, seq);
    if (one.executeStep()) use(event_in(one));
  };
  others.bind(1, part.first);
  others.bind(2, last);
  while (others.executeStep()) {
    Event event = event_in(others);
    tell_reading(event.seq - 1);
    next = event.seq + 1;
    use(std::move(event));
  }
  tell_reading(last);
}

}  // namespace nocturne
