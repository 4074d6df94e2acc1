#include "controller/window/action.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "controller/json_types.hpp"
#include "controller/window/problem.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kLongestText = 1000;  // bytes
constexpr const char* kSomebody = "somebody at the window";

std::string text_in(const Json& body, const char* key) {
  if (!body.contains(key)) return "";
  if (!body[key].is_string()) throw bad_question(fmt::format("\"{}\" must be a text", key));
  const auto text = body[key].get<std::string>();
  if (text.size() > kLongestText)
    throw bad_question(fmt::format("\"{}\" is too long (at most {} bytes)", key, kLongestText));
  return text;
}

double number_in(const Json& body, const std::string& what, const char* key) {
  if (!body.contains(key) || !body[key].is_number())
    throw bad_question(fmt::format("{} needs \"{}\", a number", what, key));
  return body[key].get<double>();
}

int experiments_in(const Json& body) {
  const double number = number_in(body, "budget", "experiments");
  if (number != std::floor(number) || number < 1 || number > kMostExperiments)
    throw bad_question(
        fmt::format("\"experiments\" must be a whole number between 1 and {}", kMostExperiments));
  return static_cast<int>(number);
}

Target target_in(const Json& body, const std::filesystem::path& log) {
  const double peak_nm = number_in(body, "target", "peak_nm");
  try {
    return further_target(log, peak_nm);
  } catch (const FileError& error) {
    throw bad_question(fmt::format("the campaign cannot aim at {:g} nm: {}", peak_nm, error.what()));
  }
}

Json object_in(const std::string& body_json) {
  Json body = Json::parse(body_json, nullptr, false);
  if (!body.is_object()) throw bad_question("the body must be a JSON object with \"why\"");
  static const std::vector<std::string> keys{"experiments", "peak_nm", "who", "why"};
  for (const auto& [key, value] : body.items())
    if (std::ranges::find(keys, key) == keys.end())
      throw bad_question(
          fmt::format("nothing is called \"{}\" here (allowed: {})", key, fmt::join(keys, ", ")));
  return body;
}

}  // namespace

SteerRequest request_of(const std::string& what, const std::string& body_json,
                        const std::filesystem::path& log) {
  const auto& words = steer_words();
  if (std::ranges::find(words, what) == words.end())
    throw not_found(fmt::format("nobody can ask for {} (allowed: {})", what, fmt::join(words, ", ")));
  const Json body = object_in(body_json);
  SteerRequest request{what, {}, {}, text_in(body, "who"), text_in(body, "why")};
  if (request.why.find_first_not_of(" \t\r\n") == std::string::npos)
    throw bad_question("\"why\" is missing: the log wants a reason");
  if (request.who.empty()) request.who = kSomebody;
  if (what != "budget" && body.contains("experiments"))
    throw bad_question("\"experiments\" goes with budget only");
  if (what != "target" && body.contains("peak_nm")) throw bad_question("\"peak_nm\" goes with target only");
  if (what == "budget") request.experiments = experiments_in(body);
  if (what == "target") request.target = target_in(body, log);
  return request;
}

}  // namespace nocturne
