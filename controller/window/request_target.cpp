#include "controller/window/request_target.hpp"

#include <nlohmann/json.hpp>

#include "controller/json_types.hpp"
#include "controller/window/http_message.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kLongestTarget = 2048;
constexpr std::size_t kMostParameters = 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw HttpProblem{400, "a % in an address stands before two hexadecimal digits"};
}

void check_text(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      throw HttpProblem{400, "an address holds no control characters"};
  try {
    static_cast<void>(Json(text).dump());
  } catch (const Json::exception&) {
    throw HttpProblem{400, "an address is in UTF-8"};
  }
}

std::string decoded(std::string_view text, bool plus_is_space) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) throw HttpProblem{400, "an address ends within a % escape"};
      result += static_cast<char>(16 * hex_digit(text[i + 1]) + hex_digit(text[i + 2]));
      i += 2;
    } else {
      result += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  check_text(result);
  return result;
}

void check_segments(const std::string& path) {
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string segment = path.substr(begin, end - begin);
    if (segment == "." || segment == "..") throw HttpProblem{400, "a path holds no '.' and no '..'"};
    begin = end + 1;
  }
}

}  // namespace

RequestTarget parse_target(std::string_view target) {
  if (target.size() > kLongestTarget) throw HttpProblem{414, "an address has at most 2048 characters"};
  if (!target.starts_with('/')) throw HttpProblem{400, "an address begins with '/'"};
  const std::size_t question = std::min(target.find('?'), target.size());
  RequestTarget result{decoded(target.substr(0, question), false), {}};
  check_segments(result.path);
  for (std::size_t begin = question + 1; begin < target.size();) {
    const std::size_t end = std::min(target.find('&', begin), target.size());
    const std::string_view pair = target.substr(begin, end - begin);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = decoded(pair.substr(0, equals), true);
    std::string value = equals < pair.size() ? decoded(pair.substr(equals + 1), true) : "";
    if (!result.parameters.emplace(std::move(name), std::move(value)).second)
      throw HttpProblem{400, "a parameter is given once"};
    if (result.parameters.size() > kMostParameters)
      throw HttpProblem{400, "an address has at most 32 parameters"};
    begin = end + 1;
  }
  return result;
}

}  // namespace nocturne
