#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "controller/log/log.hpp"

// How a log becomes an SQLite file and is recognised again: what Log itself builds on.
namespace nocturne {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what);
/// Throws `error` of SQLite as LogError.
[[noreturn]] void refuse(const std::filesystem::path& file, const SQLite::Exception& error);

/// Runs `work`; what SQLite throws becomes one clear line.
template <class Work>
auto guarded(const std::filesystem::path& file, Work work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    refuse(file, error);
  }
}

/// Throws LogError if there is no file, or no place for one.
void check_is_file(const std::filesystem::path& file);
void check_can_hold_log(const std::filesystem::path& file);
/// Throws LogError unless a new log may be put there.
void check_holds_nothing(const std::filesystem::path& file);

SQLite::Database open_to_append(const std::filesystem::path& file);
/// A log of this or an older version, whose tables this connection sees as today's are. The file is never
/// changed. Throws LogError for files of other programs and newer versions.
SQLite::Database open_to_read(const std::filesystem::path& file);
/// The same tables again, after a process that appends has brought the file up to date.
void look_again(SQLite::Database& database);

/// Tables, views and header. Throws LogError if the file holds anything already.
void write_new_log(const std::filesystem::path& file, SQLite::Database& database, CampaignHeader header);
/// Today's tables and views in a log that another version began, before it is written on: in one transaction,
/// and no spectrum is touched. Throws LogError for files of other programs and newer versions.
void bring_up_to_date(const std::filesystem::path& file, SQLite::Database& database);
/// Today's views for this connection alone, of events up to number `last`; the file stays as it is, and
/// nothing can be written afterwards.
void add_temporary_views(SQLite::Database& database, std::int64_t last);
/// The header, and the digest that was written with it.
std::pair<CampaignHeader, std::string> read_header(const std::filesystem::path& file,
                                                   SQLite::Database& database);
/// Hands the events of a part to `use`, in order, with their digests and without their spectra.
void each_event(const SQLite::Database& database, const LogPart& part,
                const std::function<void(Event&&, const std::string& digest)>& use);
/// The same without digests, and without readings that another reading follows.
void each_event_in_brief(const SQLite::Database& database, const LogPart& part,
                         const std::function<void(Event&&)>& use);

}  // namespace nocturne
