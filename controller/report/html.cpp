#include "controller/report/html.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace nocturne {
namespace {

constexpr std::size_t kShortCell = 28;  // bytes: stays on one line

/// With every byte that is not UTF-8 replaced.
std::string readable(std::string_view text) {
  using Json = nlohmann::json;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : readable(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (c == '\'')
      result += "&#39;";
    else
      result += (byte < ' ' && c != '\n' && c != '\t') || byte == 0x7f ? ' ' : c;
  }
  return result;
}

/// For the data of a link: what has no meaning of its own there stays as it is.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "-._~,;:/+()*";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    result += letter || kPlain.find(c) != kPlain.npos ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return result;
}

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\n\r") == cell.npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string{"\"\""} : std::string(1, c);
  return quoted + '"';
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += csv_cell(cell) + ',';
  if (!line.empty()) line.pop_back();
  return line + '\n';
}

}  // namespace

Html::Html(std::string_view text) : text_{escaped(text)} {}

Html Html::markup(std::string written) {
  Html html;
  html.text_ = std::move(written);
  return html;
}

Html& Html::operator+=(const Html& more) {
  text_ += more.text_;
  return *this;
}

Html element(const std::string& name, const Attributes& attributes, const Html& content) {
  std::string opened = "<" + name;
  for (const auto& [key, value] : attributes) opened += " " + key + "=\"" + escaped(value) + "\"";
  return Html::markup(opened + ">" + content.text() + "</" + name + ">\n");
}

Html element(const std::string& name, const Html& content) { return element(name, {}, content); }

Html paragraph(std::string_view text) { return element("p", Html{text}); }

Html folded(std::string_view summary, const Html& content) {
  return element("details", element("summary", Html{summary}) + content);
}

Html facts(const std::vector<std::pair<std::string, std::string>>& rows) {
  Html list;
  for (const auto& [name, value] : rows)
    if (!value.empty()) list += element("dt", Html{name}) + element("dd", Html{value});
  return element("dl", list);
}

Html html_of(const TextTable& table, const std::string& id) {
  Html head, body;
  for (const std::string& heading : table.headings) head += element("th", {{"scope", "col"}}, Html{heading});
  for (const auto& row : table.rows) {
    Html cells;
    for (const std::string& cell : row)
      cells += element("td", {{"class", cell.size() <= kShortCell ? "short" : "long"}}, Html{cell});
    body += element("tr", cells);
  }
  const Html whole = element("table", element("thead", element("tr", head)) + element("tbody", body));
  Attributes attributes{{"class", "scroll"}, {"tabindex", "0"}};
  if (!id.empty()) attributes.emplace_back("id", id);
  return element("div", attributes, whole);
}

std::string csv_of(const TextTable& table) {
  std::string csv = csv_row(table.headings);
  for (const auto& row : table.rows) csv += csv_row(row);
  return csv;
}

Html data_link(const TextTable& table, const std::string& file) {
  return element(
      "a", {{"download", file}, {"href", "data:text/csv;charset=utf-8," + percent_encoded(csv_of(table))}},
      Html{"Data: " + file});
}

}  // namespace nocturne
