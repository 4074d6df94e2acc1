#pragma once

namespace nocturne {

/// "Noct", in the SQLite header of every log, so that `file` and we recognise it.
constexpr int kLogApplicationId = 0x4E6F6374;
/// The schema that this version writes and the newest that it reads.
constexpr int kLogSchemaVersion = 1;

/// Tables and views of an empty log.
extern const char* const kLogSchema;

}  // namespace nocturne
