#include "recipes/document_tree.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

#include "recipes/recipe.hpp"

namespace nocturne::detail {
namespace {

using Kind = FileNode::Kind;

constexpr int deepest = 16;
constexpr std::ptrdiff_t longest_line = 8192;

/// The library recurses once per dot of a key, without a limit: a long line could exhaust the stack.
void refuse_long_lines(const std::string& text, const std::string& name) {
  auto begin = text.begin();
  for (int line = 1; begin != text.end(); ++line) {
    const auto end = std::find(begin, text.end(), '\n');
    if (end - begin > longest_line) refuse_at(name, line, "the line is too long (at most 8192 bytes)");
    begin = end == text.end() ? end : end + 1;
  }
}

/// The root's copy of the name of the file that the node comes from; what stood in several has the first.
const std::string* name_of(const toml::node& source, const std::string* otherwise, FileNode& root) {
  if (!source.source().path) return otherwise;
  const auto known = std::ranges::find(root.files, *source.source().path);
  return known == root.files.end() ? otherwise : &*known;
}

std::unique_ptr<FileNode> converted(const toml::node& source, const std::string& key, const std::string* file,
                                    int fallback_line, int depth, FileNode& root) {
  auto node = std::make_unique<FileNode>();
  node->key = key;
  node->file = file = name_of(source, file, root);
  const auto begin = source.source().begin;
  node->line = begin.line > 0 ? static_cast<int>(begin.line) : fallback_line;
  node->column = static_cast<int>(begin.column);
  if (depth > deepest) refuse_at(*file, node->line, "tables are nested too deeply (at most 16)");
  const auto adopt = [&](const toml::node& child, const std::string& name) {
    node->children.push_back(converted(child, name, file, node->line, depth + 1, root));
  };
  if (const auto* table = source.as_table()) {
    node->kind = Kind::table;
    for (const auto& [name, child] : *table) adopt(child, std::string{name.str()});
    std::ranges::stable_sort(node->children, {}, [](const auto& n) { return std::pair{n->line, n->column}; });
  } else if (const auto* array = source.as_array()) {
    node->kind = Kind::array;
    for (const auto& child : *array) adopt(child, key);
    if (!node->children.empty()) node->line = std::min(node->line, node->children.front()->line);
  } else if (const auto* text = source.as_string()) {
    node->kind = Kind::text;
    node->text = text->get();
  } else if (const auto* integer = source.as_integer()) {
    node->kind = Kind::integer;
    node->integer = integer->get();
  } else if (const auto* number = source.as_floating_point()) {
    node->kind = Kind::number;
    node->number = number->get();
  } else if (const auto* boolean = source.as_boolean()) {
    node->kind = Kind::boolean;
    node->boolean = boolean->get();
  } else {
    node->kind = Kind::date;
  }
  return node;
}

toml::table parsed(const FileText& file) {
  refuse_long_lines(file.text, file.name);
  try {
    return toml::parse(file.text, file.name);
  } catch (const toml::parse_error& error) {
    std::string what{error.description()};
    std::ranges::replace_if(
        what, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    refuse_at(file.name, static_cast<int>(error.source().begin.line), "not valid TOML: " + what);
  }
}

/// Moves entries of `below` to where `above` says nothing.
void lay_over(toml::table& above, toml::table&& below) {
  for (auto&& [key, node] : below) {
    toml::node* known = above.get(key.str());
    if (known == nullptr) {
      node.visit([&, &name = key](auto&& entry) { above.insert(name.str(), std::move(entry)); });
    } else if (known->is_table() && node.is_table() && !known->as_table()->contains("value")) {
      lay_over(*known->as_table(), std::move(*node.as_table()));
    }
  }
}

toml::table merged(const std::vector<FileText>& layers) {
  toml::table whole = parsed(layers.front());
  for (std::size_t i = 1; i < layers.size(); ++i) lay_over(whole, parsed(layers[i]));
  return whole;
}

}  // namespace

std::string in_quotes(const std::string& text) {
  constexpr std::size_t longest = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, longest))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown + (text.size() > longest ? "...'" : "'");
}

void refuse_at(const std::string& file, int line, const std::string& what) {
  throw FileError{file + ":" + std::to_string(line) + ": " + what};
}

std::unique_ptr<FileNode> parse_tree(const std::vector<FileText>& layers) {
  auto root = std::make_unique<FileNode>();
  for (const FileText& layer : layers) root->files.push_back(layer.name);
  root->file = &root->files.front();
  root->read = true;
  root->children = std::move(converted(merged(layers), "", root->file, 1, 0, *root)->children);
  return root;
}

std::string flattened(const std::vector<FileText>& layers) {
  if (layers.size() == 1) return layers.front().text;
  std::ostringstream text;
  text << merged(layers) << '\n';
  return text.str();
}

std::optional<std::pair<std::string, int>> root_text(const FileText& file, const std::string& key) {
  const toml::table table = parsed(file);
  const auto* text = table.get_as<std::string>(key);
  if (text == nullptr) return std::nullopt;
  return std::pair{text->get(), static_cast<int>(text->source().begin.line)};
}

}  // namespace nocturne::detail
