#include "controller/log/log.hpp"

#include <algorithm>
#include <utility>

#include "controller/log/fingerprint.hpp"
#include "controller/log/log_file.hpp"
#include "controller/log/log_lock.hpp"
#include "controller/log/stored_counts.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

void bind_bytes(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

SpectrumRecord outline_of(SQLite::Statement& row) {
  SpectrumRecord spectrum;
  spectrum.role = row.getColumn(2).getString();
  spectrum.frame.exposure_s = row.getColumn(3).getDouble();
  spectrum.frame.scans = row.getColumn(4).getInt();
  spectrum.frame.dark_subtracted = row.getColumn(5).getInt() != 0;
  spectrum.frame.lamp_on = row.getColumn(6).getInt() != 0;
  spectrum.frame.led_on = row.getColumn(7).getInt() != 0;
  return spectrum;
}

/// Throws std::invalid_argument for counts that are damaged.
SpectrumRecord spectrum_of(SQLite::Statement& row) {
  SpectrumRecord spectrum = outline_of(row);
  const SQLite::Column wavelengths = row.getColumn(8), counts = row.getColumn(9);
  spectrum.wavelength_nm = values_of(wavelengths.getBlob(), static_cast<std::size_t>(wavelengths.getBytes()));
  spectrum.frame.counts =
      counts_in(row.getColumn(10).getString(), counts.getBlob(), static_cast<std::size_t>(counts.getBytes()),
                row.getColumn(11).getInt(), spectrum.frame.scans);
  return spectrum;
}

Fingerprint::Digest digest_in(const std::string& bytes) {
  Fingerprint::Digest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

/// The spectra of the events of a part, which are asked for in ascending order.
class SpectraInOrder {
 public:
  SpectraInOrder(const fs::path& file, const SQLite::Database& database, const LogPart& part)
      : file_{file},
        is_whole_{part.detail == LogDetail::whole},
        rows_{database, std::string{"SELECT seq, position, role, exposure_s, scans, dark_subtracted, "
                                    "lamp_on, led_on"} +
                            (is_whole_ ? ", wavelength_nm, counts, encoding, pixels" : "") +
                            " FROM frames WHERE seq BETWEEN ? AND ? ORDER BY seq, position"} {
    rows_.bind(1, part.first);
    rows_.bind(2, part.last);
    advance();
  }

  /// Throws LogError for a damaged spectrum.
  std::vector<SpectrumRecord> of(std::int64_t seq) {
    std::vector<SpectrumRecord> found;
    while (there_ && next_ < seq) advance();
    for (; there_ && next_ == seq; advance()) found.push_back(here());
    return found;
  }

 private:
  void advance() {
    there_ = rows_.executeStep();
    if (there_) next_ = rows_.getColumn(0).getInt64();
  }

  SpectrumRecord here() {
    try {
      return is_whole_ ? spectrum_of(rows_) : outline_of(rows_);
    } catch (const std::invalid_argument& error) {
      refuse(file_, "event " + std::to_string(next_) + ": " + error.what());
    }
  }

  const fs::path& file_;
  bool is_whole_;
  SQLite::Statement rows_;
  bool there_ = false;
  std::int64_t next_ = 0;
};

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
  SpectraInOrder spectra(const LogPart& part);
  Log::Access access() const { return lock ? Access::append : Access::read; }
};

void Log::State::load() {
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
  const std::string bytes = last.getColumn(1).getString();
  if (bytes.size() != Fingerprint::Digest{}.size()) refuse(file, "the log is damaged");
  size = last.getColumn(0).getInt64();
  chain = Fingerprint{digest_in(bytes)};
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
  SQLite::Statement insert{database, "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
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
    const StoredCounts counts = stored_counts(frame);
    bind_bytes(insert, 10, counts.bytes);
    insert.bind(11, counts.encoding);
    if (counts.pixels) insert.bind(12, *counts.pixels);
    insert.exec();
  }
}

SpectraInOrder Log::State::spectra(const LogPart& part) {
  if (access() == Access::read) look_again(database);
  return {file, database, part};
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
    if (access == Access::append) bring_up_to_date(file, state->database);
    state->load();
    Log log{std::move(state)};
    if (access == Access::append)
      if (const auto damage = log.damage()) throw LogError{*damage};
    return log;
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
  guarded(file(), [&] {
    SpectraInOrder spectra = state_->spectra(part);
    const auto tell = [&](Event&& event) {
      event.spectra = spectra.of(event.seq);
      use(event);
    };
    if (part.detail == LogDetail::brief) return each_event_in_brief(state_->database, part, tell);
    each_event(state_->database, part, [&](Event&& event, const std::string&) { tell(std::move(event)); });
  });
}

std::int64_t Log::last_until(Instant time) const {
  return guarded(file(), [&] {
    SQLite::Statement middle{state_->database,
                             "SELECT seq, time_ns FROM events WHERE seq >= ? ORDER BY seq LIMIT 1"};
    std::int64_t until = 0, after = size() + 1;  // events are in the order of their times
    while (after - until > 1) {
      const std::int64_t half = until + (after - until) / 2;
      middle.bind(1, half);
      const bool is_later =
          !middle.executeStep() || middle.getColumn(1).getInt64() > time.time_since_epoch().count();
      (is_later ? after : until) = half;
      middle.reset();
    }
    return until;
  });
}

std::vector<SpectrumRecord> Log::spectra(std::int64_t seq) const {
  return guarded(file(), [&] { return state_->spectra({seq, seq}).of(seq); });
}

std::vector<Event> Log::events() const {
  std::vector<Event> all;
  for_each([&](const Event& event) { all.push_back(event); });
  return all;
}

double Log::seconds_since_start() const {
  return guarded(file(), [&] {
    SQLite::Statement since{state_->database, "SELECT (julianday('now') - julianday(?)) * 86400"};
    since.bind(1, header().started);
    since.executeStep();
    return since.getColumn(0).getDouble();
  });
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

std::optional<std::string> Log::damage() const {
  const std::optional<std::int64_t> first = check().first_damaged();
  if (!first) return std::nullopt;
  const std::string what = *first == 0 ? "its header" : "event " + std::to_string(*first);
  return file().string() + ": " + what + " is not what was written (nocturne log check tells all)";
}

std::string Log::fingerprint() const {
  if (state_->access() == Access::read) guarded(file(), [&] { state_->load_end(); });
  return state_->chain.hex();
}

Log::Check Log::check() const {
  return guarded(file(), [&] {
    const auto [header_now, header_digest] = read_header(file(), state_->database);
    Fingerprint whole{header_now}, link = whole;
    std::vector<std::int64_t> damaged;
    const bool header_is_sound = whole.hex() == header_digest;
    if (!header_is_sound) damaged.push_back(0);
    std::int64_t expected = 0;
    SpectraInOrder spectra = state_->spectra({});
    each_event(state_->database, {}, [&](Event&& event, const std::string& stored) {
      ++expected;
      bool readable = true;
      try {
        event.spectra = spectra.of(event.seq);
      } catch (const LogError&) {
        readable = false;
      }
      whole.add(event);
      link.add(event);
      const bool follows = link.digest() == digest_in(stored) || (expected == 1 && !header_is_sound);
      if (!readable || !follows || event.seq != expected) damaged.push_back(expected);
      expected = event.seq;
      link = Fingerprint{digest_in(stored)};  // one damaged event does not make the next ones so
    });
    return Check{whole.hex(), std::move(damaged)};
  });
}

}  // namespace nocturne
