#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/knowledge/design.hpp"
#include "controller/propose/propose.hpp"
#include "tests/optimizer/toy_worlds.hpp"
#include "tests/support/cspbbr3_curve.hpp"
#include "tests/support/surrogate_here.hpp"

namespace nocturne::test {
namespace {

using Json = nlohmann::json;

Space space() {
  return parse_space(R"([[variable]]
name = "a"
low = 0
high = 1
[[variable]]
name = "n"
low = 1
high = 8
kind = "integer"
[[variable]]
name = "solvent"
choices = ["water", "toluene"]
[[variable]]
name = "grade"
choices = [10, 20.5]
[[objective]]
name = "y"
goal = "minimize"
)",
                     "space.toml");
}

struct Answer {
  int status;
  std::vector<Json> lines;
  std::string messages;
};

Answer talk(const std::string& text, std::uint64_t seed = 3) {
  std::istringstream in{text};
  std::ostringstream out, messages;
  Answer answer{propose(space(), {.seed = seed}, in, out, messages), {}, ""};
  std::istringstream lines{out.str()};
  for (std::string line; std::getline(lines, line);) answer.lines.push_back(Json::parse(line));
  answer.messages = messages.str();
  return answer;
}

Json tell(const Json& x, const Json& y) { return {{"tell", {{"x", x}, {"y", y}}}}; }

}  // namespace

TEST_CASE("propose: asks within the space, in its own types") {
  const Answer answer = talk("{\"ask\": 3}\n");
  CHECK(answer.status == 0);
  REQUIRE(answer.lines.size() == 1);
  REQUIRE(answer.lines[0]["x"].size() == 3);
  REQUIRE(answer.lines[0]["predicted"].size() == 3);
  for (const auto& x : answer.lines[0]["x"]) {
    CHECK(x["a"].get<double>() >= 0.0);
    CHECK(x["n"].is_number_integer());
    CHECK((x["solvent"] == "water" || x["solvent"] == "toluene"));
    CHECK((x["grade"] == 10 || x["grade"] == 20.5));
  }
  CHECK(answer.lines[0]["x"][0] != answer.lines[0]["x"][1]);
  CHECK(talk("{\"ask\": 3}\n").lines == answer.lines);
  CHECK(talk("{\"ask\": 3}\n", 4).lines != answer.lines);
}

TEST_CASE("propose: a wrong line gives an error, the next one is answered, and the status says so") {
  const Json x{{"a", 0.5}, {"n", 2}, {"solvent", "water"}, {"grade", 10}};
  std::vector<std::string> wrong{"not json",
                                 "[]",
                                 R"({"ask": 0})",
                                 R"({"ask": "two"})",
                                 R"({"ask": 1000001})",
                                 R"({"ask_from": []})",
                                 R"({"offer": 1})",
                                 R"({"tell": {"x": {}}})",
                                 R"({"ask": 1, "tell": {}})"};
  for (const char* name : {"a", "n", "solvent", "grade"}) {
    Json broken = x;
    broken.erase(name);
    wrong.push_back(tell(broken, {{"y", 1.0}}).dump());
    broken[name] = "ether";
    wrong.push_back(tell(broken, {{"y", 1.0}}).dump());
  }
  Json extra = x;
  extra["b"] = 1;
  wrong.push_back(tell(extra, {{"y", 1.0}}).dump());
  wrong.push_back(tell(x, {{"z", 1.0}}).dump());
  wrong.push_back(tell(x, {{"y", "much"}}).dump());
  for (const auto& line : wrong) {
    CAPTURE(line);
    const Answer answer = talk(line + "\n\n{\"ask\": 1}\n");
    CHECK(answer.status == 2);
    REQUIRE(answer.lines.size() == 2);
    CHECK(answer.lines[0]["error"].get<std::string>().find("line 1: ") == 0);
    CHECK(answer.lines[1].contains("x"));
    CHECK(answer.messages.find("nocturne: ") == 0);
  }
}

