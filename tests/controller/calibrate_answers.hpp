#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <istream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace nocturne::test {

using nlohmann::json;

/// What a command writes; it must succeed.
inline std::string written(const std::function<int(std::istream&, std::ostream&)>& command,
                           const std::string& input = "") {
  std::istringstream in{input};
  std::ostringstream out;
  CHECK(command(in, out) == 0);
  return out.str();
}

inline json line_of(const std::string& text) {
  CHECK(std::ranges::count(text, '\n') == 1);
  return json::parse(text);
}

inline bool has_flag(const json& answer, const std::string& flag) {
  const json& flags = answer.at("flags");
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

}  // namespace nocturne::test
