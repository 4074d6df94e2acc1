#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/propose/propose.hpp"
#include "support/refusal.hpp"
#include "support/surrogate_here.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using Json = nlohmann::json;

const std::string kThreeVariables = R"([[variable]]
name = "a"
low = 0
high = 1
[[variable]]
name = "b"
low = 0.1
high = 10
scale = "log"
[[variable]]
name = "solvent"
choices = ["water", 2]
[[objective]]
name = "y"
goal = "minimize"
)";

Space three_variables() { return parse_space(kThreeVariables, "space.toml"); }

/// One process: its lines, to its end.
struct Process {
  ProposeOptions options;
  std::string messages{};

  std::vector<Json> say(const std::string& text) {
    std::istringstream in{text};
    std::ostringstream out, said;
    propose(three_variables(), options, in, out, said);
    messages = said.str();
    std::vector<Json> answers;
    std::istringstream lines{out.str()};
    for (std::string line; std::getline(lines, line);) answers.push_back(Json::parse(line));
    return answers;
  }
};

double truth(const Json& x) {
  const double a = x["a"].get<double>(), b = x["b"].get<double>();
  return std::pow(a - 0.3, 2) + std::pow(std::log(b), 2) + (x["solvent"] == "water" ? 0.2 : 0.0);
}

std::string tell_line(const Json& x, const Json& y) {
  return Json{{"tell", {{"x", x}, {"y", y}}}}.dump() + "\n";
}

}  // namespace

TEST_CASE("checkpoint: a session cut off at every line goes on with the same asks, running ones remembered") {
  if (skipped()) return;
  Process whole{.options = {.seed = 5}};
  std::vector<std::string> script;
  std::vector<Json> expected;
  std::string said;
  const auto ask = [&] {
    script.push_back("{\"ask\": 2}\n");
    said += script.back();
    expected.push_back(whole.say(said).back());
    return expected.back()["x"];
  };
  for (int round = 0; round < 4; ++round) {
    const Json x = ask();  // the second of each stays without a result
    script.push_back(tell_line(
        x[0], round == 1 ? Json(nullptr) : Json{{"y", {{"value", truth(x[0])}, {"standard_error", 0.01}}}}));
    said += script.back();
  }
  ask();

  const TemporaryFolder folder;
  std::vector<Json> answers;
  for (const std::string& line : script) {
    Process next{.options = {.seed = 5, .checkpoint = folder / "c.jsonl"}};
    for (Json& answer : next.say(line)) answers.push_back(std::move(answer));
  }
  CHECK(answers == expected);
  Process last{.options = {.seed = 5, .checkpoint = folder / "c.jsonl"}};
  const Json state = last.say("{\"state\": true}\n").at(0);
  CHECK(state["told"] == 4);
  REQUIRE(state["running"].size() == 6);
  CHECK(state["running"][0] == expected[0]["x"][1]);
  CHECK(last.messages.find("continued after 4 tells, 6 experiments running") != std::string::npos);
}

TEST_CASE("checkpoint: a last line that was torn anywhere is dropped, said so, and written anew") {
  const TemporaryFolder folder;
  const auto file = folder / "c.jsonl";
  const Json x{{"a", 0.25}, {"b", 1.5}, {"solvent", 2}};
  Process{.options = {.checkpoint = file}}.say(tell_line(x, {{"y", 1.0}}));
  const std::string before = file_text(file);
  Process{.options = {.checkpoint = file}}.say("{\"ask\": 1}\n");
  const std::string after = file_text(file);
  for (std::size_t size = before.size(); size < after.size(); ++size) {
    CAPTURE(size);
    write_file(file, after.substr(0, size));
    Process again{.options = {.checkpoint = file}};
    CHECK(again.say("{\"state\": true}\n").at(0) == Json{{"told", 1}, {"running", Json::array()}});
    CHECK((again.messages.find("torn by a crash and is dropped") != std::string::npos) ==
          (size > before.size()));
    CHECK(file_text(file) == before);
    again.say("{\"ask\": 1}\n");
    CHECK(file_text(file) == after);
  }
  write_file(file, before + std::string(40, '\0') + "\n");
  CHECK(Process{.options = {.checkpoint = file}}.say("{\"state\": true}\n").at(0)["told"] == 1);
  for (std::size_t size = 0; size < before.find('\n'); ++size) {  // killed while the file was made
    write_file(file, before.substr(0, size));
    CHECK(Process{.options = {.checkpoint = file}}.say("{\"state\": true}\n").at(0)["told"] == 0);
  }
}