TEST_CASE("propose: values outside the space are refused with what is allowed, wherever they stand") {
  const Json x{{"a", 0.5}, {"n", 2}, {"solvent", "water"}, {"grade", 10}};
  const auto refusal_of = [&](const char* name, const Json& value, bool pool) {
    Json changed = x;
    changed[name] = value;
    const Json line = pool ? Json{{"ask_from", Json::array({x, changed})}} : tell(changed, {{"y", 1.0}});
    const Answer answer = talk(line.dump() + "\n");
    CHECK(answer.status == 2);
    return answer.lines.at(0).at("error").get<std::string>();
  };
  for (const bool pool : {false, true}) {
    CHECK(refusal_of("a", 1.01, pool) == "line 1: a: 1.01 is outside its bounds (0.0 to 1.0)");
    CHECK(refusal_of("a", -1e300, pool) == "line 1: a: -1e+300 is outside its bounds (0.0 to 1.0)");
    CHECK(refusal_of("n", 9, pool) == "line 1: n: 9 is outside its bounds (1.0 to 8.0)");
    CHECK(refusal_of("n", 2.5, pool) == "line 1: n: 2.5 is not a whole number (1.0 to 8.0)");
  }
  Json rounded = x;
  rounded["a"] = 1.0000000001;
  CHECK(talk(tell(rounded, {{"y", 1.0}}).dump() + "\n").status == 0);
}

TEST_CASE("propose: predictions stay finite, whatever was told") {
  if (skipped()) return;
  const auto told = [](const std::vector<double>& values) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Json x{{"a", 0.1 * static_cast<double>(i)}, {"n", 2}, {"solvent", "water"}, {"grade", 10}};
      text += tell(x, {{"y", values[i]}}).dump() + "\n";
    }
    return talk(text + "{\"ask\": 2}\n");
  };
  CHECK(told({1.0, 1e308}).lines.at(0).at("error") == "line 2: y: 1e+308 is too large (-1e100 to 1e100)");
  const std::vector<std::vector<double>> extremes{{1e100, -1e100, 1e100, 1.0, 3.0},
                                                  {1e100, 1e100, 1e100, 1e100, 1e100},
                                                  {0.0, 0.0, 0.0, 0.0, 0.0},
                                                  {1e-300, 2e-300, 1e-300, 4e-300, 1e-300},
                                                  {5e-324, 0.0, 1e-320, 0.0, 0.0}};
  for (const auto& values : extremes) {
    CAPTURE(values[0]);
    const Answer answer = told(values);
    CHECK(answer.status == 0);
    REQUIRE(answer.lines.size() == 1);
    for (const auto& prediction : answer.lines[0]["predicted"])
      for (const auto& output : prediction)
        for (const auto& number : output) CHECK(number.is_number());
  }
}

TEST_CASE("propose: a result may carry its standard error, and what it says is checked") {
  const Json x{{"a", 0.5}, {"n", 2}, {"solvent", "water"}, {"grade", 10}};
  const auto refusal_of = [&](const Json& y) {
    const Answer answer = talk(tell(x, {{"y", y}}).dump() + "\n");
    return answer.status == 0 ? "" : answer.lines.at(0).at("error").get<std::string>();
  };
  CHECK(refusal_of({{"value", 1.0}, {"standard_error", 0.1}}) == "");
  CHECK(refusal_of({{"value", 1.0}}) == "");
  CHECK(refusal_of({{"value", nullptr}, {"standard_error", nullptr}}) == "");
  CHECK(refusal_of({{"value", 1.0}, {"standard_error", -0.1}}) ==
        "line 1: y: standard_error is negative (0 = not known)");
  CHECK(refusal_of({{"value", 1.0}, {"se", 0.1}}) == "line 1: y: unknown 'se' (value, standard_error)");
  CHECK(refusal_of({{"value", "1"}}) == "line 1: y: \"1\" is neither a number nor null");
  CHECK(refusal_of(Json::object()) == "line 1: y: has no value");
}

