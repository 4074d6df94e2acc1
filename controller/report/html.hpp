#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nocturne {

/// A piece of a page. Text becomes one by being escaped, so that nothing in a log is taken for markup.
class Html {
 public:
  Html() = default;
  /// The text as it is to be read; bytes that are not UTF-8 and control characters are replaced.
  explicit Html(std::string_view text);
  /// For markup that this program wrote.
  static Html markup(std::string written);

  Html& operator+=(const Html& more);
  friend Html operator+(Html first, const Html& second) { return std::move(first += second); }
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// <name attribute="...">content</name>; the values of the attributes are escaped.
Html element(const std::string& name, const Attributes& attributes, const Html& content);
Html element(const std::string& name, const Html& content);
Html paragraph(std::string_view text);
/// What is there to see once it is opened.
Html folded(std::string_view summary, const Html& content);
/// A list of names and what they are.
Html facts(const std::vector<std::pair<std::string, std::string>>& rows);

/// Rows of text under their headings, for a page and as comma-separated values.
struct TextTable {
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
};

/// As a table that can be scrolled sideways where the page is narrow; `id` may be empty.
Html html_of(const TextTable& table, const std::string& id = "");
/// A link that saves the table as `file`; the data are in the link.
Html data_link(const TextTable& table, const std::string& file);
std::string csv_of(const TextTable& table);

}  // namespace nocturne
