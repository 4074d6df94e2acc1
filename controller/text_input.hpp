#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace nocturne {

/// A whole file as it is, instruments write every encoding; a pipe to its end. Throws FileError: not there,
/// not a file, unreadable, larger than 256 MB.
std::string bytes_of_file(const std::filesystem::path& file);

/// Files, and the standard input once under its name "-".
class TextInput {
 public:
  explicit TextInput(std::istream& standard_input) : standard_input_{standard_input} {}

  /// Throws FileError like bytes_of_file(), and when "-" is asked for again.
  std::string bytes(const std::filesystem::path& file);

 private:
  std::istream& standard_input_;
  bool was_read_ = false;
};

}  // namespace nocturne
