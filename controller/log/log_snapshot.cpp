#include "controller/log/log_snapshot.hpp"

#include <algorithm>

#include "controller/log/fingerprint.hpp"
#include "controller/log/log_file.hpp"

namespace nocturne {
namespace {

SQLite::Database opened_snapshot(const std::filesystem::path& file) {
  check_is_file(file);
  return guarded(file, [&] { return open_to_read(file); });
}

}  // namespace

LogSnapshot::LogSnapshot(const std::filesystem::path& file, std::int64_t last)
    : file_{file}, database_{opened_snapshot(file)} {
  guarded(file_, [&] {
    database_.exec("BEGIN");  // what is read from now on is of one moment
    look_again(database_);
    add_temporary_views(database_, last);
    header_ = read_header(file_, database_).first;
  });
}

std::string LogSnapshot::fingerprint() const {
  return guarded(file_, [&] {
    SQLite::Statement last{database_, "SELECT digest FROM events ORDER BY seq DESC LIMIT 1"};
    if (!last.executeStep()) return Fingerprint{header_}.hex();
    const std::string bytes = last.getColumn(0).getString();
    Fingerprint::Digest digest{};
    if (bytes.size() != digest.size()) refuse(file_, "the log is damaged");
    std::ranges::copy(bytes, digest.begin());
    return Fingerprint{digest}.hex();
  });
}

SQLite::Statement LogSnapshot::query(const std::string& sql) const {
  return guarded(file_, [&] { return SQLite::Statement{database_, sql}; });
}

void LogSnapshot::for_each_event(const std::function<void(const Event&)>& use) const {
  guarded(file_,
          [&] { each_event(database_, {}, [&](const Event& event, const std::string&) { use(event); }); });
}

}  // namespace nocturne
