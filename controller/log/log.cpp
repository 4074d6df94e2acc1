#include "controller/log/log.hpp"

#include <algorithm>
#include <utility>

#include "controller/log/fingerprint.hpp"
#include "controller/log/log_file.hpp"
#include "controller/log/log_lock.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

void bind_bytes(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

SpectrumRecord spectrum_of(SQLite::Statement& row) {
  const auto values = [&](int index) {
    const SQLite::Column column = row.getColumn(index);
    return values_of(column.getBlob(), static_cast<std::size_t>(column.getBytes()));
  };
  SpectrumRecord spectrum;
  spectrum.role = row.getColumn(0).getString();
  spectrum.frame.exposure_s = row.getColumn(1).getDouble();
  spectrum.frame.scans = row.getColumn(2).getInt();
  spectrum.frame.dark_subtracted = row.getColumn(3).getInt() != 0;
  spectrum.frame.lamp_on = row.getColumn(4).getInt() != 0;
  spectrum.frame.led_on = row.getColumn(5).getInt() != 0;
  spectrum.wavelength_nm = values(6);
  spectrum.frame.counts = values(7);
  return spectrum;
}

}  // namespace

std::string campaign_id(const std::string& name, std::uint64_t seed) {
  return name + "-" + std::to_string(seed);
}

struct Log::State {
  struct Sealed {
    Event event;
    Fingerprint::Digest digest;
  };

  fs::path file;
  std::unique_ptr<LogLock> lock;  // before the database, so that it goes after it
  SQLite::Database database;
  CampaignHeader header;
  std::int64_t size = 0;
  Fingerprint chain{Fingerprint::Digest{}};
  bool syncs = true;  ///< every transaction waits for the disk, as open_to_append() has it

  State(fs::path path, std::unique_ptr<LogLock> held, SQLite::Database opened)
      : file{std::move(path)}, lock{std::move(held)}, database{std::move(opened)} {}

  void load();
  void load_end();
  Sealed seal(Event event) const;
  std::int64_t write(Event event, bool sync);
  void insert(const Sealed& sealed);
  void insert_spectra(const Event& event);
  std::vector<SpectrumRecord> spectra(SQLite::Statement& select, std::int64_t seq) const;
  void for_each(const std::function<void(const Event&, const std::string& digest)>& use,
                const LogPart& part) const;
  Log::Access access() const { return lock ? Access::append : Access::read; }
};

void Log::State::load() {
  check_identity(file, database);
  header = read_header(file, database).first;
  load_end();
}

/// Number and digest of the last event in the file.
void Log::State::load_end() {
  SQLite::Statement last{database, "SELECT seq, digest FROM events ORDER BY seq DESC LIMIT 1"};
  if (!last.executeStep()) {
    size = 0;
    chain = Fingerprint{header};
    return;
  }
  const SQLite::Column bytes = last.getColumn(1);
  Fingerprint::Digest digest{};
  if (static_cast<std::size_t>(bytes.getBytes()) != digest.size()) refuse(file, "the log is damaged");
  std::copy_n(static_cast<const std::uint8_t*>(bytes.getBlob()), digest.size(), digest.begin());
  size = last.getColumn(0).getInt64();
  chain = Fingerprint{digest};
}

/// `event` as the next of the chain.
Log::State::Sealed Log::State::seal(Event event) const {
  if (access() == Access::read) refuse(file, "was opened for reading only");
  for (const SpectrumRecord& spectrum : event.spectra)
    if (spectrum.wavelength_nm.size() != 0 && spectrum.wavelength_nm.size() != spectrum.frame.counts.size())
      throw LogError{file.string() + ": a spectrum has another number of wavelengths than of counts"};
  event.seq = size + 1;
  Fingerprint after = chain;
  after.add(event);
  return {std::move(event), after.digest()};
}