TEST_CASE("checkpoint: one of another space, seed or start, and what is none, are refused and left alone") {
  const TemporaryFolder folder;
  const auto file = folder / "c.jsonl";
  const Json x{{"a", 0.25}, {"b", 1.5}, {"solvent", 2}};
  Process{.options = {.seed = 5, .checkpoint = file}}.say(tell_line(x, {{"y", 1.0}}));
  const std::string kept = file_text(file);
  const auto refused = [&](const ProposeOptions& options, const std::string& text) {
    std::istringstream in{"{\"ask\": 1}\n"};
    std::ostringstream out, messages;
    const std::string what = refusal([&] { propose(parse_space(text, "s"), options, in, out, messages); });
    CHECK(out.str().empty());
    CHECK(file_text(file) == kept);
    return what;
  };
  check_refusal(refused({.seed = 6, .checkpoint = file}, kThreeVariables), file.string() + ":1",
                {"another seed"});
  check_refusal(refused({.seed = 5, .initial_design = 3, .checkpoint = file}, kThreeVariables),
                file.string() + ":1", {"another initial design"});
  check_refusal(refused({.seed = 5, .checkpoint = file}, replaced(kThreeVariables, "high = 10", "high = 11")),
                file.string() + ":1", {"another space"});
  check_refusal(refused({.seed = 5, .checkpoint = file}, replaced(kThreeVariables, "minimize", "maximize")),
                file.string() + ":1", {"another space"});
  const Study study{"s", "t", {{{{"a", 0.5}, {"b", 1.0}, {"solvent", 0.0}}, {{"y", {1.0, 0.1}}}}}};
  check_refusal(refused({.seed = 5, .earlier = {study}, .checkpoint = file}, kThreeVariables),
                file.string() + ":1", {"another literature"});
  const auto other = folder / "two.jsonl";
  const std::string two = kThreeVariables + "[[objective]]\nname = \"z\"\ngoal = \"minimize\"\n";
  const auto begun = [&](const std::string& text) {
    std::istringstream in{"{\"ask\": 1}\n"};
    std::ostringstream out, messages;
    propose(parse_space(text, "s"), {.checkpoint = other}, in, out, messages);
  };
  begun(two);
  check_refusal(refusal([&] { begun("pareto = true\n" + two); }), other.string() + ":1", {"another space"});
  std::istringstream in{"{\"state\": true}\n"};
  std::ostringstream out, messages;
  CHECK(propose(parse_space("# a remark\n" + kThreeVariables, "s"), {.seed = 5, .checkpoint = file}, in, out,
                messages) == 0);
  CHECK(Json::parse(out.str()).at("told") == 1);
}

TEST_CASE("checkpoint: what is no checkpoint, or damaged, is refused with its line and left as it was") {
  const TemporaryFolder folder;
  const auto file = folder / "c.jsonl";
  const Json x{{"a", 0.25}, {"b", 1.5}, {"solvent", 2}};
  const auto refused = [&](const std::filesystem::path& where) {
    std::istringstream in{""};
    std::ostringstream out, messages;
    return refusal([&] { propose(three_variables(), {.checkpoint = where}, in, out, messages); });
  };
  for (const char* text : {"a thesis\n", "a thesis", "{}\n", "[]\n", "{\"tell\": 1}\n", "\n"}) {
    CAPTURE(text);
    write_file(file, text);
    check_refusal(refused(file), file.string() + ":1", {"is not a checkpoint of propose"});
    CHECK(file_text(file) == text);
  }
  std::filesystem::remove(file);
  Process{.options = {.checkpoint = file}}.say(tell_line(x, {{"y", 1.0}}) + tell_line(x, {{"y", 2.0}}));
  const std::string whole = file_text(file);
  write_file(file, replaced(whole, "1.5", "1.5.5"));
  check_refusal(refused(file), file.string() + ":2", {"is damaged"});
  write_file(file, replaced(whole, "1.5", "100"));
  check_refusal(refused(file), file.string() + ":2", {"is damaged", "outside its bounds"});
  write_file(file, whole + "{\"forgotten\":1}\n");
  check_refusal(refused(file), file.string() + ":4", {"is damaged"});
  check_refusal(refused(folder.path()), folder.path().string() + ":1", {"cannot be opened"});
  check_refusal(refused(folder / "nowhere" / "c"), (folder / "nowhere" / "c").string() + ":1",
                {"cannot be opened"});
  check_refusal(refused("/dev/null"), "/dev/null:1", {"is not a file"});
}

TEST_CASE("checkpoint: what is refused does not get into it, and a second session does not either") {
  const TemporaryFolder folder;
  const auto file = folder / "c.jsonl";
  Process{.options = {.checkpoint = file}}.say(
      "{\"tell\": {\"x\": {}, \"y\": null}}\nnonsense\n{\"ask\": 0}\n");
  const std::string text = file_text(file);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  struct Nested final : std::stringbuf {  // a line that is read while another session begins
    std::filesystem::path file;
    std::string refused;
    int_type underflow() override {
      std::istringstream in{""};
      std::ostringstream out, messages;
      refused = refusal([&] { propose(three_variables(), {.checkpoint = file}, in, out, messages); });
      return traits_type::eof();
    }
  } nested;
  nested.file = file;
  std::istream in{&nested};
  std::ostringstream out, messages;
  CHECK(propose(three_variables(), {.checkpoint = file}, in, out, messages) == 0);
  check_refusal(nested.refused, file.string() + ":1", {"is in use by another session"});
}

}  // namespace nocturne::test
