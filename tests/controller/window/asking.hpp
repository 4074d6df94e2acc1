#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "controller/window/site.hpp"

namespace nocturne::test {

using Json = nlohmann::json;
using QueryValues = std::map<std::string, std::string>;

/// The document; an answer that is none fails the test.
inline Json ask(Site& site, const std::string& path, const QueryValues& parameters = {}) {
  const Answer answer = site.answer({path, parameters});
  CAPTURE(path);
  CAPTURE(answer.body.substr(0, 300));
  REQUIRE(answer.status == 200);
  return Json::parse(answer.body);
}

/// The list in a document.
inline Json ask_list(Site& site, const std::string& path, const char* list,
                     const QueryValues& parameters = {}) {
  return ask(site, path, parameters).at(list);
}

/// What a problem document says, with its status before it: "404 no log is called x"
inline std::string problem_of(const Answer& answer) {
  CHECK(answer.media_type == "application/problem+json");
  const Json problem = Json::parse(answer.body);
  CHECK(problem.at("status") == answer.status);
  CHECK_FALSE(problem.at("title").get<std::string>().empty());
  return std::to_string(answer.status) + " " + problem.at("detail").get<std::string>();
}
inline std::string problem(Site& site, const std::string& path, const QueryValues& parameters = {}) {
  return problem_of(site.answer({path, parameters}));
}

/// The texts of news of one kind.
inline std::vector<Json> of_kind(const std::vector<News>& news, const std::string& name) {
  std::vector<Json> found;
  for (const News& one : news)
    if (one.name == name) found.push_back(Json::parse(one.json));
  return found;
}

}  // namespace nocturne::test
