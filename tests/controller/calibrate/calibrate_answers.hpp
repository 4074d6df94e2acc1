#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <istream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "controller/json.hpp"

namespace nocturne::test {

/// What a command writes; it must succeed.
inline std::string written(const std::function<int(std::istream&, std::ostream&)>& command,
                           const std::string& input = "") {
  std::istringstream in{input};
  std::ostringstream out;
  CHECK(command(in, out) == 0);
  return out.str();
}

inline Json line_of(const std::string& text) {
  CHECK(std::ranges::count(text, '\n') == 1);
  return Json::parse(text);
}

inline bool has_flag(const Json& answer, const std::string& flag) {
  const Json& flags = answer.at("flags");
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

}  // namespace nocturne::test
