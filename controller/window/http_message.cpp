#include "controller/window/http_message.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

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

}  // namespace nocturne
