#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "controller/propose/propose.hpp"
#include "support/surrogate_here.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using Json = nlohmann::json;

const std::string kOneVariable = R"([[variable]]
name = "a"
low = 0
high = 1
[[objective]]
name = "y"
goal = "minimize"
)";

std::vector<Json> say(const std::string& text, const ProposeOptions& options = {}) {
  std::istringstream in{text};
  std::ostringstream out, messages;
  propose(parse_space(kOneVariable, "space.toml"), options, in, out, messages);
  std::vector<Json> answers;
  std::istringstream lines{out.str()};
  for (std::string line; std::getline(lines, line);) answers.push_back(Json::parse(line));
  return answers;
}

std::string tell(double a, double y, const Json& hours) {
  Json body{{"x", {{"a", a}}}, {"y", {{"y", {{"value", y}, {"standard_error", 0.01}}}}}};
  if (!hours.is_null()) body["hours"] = hours;
  return Json{{"tell", body}}.dump() + "\n";
}

/// Six standards, an hour apart, with another point after each; everything rises by 1 an hour.
std::string drifting_session(bool with_hours) {
  std::string lines;
  for (int i = 0; i < 6; ++i) {
    const double scatter = i % 2 == 0 ? 0.03 : -0.03;
    lines += tell(0.5, 10.0 + i + scatter, with_hours ? Json(1.0 * i) : Json());
    lines += tell(0.1 * i, 9.6 + 0.08 * i + i + 0.4, with_hours ? Json(i + 0.4) : Json());
  }
  return lines;
}

const std::string kPredict = "{\"predict\": [{\"a\": 0.5}]}\n";

}  // namespace

TEST_CASE("propose: hours tell a drift from scatter, so that predictions are of now") {
  if (skipped()) return;
  const Json knows = say(drifting_session(true) + kPredict).at(0)["predicted"][0]["y"];
  const Json guesses = say(drifting_session(false) + kPredict).at(0)["predicted"][0]["y"];
  CHECK(knows["mean"].get<double>() == doctest::Approx(15.4).epsilon(0.02));
  CHECK(guesses["mean"].get<double>() < 14.5);
  const auto width = [](const Json& y) { return y["high"].get<double>() - y["low"].get<double>(); };
  CHECK(width(knows) < width(guesses));
}

TEST_CASE("propose: hours that are no number or go back are refused, and the tell is not taken") {
  const std::string begin = tell(0.5, 1.0, 1.5) + tell(0.4, 1.0, nullptr) + tell(0.5, 1.1, 1.5);
  const auto refused = [&](const Json& hours) {
    const auto answers = say(begin + tell(0.2, 1.0, hours) + "{\"state\": true}\n");
    REQUIRE(answers.size() == 2);
    CHECK(answers[1]["told"] == 3);
    return answers[0]["error"].get<std::string>();
  };
  CHECK(refused("1 h").find("line 4: hours: \"1 h\" is not a number of hours") != std::string::npos);
  CHECK(refused(1e300).find("is not a number of hours") != std::string::npos);
  CHECK(refused(1.25).find("hours: 1.25 is before the last tell's (1.5 or later)") != std::string::npos);
}

TEST_CASE("propose: a checkpoint keeps the hours") {
  if (skipped()) return;
  const TemporaryFolder folder;
  const ProposeOptions options{.checkpoint = folder / "c.jsonl"};
  say(drifting_session(true), options);
  CHECK(say(kPredict, options) == say(drifting_session(true) + kPredict));
  const auto answers = say(tell(0.3, 1.0, 5.3), options);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0]["error"].get<std::string>().find("5.4 or later") != std::string::npos);
}

}  // namespace nocturne::test