TEST_CASE("propose: of two results that contradict each other the one with the smaller error is believed") {
  if (skipped()) return;
  const auto predicted = [](double error_of_low, double error_of_high) {
    const auto x = [](double a) { return Json{{"a", a}, {"n", 2}, {"solvent", "water"}, {"grade", 10}}; };
    std::string text;
    for (int i = 0; i <= 10; ++i)
      text += tell(x(0.1 * i), {{"y", {{"value", 0.1 * (i % 3)}, {"standard_error", 0.3}}}}).dump() + "\n";
    text += tell(x(0.5), {{"y", {{"value", -1.0}, {"standard_error", error_of_low}}}}).dump() + "\n";
    text += tell(x(0.5), {{"y", {{"value", 1.0}, {"standard_error", error_of_high}}}}).dump() + "\n";
    const Answer answer = talk(text + Json{{"predict", Json::array({x(0.5)})}}.dump() + "\n");
    CHECK(answer.status == 0);
    return answer.lines.at(0).at("predicted").at(0).at("y").at("mean").get<double>();
  };
  CHECK(predicted(0.01, 2.0) < predicted(2.0, 0.01));
}

TEST_CASE("propose: NaN, infinity and numbers beyond a double are refused wherever they stand") {
  for (const std::string number : {"NaN", "nan", "Infinity", "-Infinity", "1e999"}) {
    CAPTURE(number);
    const std::string x = R"("x": {"a": 0.5, "n": 2, "solvent": "water", "grade": 10})";
    for (const std::string& line :
         {R"({"tell": {)" + x + R"(, "y": {"y": )" + number + "}}}",
          R"({"tell": {)" + x + R"(, "y": {"y": {"value": 1, "standard_error": )" + number + "}}}}",
          R"({"tell": {"x": {"a": )" + number +
              R"(, "n": 2, "solvent": "water", "grade": 10}, "y": {"y": 1}}})",
          R"({"ask": )" + number + "}"}) {
      const Answer answer = talk(line + "\n{\"state\": true}\n");
      CHECK(answer.status == 2);
      REQUIRE(answer.lines.size() == 2);
      CHECK(answer.lines[0].contains("error"));
      CHECK(answer.lines[1] == Json{{"told", 0}, {"running", Json::array()}});
    }
  }
}

TEST_CASE("propose: little, repeated, constant or failed results still give an answer within the space") {
  if (skipped()) return;
  const auto x = [](double a) { return Json{{"a", a}, {"n", 2}, {"solvent", "water"}, {"grade", 10}}; };
  std::map<std::string, std::string> cases;
  for (int i = 0; i < 12; ++i) {
    cases["duplicates"] += tell(x(0.5), {{"y", 1.0}}).dump() + "\n";
    cases["contradictions"] += tell(x(0.5), {{"y", i}}).dump() + "\n";
    cases["constant"] += tell(x(0.08 * i), {{"y", 7.0}}).dump() + "\n";
    cases["all failed"] += tell(x(0.08 * i), nullptr).dump() + "\n";
    cases["one failure repeated"] += tell(x(0.5), {{"y", nullptr}}).dump() + "\n";
  }
  cases["two points"] = tell(x(0.2), {{"y", 1.0}}).dump() + "\n" + tell(x(0.7), {{"y", 2.0}}).dump() + "\n";
  cases["one point"] = tell(x(0.2), {{"y", 1.0}}).dump() + "\n";
  for (const auto& [name, text] : cases) {
    CAPTURE(name);
    const Answer answer =
        talk(text + "{\"ask\": 2}\n" + Json{{"ask_from", Json::array({x(0.5), x(0.9)})}}.dump() + "\n");
    CHECK(answer.status == 0);
    REQUIRE(answer.lines.size() == 2);
    for (const Json& asked : answer.lines[0]["x"]) {
      CHECK(asked["a"].get<double>() >= 0.0);
      CHECK(asked["a"].get<double>() <= 1.0);
    }
    for (const Json& prediction : answer.lines[0]["predicted"])
      for (const Json& output : prediction)
        for (const Json& number : output) CHECK(number.is_number());
    CHECK(answer.lines[1]["index"].get<int>() <= 1);
  }
}

