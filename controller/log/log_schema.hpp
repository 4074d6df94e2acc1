#pragma once

#include <vector>

namespace nocturne {

/// "Noct", in the SQLite header of every log, so that `file` and we recognise it.
constexpr int kLogApplicationId = 0x4E6F6374;
/// The schema that this version writes and the newest that it reads. Views are not part of it.
constexpr int kLogSchemaVersion = 2;

/// A table or a view of a log.
struct SchemaEntry {
  const char* name;
  const char* sentence;  ///< what it holds, for people
  const char* sql;       ///< of a table what makes it, of a view its SELECT
};

/// From one version of the schema to the next.
struct LogMigration {
  int from;
  const char* in_file;    ///< changes the tables; what was written stays as it lies there
  const char* in_memory;  ///< shows a reader the changed tables by temporary views, and leaves the file
};

/// The program keeps everything in these.
const std::vector<SchemaEntry>& log_tables();
/// The same for people and other programs. Each may use those before it.
const std::vector<SchemaEntry>& log_views();
/// One for every older version, the oldest first.
const std::vector<LogMigration>& log_migrations();

}  // namespace nocturne
