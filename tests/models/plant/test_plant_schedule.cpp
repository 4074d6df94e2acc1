#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/plant/plant_schedule.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

using Json = nlohmann::json;

struct Course {
  int status = 0;
  std::vector<Json> lines;
};

Course course(const std::string& schedule, std::uint64_t seed = 1) {
  std::istringstream in{schedule};
  std::ostringstream out, messages;
  Course result;
  result.status = plant_schedule(shipped_plant(), seed, in, out, messages);
  std::istringstream text{out.str()};
  for (std::string line; std::getline(text, line);) result.lines.push_back(Json::parse(line));
  return result;
}

const std::string kStart =
    R"({"time_s":0,"feeds_uL_per_min":{"cs_pb":100,"bromide":200,"amine":20},"heater_C":150,"led":true})"
    "\n";

}  // namespace

TEST_CASE("plant schedule: wavelengths first, then a spectrum for every look, in time") {
  const Course seen = course(kStart + R"({"time_s":300,"expose_s":0.3,"every_s":2,"until_s":310})" + "\n");
  CHECK(seen.status == 0);
  REQUIRE(seen.lines.size() == 7);
  CHECK(seen.lines[0]["wavelength_nm"].size() == 2136);
  for (std::size_t i = 1; i < seen.lines.size(); ++i) {
    CHECK(seen.lines[i]["time_s"].get<double>() == doctest::Approx(300.0 + 2.0 * static_cast<double>(i - 1)));
    CHECK(seen.lines[i]["counts"].size() == 2136);
  }
  CHECK(std::abs(seen.lines.back()["probe_C"].get<double>() - 150.0) < 1.0);
}

TEST_CASE("plant schedule: a step of the feeds is seen only after the tube's volume has passed") {
  const auto peak = [](const Json& line) { return line["truth"].value("peak_nm", 0.0); };
  const Course seen =
      course(kStart + R"({"time_s":400,"feeds_uL_per_min":{"bromide":100}})" + "\n" +
             R"({"time_s":402,"expose_s":0.3})" + "\n" + R"({"time_s":1200,"expose_s":0.3})" + "\n");
  REQUIRE(seen.lines.size() == 3);
  const Course before = course(kStart + R"({"time_s":400,"expose_s":0.3})" + "\n");
  CHECK(peak(seen.lines[1]) == doctest::Approx(peak(before.lines[1])).epsilon(1e-4));
  CHECK(peak(seen.lines[2]) > peak(seen.lines[1]) + 5.0);
}

TEST_CASE("plant schedule: one seed gives one course, another seed other noise of the same product") {
  const std::string schedule = kStart + R"({"time_s":300,"expose_s":0.3})" + "\n";
  const Course one = course(schedule, 5), again = course(schedule, 5), other = course(schedule, 6);
  CHECK(one.lines == again.lines);
  CHECK(one.lines[1]["counts"] != other.lines[1]["counts"]);
}

TEST_CASE("plant schedule: what cannot be done ends it with the reason") {
  for (const char* wrong :
       {"[]", R"({"expose_s":1})", R"({"time_s":-1})", R"({"time_s":0,"feeds_uL_per_min":{"water":1}})",
        R"({"time_s":0,"feeds_uL_per_min":{"cs_pb":-1}})", R"({"time_s":0,"heater_C":"hot"})",
        R"({"time_s":0,"lamp":1})", R"({"time_s":0,"every_s":1})",
        R"({"time_s":0,"expose_s":1,"every_s":0.5,"until_s":5})", R"({"time_s":0,"pump":1})"}) {
    CAPTURE(wrong);
    const Course seen = course(std::string{wrong} + "\n" + kStart);
    CHECK(seen.status == 2);
    REQUIRE(seen.lines.size() == 2);
    CHECK(seen.lines[1].contains("error"));
  }
  CHECK(course(R"({"time_s":10})"
               "\n"
               R"({"time_s":9})"
               "\n")
            .status == 2);
}

}  // namespace nocturne::test
