#include "recipes/document.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "recipes/document_tree.hpp"
#include "recipes/unit_text.hpp"

namespace nocturne {

namespace {

using detail::FileNode;
using detail::in_quotes;
using detail::refuse_at;
using Kind = FileNode::Kind;

std::string kind_name(Kind kind) {
  static const std::map<Kind, std::string> names{
      {Kind::text, "a text"},           {Kind::integer, "a number"},    {Kind::number, "a number"},
      {Kind::boolean, "true or false"}, {Kind::date, "a date or time"}, {Kind::table, "a table"},
      {Kind::array, "a list"}};
  return names.at(kind);
}

FileNode* child_named(FileNode& node, const std::string& key) {
  const auto found = std::ranges::find(node.children, key, [](const auto& child) { return child->key; });
  return found == node.children.end() ? nullptr : found->get();
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = word.size() < 3 ? 0 : std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (word.size() > 64 || candidate.size() > 64) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string example_units(const std::string& unit, const Unit& wanted) {
  if (wanted.celsius) return "°C or K";
  const std::string usual = usual_units(wanted.dimension);
  return usual.empty() ? unit : usual;
}

/// The value in `unit`. A value written in that very unit comes back as written.
double number_in(const Value& value, const FileNode& node, const std::string& unit) {
  const auto wanted = parse_unit(unit);
  if (!wanted) throw std::logic_error{"no such unit: " + unit};
  const std::string units = example_units(unit, *wanted);
  const std::string allowed =
      "(a number and a unit in quotes, such as \"1 " + unit + "\"; units: " + units + ")";
  if (node.kind == Kind::integer || node.kind == Kind::number)
    value.refuse("'" + node.key + "' has no unit " + allowed);
  if (node.kind != Kind::text) value.refuse("'" + node.key + "' is " + kind_name(node.kind) + " " + allowed);
  const auto split = split_quantity(node.text);
  if (!split) value.refuse(in_quotes(node.text) + " is not a number with a unit " + allowed);
  if (split->unit.empty()) value.refuse("'" + node.key + "' has no unit " + allowed);
  const auto given = parse_unit(split->unit);
  if (!given || given->dimension != wanted->dimension || (given->celsius && !wanted->celsius))
    value.refuse("'" + node.key + "' has the unit " + in_quotes(split->unit) + " (allowed: " + units + ")");
  if (given->celsius == wanted->celsius && given->size == wanted->size) return split->number;
  const double result = split->number * given->size / wanted->size - (wanted->celsius ? 273.15 : 0.0);
  if (!std::isfinite(result)) value.refuse(in_quotes(node.text) + " is out of the range of numbers");
  return result;
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string best = nearest(word, known);
  return best.empty() ? " (allowed: " + listed(known) + ")" : " (did you mean '" + best + "'?)";
}

std::string read_text_file(const std::filesystem::path& file, std::size_t most_bytes) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    throw FileError{file.string() + ": is a folder, not a file"};
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw FileError{file.string() + ": cannot be read"};
  std::string text(most_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) throw FileError{file.string() + ": cannot be read"};
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > most_bytes)
    throw FileError{file.string() + ": is too large (at most " + std::to_string(most_bytes >> 10) + " kB)"};
  if (text.find('\0') != std::string::npos) throw FileError{file.string() + ": is not a text file"};
  return text;
}

Document::Document(std::string text) : text_{std::move(text)} {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::read(const std::filesystem::path& file) {
  return parse(read_text_file(file), file.string());
}

Document Document::parse(const std::string& text, const std::string& name) {
  Document document{text};
  document.root_ = detail::parse_tree({{text, name}});
  return document;
}

Document Document::read_with_bases(const std::filesystem::path& file,
                                   const std::function<std::filesystem::path(const std::string&)>& find) {
  constexpr std::size_t most_layers = 5;
  std::vector<detail::FileText> layers{{read_text_file(file), file.string()}};
  while (const auto base = detail::root_text(layers.back(), "base")) {
    const std::string& name = layers.back().name;
    if (layers.size() == most_layers)
      detail::refuse_at(name, base->second, "too many files are based on one another (at most four bases)");
    std::filesystem::path next;
    try {
      next = find(base->first);
    } catch (const FileError& error) {
      detail::refuse_at(name, base->second, std::string{"base: "} + error.what());
    }
    layers.push_back({read_text_file(next), next.string()});
  }
  Document document{detail::flattened(layers)};
  document.root_ = detail::parse_tree(layers);
  return document;
}

Table Document::root() const { return Table{*root_}; }
const std::string& Document::name() const { return root_->files.front(); }

const std::string& Value::key() const { return node_->key; }
int Value::line() const { return node_->line; }
void Value::refuse(const std::string& what) const { refuse_at(*node_->file, node_->line, what); }

template <>
std::string Value::as<std::string>() const {
  if (node_->kind != Kind::text)
    refuse("'" + key() + "' is " + kind_name(node_->kind) + " (allowed: a text in quotes)");
  return node_->text;
}

template <>
bool Value::as<bool>() const {
  if (node_->kind != Kind::boolean)
    refuse("'" + key() + "' is " + kind_name(node_->kind) + " (allowed: true or false, without quotes)");
  return node_->boolean;
}

template <>
int Value::as<int>() const {
  if (node_->kind != Kind::integer)
    refuse("'" + key() + "' is not a whole number (allowed: a number without point, unit or quotes)");
  if (node_->integer < std::numeric_limits<int>::min() || node_->integer > std::numeric_limits<int>::max())
    refuse("'" + key() + "' = " + std::to_string(node_->integer) + " is out of the range of whole numbers");
  return static_cast<int>(node_->integer);
}

template <>
double Value::as<double>() const {
  if (node_->kind == Kind::integer) return static_cast<double>(node_->integer);
  if (node_->kind != Kind::number)
    refuse("'" + key() + "' is " + kind_name(node_->kind) +
           " (allowed: a bare number, without unit or quotes)");
  if (!std::isfinite(node_->number)) refuse("'" + key() + "' is not a finite number");
  return node_->number;
}

template <>
Length Value::as<Length>() const {
  return millimeters(in("mm"));
}
template <>
Volume Value::as<Volume>() const {
  return milliliters(in("mL"));
}
template <>
FlowRate Value::as<FlowRate>() const {
  return milliliters_per_minute(in("mL/min"));
}
template <>
Concentration Value::as<Concentration>() const {
  return Concentration::from_si(in("mmol/L"));
}
template <>
TemperatureStep Value::as<TemperatureStep>() const {
  return TemperatureStep::from_si(in("K"));
}
template <>
Seconds Value::as<Seconds>() const {
  return Seconds{in("s")};
}
template <>
Temperature Value::as<Temperature>() const {
  return Temperature::from_celsius(in("°C"));
}

template <class T>
T Value::between(const std::string& low, const std::string& high) const {
  const auto literal = [&](const std::string& text) {
    FileNode node;
    node.file = node_->file;
    node.kind = Kind::text;
    node.text = text;
    if constexpr (std::is_same_v<T, int> || std::is_same_v<T, double>) {
      node.kind = std::is_same_v<T, int> ? Kind::integer : Kind::number;
      node.number = split_quantity(text)->number;
      node.integer = static_cast<std::int64_t>(node.number);
    }
    return Value{node}.as<T>();
  };
  const T value = as<T>();
  if (value < literal(low) || value > literal(high))
    refuse("'" + key() + "' = " + spelled() + " is out of range (allowed: " + low + " to " + high + ")");
  return value;
}

template int Value::between<int>(const std::string&, const std::string&) const;
template double Value::between<double>(const std::string&, const std::string&) const;
template Length Value::between<Length>(const std::string&, const std::string&) const;
template Volume Value::between<Volume>(const std::string&, const std::string&) const;
template FlowRate Value::between<FlowRate>(const std::string&, const std::string&) const;
template Concentration Value::between<Concentration>(const std::string&, const std::string&) const;
template Temperature Value::between<Temperature>(const std::string&, const std::string&) const;
template TemperatureStep Value::between<TemperatureStep>(const std::string&, const std::string&) const;
template Seconds Value::between<Seconds>(const std::string&, const std::string&) const;

double Value::in(const std::string& unit) const {
  const double value = number_in(*this, *node_, unit);
  if (parse_unit(unit)->celsius && value < -273.15) refuse("'" + key() + "' is below absolute zero");
  return value;
}

double Value::in(const std::string& unit, double low, double high) const {
  const double value = in(unit);
  if (value < low || value > high)
    refuse("'" + key() + "' = " + spelled() + " is out of range (allowed: " + number_text(low) + " to " +
           number_text(high) + " " + unit + ")");
  return value;
}

std::string Value::one_of(const std::vector<std::string>& allowed) const {
  const std::string word = as<std::string>();
  if (std::ranges::find(allowed, word) == allowed.end())
    refuse("'" + key() + "' = " + in_quotes(word) + " is not known (allowed: " + listed(allowed) + ")");
  return word;
}

std::string Value::filled() const {
  std::string text = as<std::string>();
  if (text.empty()) refuse("'" + key() + "' is empty");
  return text;
}

std::string Value::spelled() const {
  switch (node_->kind) {
    case Kind::text:
      return node_->text;
    case Kind::boolean:
      return node_->boolean ? "true" : "false";
    case Kind::integer:
      return std::to_string(node_->integer);
    case Kind::number: {
      std::array<char, 32> buffer{};
      const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), as<double>()).ptr;
      return {buffer.data(), end};
    }
    default:
      refuse("'" + key() + "' is " + kind_name(node_->kind) + " (allowed: a text, a number, true or false)");
  }
}

