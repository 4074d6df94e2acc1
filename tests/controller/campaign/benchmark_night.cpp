// The night in numbers, through the program itself: experiments to the target, the length of a night, and
// kill -9 at random moments. Usage: nocturne_benchmark_night PROGRAM [--seeds N] [--kills N] [--seed N]
// [--bench NAME] With --seeds 0 the kills alone.
#include <CLI/CLI.hpp>
#include <boost/process.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/percentile.hpp"
#include "support/temporary_folder.hpp"
#include "tests/controller/campaign/benchmark_kills.hpp"

namespace nocturne::test {
namespace {

namespace process = boost::process;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

struct Settings {
  std::string program, bench = "virtual";
  int seeds = 20, kills = 100;
  std::uint64_t first_seed = 1;
};

/// What a command that ended well printed as JSON. Throws std::runtime_error if it printed none.
Json answer_of(const std::string& program, const Words& words) {
  process::ipstream out;
  process::child child{program, process::args(words), process::std_out > out,
                       process::std_err > process::null};
  std::string text, line;
  while (std::getline(out, line)) text += line;
  child.wait();
  if (text.empty()) throw std::runtime_error{program + " " + words.front() + " printed nothing"};
  return Json::parse(text);
}

void experiments_to_the_target(const Settings& settings, const std::string& recipe) {
  std::vector<double> experiments, decisions;
  int reached = 0;
  for (int seed = 1; seed <= settings.seeds; ++seed) {
    const TemporaryFolder folder;
    const Json night =
        answer_of(settings.program, {"run", recipe, "--bench", settings.bench, "--budget", "12", "--seed",
                                     std::to_string(seed), "--log", folder.path() / "night.db", "--json"});
    reached += night.at("status") == "reached";
    experiments.push_back(night.at("experiments"));
    decisions.push_back(night.at("decision_seconds").at("p95"));
  }
  std::printf(
      "%-18s reached %2d of %2d in 12; experiments: median %.0f, most %.0f; slowest decision %.2f s\n",
      recipe.c_str(), reached, settings.seeds, percentile(experiments, 0.5), percentile(experiments, 1.0),
      percentile(decisions, 1.0));
}

/// 540 nm is beyond bulk CsPbBr3: given up when the model is sure of it.
const Words kLongNight{"run", "cspbbr3_green_510", "--target", "540", "--budget", "40", "--json"};

void length_of_a_night(const Settings& settings) {
  std::vector<double> wall, median, p95, experiments;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const TemporaryFolder folder;
    Words words = kLongNight;
    words.insert(words.end(), {"--bench", settings.bench, "--log", folder.path() / "night.db"});
    const Json night = answer_of(settings.program, words);
    wall.push_back(night.at("wall_seconds"));
    experiments.push_back(night.at("experiments"));
    median.push_back(night.at("decision_seconds").at("median"));
    p95.push_back(night.at("decision_seconds").at("p95"));
  }
  std::printf(
      "a night of %-2.0f      %.1f s wall; decision median %.3f s, 95th percentile %.3f s (medians of 3)\n",
      percentile(experiments, 0.5), percentile(wall, 0.5), percentile(median, 0.5), percentile(p95, 0.5));
}

}  // namespace
}  // namespace nocturne::test

int main(int count, char** words) {
  using namespace nocturne::test;
  Settings settings;
  CLI::App app{"The night in numbers"};
  app.add_option("program", settings.program, "the nocturne program")->required();
  app.add_option("--seeds", settings.seeds, "seeds per recipe")->capture_default_str();
  app.add_option("--kills", settings.kills, "kills")->capture_default_str();
  app.add_option("--seed", settings.first_seed, "of the first night with kills")->capture_default_str();
  app.add_option("--bench", settings.bench, "bench")->capture_default_str();
  CLI11_PARSE(app, count, words);
  if (settings.seeds > 0) {
    for (const char* recipe : {"cspbbr3_blue_470", "cspbbr3_cyan_490", "cspbbr3_green_510"})
      experiments_to_the_target(settings, recipe);
    length_of_a_night(settings);
  }
  if (settings.kills > 0) print(kill_nights({settings.bench, settings.kills, settings.first_seed}));
}
