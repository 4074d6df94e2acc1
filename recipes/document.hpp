#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/units.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

namespace detail {
struct FileNode;
}

class Table;

/// One value of a TOML file, with the line where it stands. A view: the Document must outlive it.
/// Every read throws FileError "file:line: what is wrong (what is allowed)" when the value does not fit.
class Value {
 public:
  explicit Value(detail::FileNode& node) : node_{&node} {}

  const std::string& key() const;
  int line() const;

  /// The value as std::string, bool, int, double (a bare number, dimensionless), or, from text with a unit,
  /// as Length, Volume, FlowRate, Concentration, Temperature, TemperatureStep or Seconds. Never NaN or
  /// infinite.
  template <class T>
  T as() const;

  /// The same, refused outside [low, high]; the limits are written as in a file ("0.1 mm", "50 mm"; "1",
  /// "100").
  template <class T>
  T between(const std::string& low, const std::string& high) const;

  /// A number in `unit`, from text with any unit of the same dimension ("meV", "nm", "bar", "%", "kJ/mol",
  /// "1/s", "W/(m K)", "counts/s", ...; "°C" is the temperature scale). The unit itself gives the number as
  /// written.
  double in(const std::string& unit) const;
  double in(const std::string& unit, double low, double high) const;

  /// One text out of a list.
  std::string one_of(const std::vector<std::string>& allowed) const;

  /// A text that is not empty.
  std::string filled() const;

  /// A scalar as the file spells it, for settings that somebody else interprets.
  std::string spelled() const;

  bool is_list() const;  ///< of tables or of anything else
  bool is_table() const;
  Table table() const;
  std::vector<Table> tables() const;
  std::vector<Value> items() const;

  /// Throws FileError at this value's line.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  detail::FileNode* node_;
};

template <>
std::string Value::as<std::string>() const;
template <>
bool Value::as<bool>() const;
template <>
int Value::as<int>() const;
template <>
double Value::as<double>() const;
template <>
Length Value::as<Length>() const;
template <>
Volume Value::as<Volume>() const;
template <>
FlowRate Value::as<FlowRate>() const;
template <>
Concentration Value::as<Concentration>() const;
template <>
Temperature Value::as<Temperature>() const;
template <>
TemperatureStep Value::as<TemperatureStep>() const;
template <>
Seconds Value::as<Seconds>() const;

/// A table of a TOML file. It remembers which keys were asked for; finish() refuses the others. A view, like
/// Value.
class Table {
 public:
  explicit Table(detail::FileNode& node) : node_{&node} {}

  int line() const;

  /// The value of a key that must be there, and of one that need not.
  Value at(const std::string& key) const;
  std::optional<Value> find(const std::string& key) const;

  template <class T>
  T read(const std::string& key) const {
    return at(key).as<T>();
  }
  template <class T>
  T read_or(const std::string& key, T fallback) const {
    const auto value = find(key);
    return value ? value->as<T>() : fallback;
  }
  template <class T>
  T read_between(const std::string& key, const std::string& low, const std::string& high) const {
    return at(key).between<T>(low, high);
  }

  Table table(const std::string& key) const;
  std::optional<Table> find_table(const std::string& key) const;
  /// [[key]]: none if there is none.
  std::vector<Table> tables(const std::string& key) const;

  /// Every entry in the order of the file, all counted as read: for tables with free keys.
  std::vector<Value> entries() const;
  /// Every entry that nobody has asked for yet, then counted as read.
  std::vector<Value> remaining() const;

  /// Refuses keys that nobody has asked for, here and in the tables below, and names the nearest known key.
  void finish() const;

  /// Throws FileError at the table's line.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  detail::FileNode* node_;
};

/// A parsed TOML file: the owner of every Table and Value read from it. Only document.cpp knows the TOML
/// library.
class Document {
 public:
  /// Throws FileError: cannot be read, is a directory, not text, larger than 1 MB, wrong syntax.
  static Document read(const std::filesystem::path& file);
  /// The same from text; `name` stands for the file in messages.
  static Document parse(const std::string& text, const std::string& name);

  /// Reads a file that may name another one as its `base`, whose entries hold where it says nothing itself:
  /// tables are merged; constants ({ value, unit, source }), lists and single values are taken whole. `find`
  /// turns the name into a file. text() then is one text with the same meaning. Throws FileError: as read(),
  /// and more than four bases in a row.
  static Document read_with_bases(const std::filesystem::path& file,
                                  const std::function<std::filesystem::path(const std::string& base)>& find);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Table root() const;
  const std::string& text() const { return text_; }
  const std::string& name() const;

 private:
  explicit Document(std::string text);
  std::string text_;
  std::unique_ptr<detail::FileNode> root_;
};

/// Refuses a name that an earlier table of the list has, in the line of the second.
void refuse_duplicates(const std::vector<Table>& tables, const std::string& key);

/// What to say after an unknown word: " (did you mean 'x'?)" if one of `known` is near, else " (allowed: a, b
/// or c)".
std::string suggestion(const std::string& word, const std::vector<std::string>& known);

/// A whole file as text. Throws FileError: cannot be read, is a directory, not text, larger than
/// `most_bytes`.
std::string read_text_file(const std::filesystem::path& file, std::size_t most_bytes = 1u << 20);

}  // namespace nocturne