TEST_CASE("propose: a variable of zero width stays where it is") {
  if (skipped()) return;
  const Space narrow = parse_space(
      "[[variable]]\nname = \"a\"\nlow = 0\nhigh = 1\n[[variable]]\nname = \"b\"\nlow = 5\nhigh = 5\n"
      "[[objective]]\nname = \"y\"\ngoal = \"minimize\"\n",
      "space.toml");
  std::string text;
  for (int i = 0; i < 6; ++i)
    text += tell({{"a", 0.2 * i}, {"b", 5}}, {{"y", std::pow(0.2 * i - 0.55, 2)}}).dump() + "\n";
  text += tell({{"a", 0.2}, {"b", 5.1}}, {{"y", 1.0}}).dump() + "\n{\"ask\": 1}\n";
  std::istringstream in{text};
  std::ostringstream out, messages;
  CHECK(propose(narrow, {.seed = 1}, in, out, messages) == 2);
  std::istringstream lines{out.str()};
  std::string refused, asked;
  std::getline(lines, refused);
  std::getline(lines, asked);
  CHECK(Json::parse(refused).at("error") == "line 7: b: 5.1 is outside its bounds (5.0 to 5.0)");
  CHECK(Json::parse(asked)["x"][0]["b"] == 5.0);
  CHECK(std::abs(Json::parse(asked)["x"][0]["a"].get<double>() - 0.55) < 0.2);
}

TEST_CASE("propose: the best of a large pool is the best of all its parts, whatever their order") {
  if (skipped()) return;
  std::string told;
  for (int i = 0; i < 8; ++i)
    told += tell({{"a", 0.125 * i}, {"n", 1 + i % 4}, {"solvent", "water"}, {"grade", 10}},
                 {{"y", std::pow(0.125 * i - 0.62, 2)}})
                .dump() +
            "\n";
  Json points = Json::array();
  for (int i = 0; i < 70000; ++i) {  // the best stand at one end
    const double a = i < 69990 ? 0.3 * i / 70000.0 : 0.6 + 0.002 * (i - 69990);
    points.push_back({{"a", a}, {"n", 1 + i % 8}, {"solvent", "water"}, {"grade", 10}});
  }
  const Json best = talk(told + Json{{"ask_from", points}}.dump() + "\n").lines.at(0);
  CHECK(best["index"].get<int>() >= 69990);
  CHECK(points.at(best["index"].get<std::size_t>()) == best["x"]);
  std::reverse(points.begin(), points.end());
  const Json again = talk(told + Json{{"ask_from", points}}.dump() + "\n").lines.at(0);
  CHECK(again["x"] == best["x"]);
  CHECK(again["index"].get<int>() == 69999 - best["index"].get<int>());
  CHECK(talk(R"({"ask_from": [1, 2]})"
             "\n")
            .lines.at(0)["error"] == "line 1: ask_from needs a list of points");
}

TEST_CASE("propose: begins with as many Sobol points as it is told to") {
  const auto first = [](std::optional<int> initial_design, const std::string& line) {
    std::istringstream in{line + "\n"};
    std::ostringstream out, messages;
    const ProposeOptions options{.seed = 3, .initial_design = initial_design};
    CHECK(propose(space(), options, in, out, messages) == 0);
    return Json::parse(out.str())["x"];
  };
  const Json usual = first(std::nullopt, "{\"ask\": 4}");
  CHECK(first(4, "{\"ask\": 4}") == usual);
  if (skipped()) return;
  CHECK(first(1, "{\"ask\": 2}")[0] == usual[0]);
  CHECK(first(1, "{\"ask\": 2}")[1] != usual[1]);
}

