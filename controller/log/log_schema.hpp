#pragma once

#include <vector>

namespace nocturne {

/// "Noct", in the SQLite header of every log, so that `file` and we recognise it.
constexpr int kLogApplicationId = 0x4E6F6374;
/// The schema that this version writes and the newest that it reads. Views are not part of it.
constexpr int kLogSchemaVersion = 1;

/// A table or a view of a log.
struct SchemaEntry {
  const char* name;
  const char* sentence;  ///< what it holds, for people
  const char* sql;       ///< of a table what makes it, of a view its SELECT
};

/// The program keeps everything in these.
const std::vector<SchemaEntry>& log_tables();
/// The same for people and other programs. Each may use those before it.
const std::vector<SchemaEntry>& log_views();

}  // namespace nocturne
