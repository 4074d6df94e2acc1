#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/json_types.hpp"
#include "devices/playback_link.hpp"
#include "devices/words.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// Writes everything that travels on the lines of a bench into a file, one JSON object per line:
///   {"format": "nocturne wire log", "version", "nocturne", "bench_file", "bench": its text}
///   {"t": s since the start, "line", "from": "host" or "instrument", "bytes": in hex}; thrown away unread by
///       the host: with "unread": true
///   {"t", "line", "event": "opened", "to"} or {.., "lost", "why"} or {.., "closed"}
///   {"t", "instrument", "report": what `devices check` made of it}
/// Every line is written through before write() returns.
class WireLog {
 public:
  /// Throws FileError if the file exists or cannot be made.
  WireLog(const std::filesystem::path& file, const BenchDescription& bench);
  ~WireLog();
  WireLog(const WireLog&) = delete;
  WireLog& operator=(const WireLog&) = delete;

  void write(Instant when, const std::string& line, const WireEvent& event);
  /// A report of ask_devices().
  void write(Instant when, const Json& report);
  /// Throws FileError if any of it could not be written.
  void require_whole() const;

 private:
  void put(const OrderedJson& json);

  const std::string file_;
  int descriptor_ = -1;
  int error_ = 0;  // the first
};

/// A wire log as read.
struct WireRecording {
  std::string file;
  BenchDescription bench;
  std::map<std::string, std::vector<RecordedEvent>> lines;  ///< every line of the bench
  struct Report {
    int file_line = 0;
    std::string of;  ///< canonical text of reported()
  };
  std::map<std::string, Report> reports;  ///< by instrument
};

/// Throws FileError "file:line: what" for a file that is not a wire log of this version, or damaged.
WireRecording read_wire_log(const std::filesystem::path& file);

/// What must be the same when a bench is played back: all but where it was reached, and the words of
/// failures.
std::string reported(const Json& report);

}  // namespace nocturne
