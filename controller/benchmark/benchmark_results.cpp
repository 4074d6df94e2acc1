#include "controller/benchmark/benchmark_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controller/json_types.hpp"
#include "controller/output_lines.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

OrderedJson json_of(const std::optional<int>& number) {
  return number ? OrderedJson(*number) : OrderedJson(nullptr);
}

std::string text_of(const BenchmarkRun& run) {
  const BenchmarkKey& key = run.key;
  return nocturne::line_of(OrderedJson{{"world", key.world},
                                       {"digest", key.digest},
                                       {"optimizer", key.optimizer},
                                       {"target", key.target},
                                       {"seed", key.seed},
                                       {"budget", key.budget},
                                       {"near_at", json_of(run.near_at)},
                                       {"hit_at", json_of(run.hit_at)},
                                       {"experiments", run.experiments},
                                       {"failures", run.failures},
                                       {"decision_s", run.decision_s},
                                       {"intervals", run.intervals},
                                       {"covered", run.covered}});
}

BenchmarkRun run_of(const Json& json) {
  BenchmarkRun run;
  const auto optional = [&](const char* name) {
    return json.at(name).is_null() ? std::optional<int>{} : json.at(name).get<int>();
  };
  json.at("world").get_to(run.key.world);
  json.at("digest").get_to(run.key.digest);
  json.at("optimizer").get_to(run.key.optimizer);
  json.at("target").get_to(run.key.target);
  json.at("seed").get_to(run.key.seed);
  json.at("budget").get_to(run.key.budget);
  run.near_at = optional("near_at");
  run.hit_at = optional("hit_at");
  json.at("experiments").get_to(run.experiments);
  json.at("failures").get_to(run.failures);
  json.at("decision_s").get_to(run.decision_s);
  json.at("intervals").get_to(run.intervals);
  json.at("covered").get_to(run.covered);
  return run;
}

}  // namespace

double median_seconds(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

BenchmarkResults::BenchmarkResults(const std::filesystem::path& file, const std::string& build) {
  std::error_code error;
  const bool there = std::filesystem::exists(file, error) && std::filesystem::file_size(file, error) > 0;
  if (there) read(file, build);
  out_.open(file, std::ios::app | std::ios::binary);
  if (!out_) throw FileError{file.string() + ": cannot be written"};
  if (!there) write(line_of(OrderedJson{{"build", build}}));
}

void BenchmarkResults::read(const std::filesystem::path& file, const std::string& build) {
  std::ifstream in{file, std::ios::binary};
  if (!in) throw FileError{file.string() + ": cannot be read"};
  std::string line;
  std::uintmax_t whole = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    if (in.eof()) break;  // the line that was being written when the program died
    whole += line.size() + 1;
    try {
      if (number == 1 && !Json::parse(line).contains("build")) throw std::invalid_argument{"says no build"};
      take(line, build);
    } catch (const FileError& wrong) {
      throw FileError{fmt::format("{}:{}: {}", file.string(), number, wrong.what())};
    } catch (const std::exception&) {
      throw FileError{fmt::format("{}:{}: is no line of benchmark results", file.string(), number)};
    }
  }
  in.close();
  if (whole < std::filesystem::file_size(file)) std::filesystem::resize_file(file, whole);
}

void BenchmarkResults::take(const std::string& line, const std::string& build) {
  const Json json = Json::parse(line);
  if (json.contains("build")) {
    if (json.at("build").get<std::string>() != build)
      throw FileError{"these are results of another build of the program (choose another --results)"};
  } else if (json.contains("name")) {
    known_[json.at("name").get<std::string>()] = json.at("values").get<std::vector<double>>();
  } else {
    BenchmarkRun run = run_of(json);
    runs_[run.key] = run;
  }
}

void BenchmarkResults::write(const std::string& line) {
  if (!out_.is_open()) return;
  out_ << line << '\n' << std::flush;
  if (!out_) throw std::runtime_error{"the results file could not be written"};
}

std::optional<BenchmarkRun> BenchmarkResults::find(const BenchmarkKey& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = runs_.find(key);
  return found == runs_.end() ? std::nullopt : std::optional{found->second};
}

void BenchmarkResults::add(const BenchmarkRun& run) {
  const std::lock_guard lock{mutex_};
  write(text_of(run));
  runs_[run.key] = run;
}

std::optional<std::vector<double>> BenchmarkResults::known(const std::string& name) const {
  const std::lock_guard lock{mutex_};
  const auto found = known_.find(name);
  return found == known_.end() ? std::nullopt : std::optional{found->second};
}

void BenchmarkResults::keep(const std::string& name, const std::vector<double>& values) {
  const std::lock_guard lock{mutex_};
  write(line_of(OrderedJson{{"name", name}, {"values", values}}));
  known_[name] = values;
}

}  // namespace nocturne
