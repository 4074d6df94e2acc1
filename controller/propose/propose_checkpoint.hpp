#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "controller/json_types.hpp"

namespace nocturne {

/// What was said in a `propose` session, in a file of JSON lines: who it belongs to, then one entry per tell
/// and per ask, each on disk before anyone acts on it. One process at a time has it open.
class ProposeCheckpoint {
 public:
  /// Opens the file, or makes it. A last line that was torn by a crash is dropped with a message. Throws
  /// FileError: no file can be there, in use, not a checkpoint, damaged, or of another `identity` (an object
  /// of everything that asks depend on beside what is said).
  ProposeCheckpoint(std::filesystem::path file, const Json& identity, std::ostream& messages);
  ~ProposeCheckpoint();
  ProposeCheckpoint(const ProposeCheckpoint&) = delete;
  ProposeCheckpoint& operator=(const ProposeCheckpoint&) = delete;

  /// What it held, oldest first; number i stands on line i + 2.
  const std::vector<Json>& entries() const { return entries_; }
  const std::filesystem::path& file() const { return file_; }

  /// On return the entry is on disk; if it throws (std::runtime_error), nothing of it is there.
  void append(const Json& entry);

 private:
  [[noreturn]] void refuse(const std::string& where, const std::string& what) const;
  void open();
  std::string read_all() const;
  /// Lines that are whole; `text` is cut behind them.
  std::vector<std::string> whole_lines(std::string& text) const;
  void check_identity(const std::string& line, const Json& identity) const;
  void write_line(const std::string& line);
  void cut(std::size_t size);

  std::filesystem::path file_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  std::vector<Json> entries_;
};

}  // namespace nocturne
