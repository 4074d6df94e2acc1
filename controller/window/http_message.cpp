#include "controller/window/http_message.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "controller/json_types.hpp"
#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string title_of(int status) {
  static const std::map<int, std::string> titles{{400, "Bad Request"},
                                                 {401, "Token Needed"},
                                                 {403, "Forbidden"},
                                                 {404, "Not Found"},
                                                 {405, "Method Not Allowed"},
                                                 {408, "Request Too Slow"},
                                                 {413, "Body Too Large"},
                                                 {414, "Address Too Long"},
                                                 {415, "Unsupported Media Type"},
                                                 {421, "Another Host"},
                                                 {429, "Too Many Requests"},
                                                 {431, "Header Too Large"},
                                                 {500, "Internal Error"},
                                                 {503, "Busy"}};
  const auto found = titles.find(status);
  return found == titles.end() ? "Problem" : found->second;
}

std::string in_html(const std::string& text) {
  static const std::map<char, std::string> escapes{
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  std::string result;
  for (const char c : text) {
    const auto escape = escapes.find(c);
    result += escape == escapes.end() ? std::string{c} : escape->second;
  }
  return result;
}

}  // namespace

std::string in_lower_case(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

std::vector<std::string> listed(std::string_view value) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    std::string_view part = value.substr(begin, end - begin);
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

std::optional<std::string> HttpRequest::field(std::string_view name) const {
  const std::string wanted = in_lower_case(name);
  for (const auto& [found, value] : fields)
    if (in_lower_case(found) == wanted) return value;
  return std::nullopt;
}

bool HttpRequest::repeats(std::string_view name) const {
  const std::string wanted = in_lower_case(name);
  return std::ranges::count_if(fields,
                               [&](const auto& field) { return in_lower_case(field.first) == wanted; }) > 1;
}

HttpReply reply_of(const HttpProblem& problem) {
  OrderedJson json;
  json["title"] = title_of(problem.status);
  json["status"] = problem.status;
  json["detail"] = problem.what();
  HttpReply reply;
  reply.status = problem.status;
  reply.media_type = "application/problem+json";
  reply.body = line_of(json);
  reply.fields = problem.fields;
  reply.fields.emplace_back("Cache-Control", "no-store");
  return reply;
}

bool wants_page(const HttpRequest& request) {
  return in_lower_case(request.field("Accept").value_or("")).find("text/html") != std::string::npos;
}

HttpReply as_page(HttpReply reply) {
  const Json problem = Json::parse(reply.body);
  const std::string title = in_html(problem.at("title")), detail = in_html(problem.at("detail"));
  reply.media_type = "text/html; charset=utf-8";
  reply.body =
      "<!DOCTYPE html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><title>" +
      title + "</title><h1>" + title + "</h1><p>" + detail +
      "</p><p><a href=\"\">Try again</a>, or go to <a href=\"/\">" + "the night</a>.</p></html>\n";
  return reply;
}

}  // namespace nocturne
