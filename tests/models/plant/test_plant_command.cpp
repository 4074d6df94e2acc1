#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/plant/plant_command.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/shipped_plants.hpp"
#include "support/shipped_material.hpp"

namespace nocturne::test {
namespace {

using Json = nlohmann::json;

struct Answers {
  int status = 0;
  std::vector<Json> lines;
  std::string messages;
};

Answers ask(const std::string& requests, bool describe = false) {
  std::istringstream in{requests};
  std::ostringstream out, messages;
  Answers answers;
  answers.status = plant_command(shipped_plant(), shipped_material(), describe, in, out, messages);
  std::istringstream text{out.str()};
  for (std::string line; std::getline(text, line);) answers.lines.push_back(Json::parse(line));
  answers.messages = messages.str();
  return answers;
}

const std::string kGood =
    R"({"conditions":{"br_pb":6,"amine_pb":2,"temperature_C":150,"residence_time_s":100},"seed":3})"
    "\n";

}  // namespace

TEST_CASE("plant command: describes its decision space and outputs") {
  const Answers answers = ask("", true);
  REQUIRE(answers.lines.size() == 1);
  CHECK(answers.status == 0);
  CHECK(answers.lines[0]["variables"][0] ==
        Json{{"name", "br_pb"}, {"low", 3.2}, {"high", 12.0}, {"unit", ""}});
  CHECK(answers.lines[0]["outputs"][0] == "peak_nm");
}

TEST_CASE("plant command: answers with truth and an observation that has standard errors") {
  const Answers answers = ask(kGood + "\n" + kGood);
  REQUIRE(answers.lines.size() == 2);
  CHECK(answers.status == 0);
  CHECK(answers.lines[0] == answers.lines[1]);
  const Json& answer = answers.lines[0];
  CHECK(answer["outcome"] == "ok");
  CHECK(answer["truth"].size() == 6);
  CHECK(answer["truth"]["peak_nm"].get<double>() ==
        steady_truth(shipped_plant(), conditions(6.0, 2.0, 150.0, 100.0)).peak_nm);
  CHECK(std::abs(answer["observed"]["peak_nm"].get<double>() - answer["truth"]["peak_nm"].get<double>()) <
        8.0);
  CHECK(answer["observed"]["peak_nm_se"].get<double>() > 0.0);
}

TEST_CASE("plant command: outside its validity the plant says so, and no number") {
  const Answers answers =
      ask(R"({"conditions":{"br_pb":0.01,"amine_pb":2,"temperature_C":150,"residence_time_s":100}})"
          "\n");
  REQUIRE(answers.lines.size() == 1);
  CHECK(answers.lines[0]["outcome"] == "unreachable");
  CHECK(answers.lines[0]["why"].get<std::string>().find("br_pb = 0.01") == 0);
  CHECK(answers.lines[0]["truth"].empty());
  CHECK(answers.lines[0]["observed"].empty());
  CHECK(answers.status == 0);
}

TEST_CASE(
    "plant command: a bad line is answered by an error, the next one by its answer, and the status says so") {
  for (const std::string bad :
       {"nonsense", "[1]", "{}", R"({"conditions":{"br_pb":6}})", R"({"conditions":{"br_pb":"six"}})",
        R"({"conditions":{"br_pb":6,"amine_pb":2,"temperature_C":150,"residence_time_s":100},"sed":1})",
        R"({"conditions":{"br_pb":6,"amine_pb":2,"temperature_C":150,"residence_time_s":100},"seed":-1})",
        R"({"conditions":{"br_pb":6,"amine_pb":2,"temperature_C":150,"residence_time_s":"long"}})",
        "\xff\xfe"}) {
    CAPTURE(bad);
    const Answers answers = ask(bad + "\n" + kGood);
    REQUIRE(answers.lines.size() == 2);
    CHECK(answers.lines[0].contains("error"));
    CHECK(answers.lines[1]["outcome"] == "ok");
    CHECK(answers.status == 2);
    CHECK(answers.messages.find("<stdin>:1") != std::string::npos);
  }
}

}  // namespace nocturne::test