bool Value::is_table() const { return node_->kind == Kind::table; }

Table Value::table() const {
  if (node_->kind != Kind::table)
    refuse("'" + key() + "' is " + kind_name(node_->kind) + " (allowed: a table, [" + key() + "])");
  return Table{*node_};
}

bool Value::is_list() const { return node_->kind == Kind::array; }

std::vector<Table> Value::tables() const {
  const bool right =
      node_->kind == Kind::array &&
      std::ranges::all_of(node_->children, [](const auto& child) { return child->kind == Kind::table; });
  if (!right)
    refuse("'" + key() + "' is " + kind_name(node_->kind) + " (allowed: tables, each under [[" + key() +
           "]])");
  std::vector<Table> result;
  for (const auto& child : node_->children) result.emplace_back(*child);
  return result;
}

std::vector<Value> Value::items() const {
  if (node_->kind != Kind::array)
    refuse("'" + key() + "' is " + kind_name(node_->kind) + " (allowed: a list in brackets)");
  std::vector<Value> result;
  for (const auto& child : node_->children) result.emplace_back(*child);
  return result;
}

int Table::line() const { return node_->line; }
void Table::refuse(const std::string& what) const { refuse_at(*node_->file, node_->line, what); }

std::optional<Value> Table::find(const std::string& key) const {
  node_->asked.insert(key);
  FileNode* child = child_named(*node_, key);
  if (child == nullptr) return std::nullopt;
  child->read = true;
  return Value{*child};
}

