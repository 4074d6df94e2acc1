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
};

/// Same name and seed, same id.
std::string campaign_id(const std::string& name, std::uint64_t seed);

/// No log is longer.
constexpr std::int64_t kLastEvent = std::numeric_limits<std::int64_t>::max();

/// The append-only record of one campaign: an SQLite file on disk before anyone acts on it. One process
/// appends at a time, any number read. Logs of older versions are read as they are, and brought up to date
/// when they are opened to append; their fingerprints stay. Not thread-safe. Everything throws LogError.
class Log {
 public:
  enum class Access { read, append };

  /// Starts a log. Refuses a file that holds anything already.
  static Log create(const std::filesystem::path& file, const CampaignHeader& header);
  /// Refuses files of other programs and of newer versions, and a second process that wants to append.
  static Log open(const std::filesystem::path& file, Access access = Access::append);
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;
  ~Log();

  /// Records `event` with its spectra, in one transaction. On return it is on disk, with everything before
  /// it.
  std::int64_t append(Event event);
  /// The same without waiting for the disk: for readings, on which nobody acts. On return no end of this
  /// process can undo it; a power cut can, until the next append() has returned or the log was closed.
  std::int64_t note(Event event);

  /// For a write that never returns, in another thread: the file stays as it is until this process ends, and
  /// nothing more can be done with this log but destroying it.
  void abandon();

  const std::filesystem::path& file() const;
  const CampaignHeader& header() const;
  std::int64_t size() const;  ///< events
  /// Hands the events with numbers from `first` to `last` to `use`, in order and without their spectra, which
  /// are most of a log.
  void for_each(const std::function<void(const Event&)>& use, std::int64_t first = 1,
                std::int64_t last = kLastEvent) const;
  /// The same but for readings that another reading follows: of a long log a tenth.
  void for_each_in_brief(const std::function<void(const Event&)>& use, std::int64_t first = 1) const;
  /// Hands every event to `use`, in order, with its spectra.
  void for_each_with_spectra(const std::function<void(const Event&)>& use) const;
  /// Of one event.
  std::vector<SpectrumRecord> spectra(std::int64_t seq) const;
  /// All of them, with their spectra.
  std::vector<Event> events() const;

  /// SHA-256 over the header and every event, as hexadecimal digits. Kept up to date with every event.
  std::string fingerprint() const;
  /// Reads everything again and computes the fingerprint anew.
  struct Check {
    std::string fingerprint;
    std::optional<std::int64_t>
        first_damaged;  ///< the first event that is not what was written (0: the header)
  };
  Check check() const;

 private:
  struct State;
  explicit Log(std::unique_ptr<State> state);
  State& usable();
  std::unique_ptr<State> state_;
  bool abandoned_ = false;
};

}  // namespace nocturne
