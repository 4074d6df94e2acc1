#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace nocturne {

struct LogProblem {
  std::optional<std::int64_t> seq;  ///< of the event; none = of the header or the file
  std::string what;
};

struct LogSoundness {
  std::int64_t events = 0;
  bool has_end = false;              ///< the last campaign process, or import, came to its end
  std::vector<LogProblem> problems;  ///< by event; those of header and file first
};

/// Looks at everything in a log: the file, the header, the numbers of the events, their chain of digests,
/// what each says, its spectra, and what they say of experiments together. Never changes the file. Throws
/// LogError for what is no log that this version reads. A log that was cut between two events is sound, but
/// has no end.
LogSoundness check_log(const std::filesystem::path& file);

/// `log check`: the same for people, one line a problem, at most 20; with `json` one object. Returns the exit
/// status: 0 sound, 1 not.
int tell_log_check(const std::filesystem::path& file, bool json, std::ostream& out);

}  // namespace nocturne