Value Table::at(const std::string& key) const {
  if (const auto value = find(key)) return *value;
  std::vector<std::string> unread;
  for (const auto& child : node_->children)
    if (!child->read) unread.push_back(child->key);
  const std::string near = nearest(key, unread);
  if (near.empty())
    refuse("'" + key + "' is missing" + (node_->key.empty() ? "" : " in '" + node_->key + "'"));
  refuse_at(*node_->file, child_named(*node_, near)->line,
            "unknown key '" + near + "' where '" + key + "' is needed (did you mean '" + key + "'?)");
}

Table Table::table(const std::string& key) const { return at(key).table(); }

std::optional<Table> Table::find_table(const std::string& key) const {
  const auto value = find(key);
  if (!value) return std::nullopt;
  return value->table();
}

std::vector<Table> Table::tables(const std::string& key) const {
  const auto value = find(key);
  return value ? value->tables() : std::vector<Table>{};
}

std::vector<Value> Table::entries() const {
  std::vector<Value> result;
  for (const auto& child : node_->children) {
    child->read = true;
    result.emplace_back(*child);
  }
  return result;
}

std::vector<Value> Table::remaining() const {
  std::vector<Value> result;
  for (const auto& child : node_->children)
    if (!std::exchange(child->read, true)) result.emplace_back(*child);
  return result;
}

void Table::finish() const {
  const std::vector<std::string> known{node_->asked.begin(), node_->asked.end()};
  for (const auto& child : node_->children) {
    if (!child->read) {
      refuse_at(*child->file, child->line,
                "unknown key " + in_quotes(child->key) + suggestion(child->key, known));
    }
    if (child->kind == Kind::table) Table{*child}.finish();
    if (child->kind != Kind::array) continue;
    for (const auto& item : child->children)
      if (item->kind == Kind::table) Table{*item}.finish();
  }
}

void refuse_duplicates(const std::vector<Table>& tables, const std::string& key) {
  std::map<std::string, int> lines;
  for (const Table& table : tables) {
    const Value value = table.at(key);
    const std::string name = value.as<std::string>();
    const auto [first, is_new] = lines.emplace(name, value.line());
    if (!is_new)
      value.refuse("'" + key + "' = " + in_quotes(name) + " stands a second time (first on line " +
                   std::to_string(first->second) + ")");
  }
}

}  // namespace nocturne
