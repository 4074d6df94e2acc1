#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nocturne::detail {

/// One node of a parsed file: our own copy, so that the TOML library stays in document_tree.cpp.
struct FileNode {
  enum class Kind { text, integer, number, boolean, date, table, array };

  Kind kind = Kind::table;
  std::string key;
  const std::string* file = nullptr;  ///< name of the file: the root's `text`
  int line = 1;
  int column = 0;
  std::string text;
  std::int64_t integer = 0;
  double number = 0.0;
  bool boolean = false;
  std::vector<std::unique_ptr<FileNode>> children;
  std::set<std::string> asked;  ///< keys that readers know
  bool read = false;            ///< somebody asked for this node
};

/// Parses TOML. Throws FileError with the line of the first mistake; `name` stands for the file.
std::unique_ptr<FileNode> parse_tree(const std::string& text, const std::string& name);

/// Throws FileError "file:line: what".
[[noreturn]] void refuse_at(const std::string& file, int line, const std::string& what);

/// The text in quotes, shortened and without control characters, for a one-line message.
std::string in_quotes(const std::string& text);

}  // namespace nocturne::detail
