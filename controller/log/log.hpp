#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/clock.hpp"
#include "models/spectra/frame.hpp"
#include "models/variable.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// A log that cannot be made, read or written. what() reads "file: what is wrong (what to do)".
struct LogError : FileError {
  using FileError::FileError;
};

/// One spectrum of an event. Roles: "emission", "emission_dark", "transmission", "transmission_dark",
/// "reference".
struct SpectrumRecord {
  std::string role;
  Frame frame;
  Eigen::VectorXd wavelength_nm;  ///< as long as frame.counts; empty = the pixels of the campaign's detector
};

inline SpectrumRecord spectrum_record(std::string role, Frame frame) {
  return {std::move(role), std::move(frame), {}};
}

/// Something that happened. `kind` and `body` are made and read by controller/campaign/campaign_events.hpp
/// only.
struct Event {
  std::int64_t seq = 0;  ///< 1, 2, 3, ... without gaps; given by the log
  Instant time{};        ///< campaign time
  std::string kind;
  std::optional<int> experiment;
  std::string body = "{}";  ///< canonical JSON: sorted keys, no white space
  std::vector<SpectrumRecord> spectra;
};

/// Everything that a campaign was started with. File names and the wall clock are for people: they are not
/// part of the fingerprint.
struct CampaignHeader {
  std::string name;                      ///< of the recipe or the import map
  std::string id;                        ///< campaign_id(name, seed)
  std::string origin = "campaign";       ///< or "import"
  std::string recipe_file, recipe_text;  ///< origin "import": the import map
  std::string bench_file, bench_text;
  std::string plant_file, plant_text;  ///< empty on a real bench
  std::string material_file, material_text;
  std::string earlier_text;  ///< JSON list of the studies that the optimizer begins with; empty = none
  std::uint64_t seed = 0;
  std::vector<Target> targets;          ///< where the command line overrides the recipe's
  std::optional<int> budget;            ///< experiments; likewise
  std::optional<Conditions> first;      ///< the standard instead of the recipe's; made before all else
  std::string optimizer = "composite";  ///< what asks, of strategy_names()
  std::map<std::string, std::string> versions;  ///< libraries and the CPU kernels in use
  std::string
      surrogate_sha256;  ///< of the library that models; not in the fingerprint; empty = none, or older
  std::string started;   ///< wall clock, ISO 8601; create() fills it if empty
  std::string until;  ///< the latest end as the user wrote it, "07:00"; not in the fingerprint; empty = none
  double until_s = 0.0;  ///< the same, from the start on
};

/// No log is longer.
constexpr std::int64_t kLastEvent = std::numeric_limits<std::int64_t>::max();

/// How much of the events to read.
enum class LogDetail {
  whole,    ///< with their spectra, which are most of a log
  outline,  ///< spectra come without counts and wavelengths
  brief,    ///< the same, without readings that another reading follows: of a long log a tenth
};

/// Which events of a log to read, by number, and how much of them.
struct LogPart {
  std::int64_t first = 1, last = kLastEvent;
  LogDetail detail = LogDetail::whole;
};

/// Same name and seed, same id.
std::string campaign_id(const std::string& name, std::uint64_t seed);

/// The append-only record of one campaign: an SQLite file on disk before anyone acts on it. One process
/// appends at a time, any number read. Logs of older versions are read as they are, and brought up to date
/// when they are opened to append; their fingerprints stay. A copy is the same log, which is closed with the
/// last of them. Not thread-safe. Everything throws LogError.
class Log {
 public:
  enum class Access { read, append };

  /// Starts a log. Refuses a file that holds anything already.
  static Log create(const std::filesystem::path& file, const CampaignHeader& header);
  /// Refuses files of other programs and of newer versions; to append, also a second process, and a log with
  /// an event that is not what was written.
  static Log open(const std::filesystem::path& file, Access access = Access::append);

  /// Records `event` with its spectra, in one transaction. On return it is on disk, with everything before
  /// it.
  std::int64_t append(Event event);
  /// The same without waiting for the disk: for readings, on which nobody acts. On return no end of this
  /// process can undo it; a power cut can, until the next append() has returned or the log was closed.
  std::int64_t note(Event event);

  const std::filesystem::path& file() const;
  const CampaignHeader& header() const;
  std::int64_t size() const;  ///< events
  /// Hands the events of a part on to `use`, in order.
  void for_each(const std::function<void(const Event&)>& use, const LogPart& part = {}) const;
  std::vector<Event> events() const;
  /// Number of the last event up to a campaign time; 0 = none.
  std::int64_t last_until(Instant time) const;
  /// Of one event.
  std::vector<SpectrumRecord> spectra(std::int64_t seq) const;
  /// Seconds by the wall clock since the campaign was started.
  double seconds_since_start() const;
  /// Seconds by the wall clock since the last event was written; nothing in a log without events.
  std::optional<double> seconds_since_last() const;

  /// SHA-256 over the header and every event, as hexadecimal digits. Kept up to date with every event.
  std::string fingerprint() const;
  /// Reads everything again and computes the fingerprint anew.
  struct Check {
    std::string fingerprint;
    std::vector<std::int64_t> damaged;  ///< events that are not what was written, in order (0: the header)
    std::optional<std::int64_t> first_damaged() const {
      return damaged.empty() ? std::nullopt : std::optional{damaged.front()};
    }
  };
  Check check() const;
  /// What check() finds first, as one line for people; nothing in a sound log.
  std::optional<std::string> damage() const;

 private:
  struct State;
  explicit Log(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace nocturne