TEST_CASE("propose: learns from tells, failures included, and chooses from pools") {
  if (skipped()) return;
  std::string text;
  for (int i = 0; i < 9; ++i) {
    const double a = 0.1 * i;
    const Json x{
        {"a", a}, {"n", 1 + i % 4}, {"solvent", i % 2 ? "water" : "toluene"}, {"grade", i % 3 ? 10.0 : 20.5}};
    text += (i == 4 ? tell(x, nullptr) : tell(x, {{"y", std::pow(a - 0.62, 2)}, {"other", 3}})).dump() + "\n";
  }
  Json pool = Json::array();
  for (const double a : {0.05, 0.2, 0.6, 0.33})
    pool.push_back({{"a", a}, {"n", 3}, {"solvent", "water"}, {"grade", 10}});
  text += Json{{"ask_from", pool}}.dump() + "\n" + "{\"ask\": 2}\n";
  const Answer answer = talk(text);
  CHECK(answer.status == 0);
  REQUIRE(answer.lines.size() == 2);
  CHECK(answer.lines[0]["index"] == 2);
  CHECK(answer.lines[0]["predicted"]["y"].contains("mean"));
  CHECK(std::abs(answer.lines[1]["x"][0]["a"].get<double>() - 0.62) < 0.2);
  CHECK(answer.lines[1]["predicted"][0]["y"]["low"].get<double>() <=
        answer.lines[1]["predicted"][0]["y"]["high"].get<double>());
  CHECK(answer.lines[1]["x"][0] != answer.lines[1]["x"][1]);
}

TEST_CASE("design: prints the contract's JSON, and says what is not reachable") {
  if (skipped()) return;
  Optimizer::Options options;
  options.variables = toy_variables();
  options.targets = {{.value = 490.0}};
  options.emitters = cspbbr3_emitter();
  Optimizer optimizer{options};
  const ToyWorld world = toy_worlds()[0];
  for (std::uint64_t i = 0; i < 4; ++i) {
    const Conditions next = optimizer.ask().conditions;
    optimizer.tell(next, toy_experiment(world, next, i));
  }
  DesignOptions wish;
  wish.target.value = 485.0;
  wish.target.tolerance = 2.0;
  wish.count = 3;
  wish.json = true;
  std::ostringstream out;
  const auto answer = [&](const Optimizer& model) { return model.design(wish.target, wish.count); };
  CHECK(tell(answer(optimizer), wish, out) == 0);
  const Json json = Json::parse(out.str());
  CHECK(json["target_nm"] == 485.0);
  CHECK(json["reachable"] == true);
  CHECK(json["nearest_nm"].get<double>() == doctest::Approx(485.0).epsilon(0.01));
  REQUIRE(json["candidates"].size() >= 1);
  CHECK(json["candidates"][0]["conditions"].size() == 4);
  CHECK(json["candidates"][0]["predicted"]["peak_nm"].contains("low"));
  CHECK(json["candidates"][0]["probability"] == json["probability"]);
  CHECK(json["candidates"][0]["extrapolates"].is_boolean());
  const Json& heat = json["candidates"][0]["sensitivity"]["temperature_C"];
  CHECK(heat["per_unit"] == "°C");
  CHECK(heat["unit"] == "nm");
  CHECK(heat["change"].is_number());
  CHECK(json["blocked_by"].empty());

  wish.target.value = 640.0;
  wish.json = false;
  std::ostringstream words;
  CHECK(tell(answer(optimizer), wish, words) == 1);
  CHECK(words.str().find("640 nm is not reachable (probability ") == 0);
  CHECK(words.str().find(", it takes 0.9); the nearest is ") != std::string::npos);
  CHECK(words.str().find("\nin the way: ") != std::string::npos);
  CHECK(words.str().find("±1 °C of temperature_C ") != std::string::npos);

  Optimizer::Options blank = options;
  blank.variables.resize(1);
  std::ostringstream before;
  CHECK(tell(answer(Optimizer{blank}), wish, before) == 1);
  CHECK(before.str().find(", it takes 0.9); the nearest expected is ") != std::string::npos);
  CHECK(before.str().find("no experiment yet: this is what the prior alone says") != std::string::npos);
}

}  // namespace nocturne::test
