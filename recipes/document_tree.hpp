#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nocturne::detail {

/// One node of a parsed file: our own copy, so that the TOML library stays in document_tree.cpp.
struct FileNode {
  enum class Kind { text, integer, number, boolean, date, table, array };

  Kind kind = Kind::table;
  std::string key;
  const std::string* file = nullptr;  ///< name of the file, in the root's `files`
  int line = 1;
  int column = 0;
  std::string text;
  std::int64_t integer = 0;
  double number = 0.0;
  bool boolean = false;
  std::vector<std::unique_ptr<FileNode>> children;
  std::list<std::string> files;  ///< of the root: names of the files that the tree comes from
  std::set<std::string> asked;   ///< keys that readers know
  bool read = false;             ///< somebody asked for this node
};

/// The text of a file and the name that stands for it in messages.
struct FileText {
  std::string text, name;
};

/// Parses TOML. Entries of a later layer hold where no earlier one says anything: tables are merged, but
/// constants (tables with a "value"), lists and single values are taken whole. Throws FileError with the line
/// of the first mistake.
std::unique_ptr<FileNode> parse_tree(const std::vector<FileText>& layers);

/// The layers as one text, with the same meaning.
std::string flattened(const std::vector<FileText>& layers);

/// What the root says under `key`, and in which line; nothing if it does not or it is no text.
std::optional<std::pair<std::string, int>> root_text(const FileText& file, const std::string& key);

/// Throws FileError "file:line: what".
[[noreturn]] void refuse_at(const std::string& file, int line, const std::string& what);

/// The text in quotes, shortened and without control characters, for a one-line message.
std::string in_quotes(const std::string& text);

}  // namespace nocturne::detail