/// In one transaction. In a write-ahead log a transaction that is not synced is there for every process, and
/// the next one that is synced takes it along to the disk.
std::int64_t Log::State::write(Event event, bool sync) {
  const Sealed sealed = seal(std::move(event));
  if (sync != syncs) database.exec(sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  syncs = sync;
  SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
  insert(sealed);
  insert_spectra(sealed.event);
  transaction.commit();
  chain = Fingerprint{sealed.digest};
  return size = sealed.event.seq;
}

void Log::State::insert(const Sealed& sealed) {
  const auto& [event, digest] = sealed;
  SQLite::Statement insert{
      database,
      "INSERT INTO events (seq, time_ns, kind, experiment, body, digest) VALUES (?, ?, ?, ?, ?, ?)"};
  insert.bind(1, event.seq);
  insert.bind(2, static_cast<std::int64_t>(event.time.time_since_epoch().count()));
  insert.bind(3, event.kind);
  if (event.experiment) insert.bind(4, *event.experiment);
  insert.bind(5, event.body);
  insert.bind(6, static_cast<const void*>(digest.data()), static_cast<int>(digest.size()));
  insert.exec();
}

void Log::State::insert_spectra(const Event& event) {
  if (event.spectra.empty()) return;
  SQLite::Statement insert{database, "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  int position = 0;
  for (const auto& [role, frame, wavelength_nm] : event.spectra) {
    insert.reset();
    insert.clearBindings();
    insert.bind(1, event.seq);
    insert.bind(2, ++position);
    insert.bind(3, role);
    insert.bind(4, frame.exposure_s);
    insert.bind(5, frame.scans);
    insert.bind(6, static_cast<int>(frame.dark_subtracted));
    insert.bind(7, static_cast<int>(frame.lamp_on));
    insert.bind(8, static_cast<int>(frame.led_on));
    if (wavelength_nm.size() != 0) bind_bytes(insert, 9, bytes_of(wavelength_nm));
    bind_bytes(insert, 10, bytes_of(frame.counts));
    insert.exec();
  }
}

std::vector<SpectrumRecord> Log::State::spectra(SQLite::Statement& select, std::int64_t seq) const {
  std::vector<SpectrumRecord> found;
  select.reset();
  select.bind(1, seq);
  while (select.executeStep()) found.push_back(spectrum_of(select));
  return found;
}

void Log::State::for_each(const std::function<void(const Event&, const std::string&)>& use,
                          const LogPart& part) const {
  SQLite::Statement rows{database,
                         "SELECT seq, time_ns, kind, experiment, body, digest FROM events "
                         "WHERE seq BETWEEN ? AND ? ORDER BY seq"};
  SQLite::Statement frames{database,
                           std::string{"SELECT role, exposure_s, scans, dark_subtracted, lamp_on, led_on, "} +
                               (part.counts ? "wavelength_nm, counts" : "NULL, NULL") +
                               " FROM frames WHERE seq = ? ORDER BY position"};
  rows.bind(1, part.first);
  rows.bind(2, part.last);
  while (rows.executeStep()) {
    Event event = event_in(rows);
    event.spectra = spectra(frames, event.seq);
    use(event, rows.getColumn(5).getString());
  }
}

Log::Log(std::shared_ptr<State> state) : state_{std::move(state)} {}

Log Log::create(const fs::path& file, const CampaignHeader& header) {
  return guarded(file, [&] {
    check_can_hold_log(file);
    auto lock = std::make_unique<LogLock>(file);
    auto state = std::make_shared<State>(file, std::move(lock), open_to_append(file));
    write_new_log(file, state->database, header);
    state->load();
    return Log{std::move(state)};
  });
}

Log Log::open(const fs::path& file, Access access) {
  return guarded(file, [&] {
    check_is_file(file);
    auto lock = access == Access::append ? std::make_unique<LogLock>(file) : nullptr;
    auto database = access == Access::append ? open_to_append(file) : open_to_read(file);
    auto state = std::make_shared<State>(file, std::move(lock), std::move(database));
    state->load();
    if (access == Access::append) renew_views(state->database);
    return Log{std::move(state)};
  });
}

std::int64_t Log::append(Event event) {
  return guarded(file(), [&] { return state_->write(std::move(event), true); });
}

std::int64_t Log::note(Event event) {
  return guarded(file(), [&] { return state_->write(std::move(event), false); });
}

const fs::path& Log::file() const { return state_->file; }
const CampaignHeader& Log::header() const { return state_->header; }

std::int64_t Log::size() const {
  if (state_->access() == Access::read) guarded(file(), [&] { state_->load_end(); });
  return state_->size;
}

void Log::for_each(const std::function<void(const Event&)>& use, const LogPart& part) const {
  guarded(file(),
          [&] { state_->for_each([&](const Event& event, const std::string&) { use(event); }, part); });
}

std::vector<Event> Log::events() const {
  std::vector<Event> all;
  for_each([&](const Event& event) { all.push_back(event); });
  return all;
}

std::optional<double> Log::seconds_since_last() const {
  return guarded(file(), [&]() -> std::optional<double> {
    SQLite::Statement last{state_->database,
                           "SELECT max(0, (julianday('now') - julianday(wall_clock)) * 86400) "
                           "FROM events ORDER BY seq DESC LIMIT 1"};
    if (!last.executeStep()) return std::nullopt;
    return last.getColumn(0).getDouble();
  });
}

std::string Log::fingerprint() const {
  if (state_->access() == Access::read) guarded(file(), [&] { state_->load_end(); });
  return state_->chain.hex();
}

Log::Check Log::check() const {
  return guarded(file(), [&] {
    const auto [header_now, header_digest] = read_header(file(), state_->database);
    Fingerprint chain{header_now};
    std::optional<std::int64_t> damaged;
    if (chain.hex() != header_digest) damaged = 0;
    std::int64_t expected = 0;
    state_->for_each(
        [&](const Event& event, const std::string& stored) {
          ++expected;
          chain.add(event);
          const std::string computed{chain.digest().begin(), chain.digest().end()};
          if (!damaged && (event.seq != expected || computed != stored)) damaged = expected;
        },
        {});
    return Check{chain.hex(), damaged};
  });
}

}  // namespace nocturne
