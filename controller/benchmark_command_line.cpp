#include "controller/benchmark_command_line.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>

#include "controller/benchmark.hpp"
#include "controller/option_values.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

std::string allowed_optimizers() {
  std::string text;
  for (const std::string& name : strategy_names()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void add_benchmark_command(CLI::App& app, const Clock& wall_clock, bool& json, std::function<int()>& action) {
  auto options = std::make_shared<BenchmarkOptions>();
  options->jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options->live = isatty(STDERR_FILENO) != 0;
  CLI::App* command =
      app.add_subcommand("benchmark", "Optimizers against one another: experiments to a target");
  command->add_flag("--json", json, "JSON on stdout and nothing else there");
  command->add_option("--plants", options->plants, "plant files or names, with commas [all shipped]")
      ->delimiter(',');
  command->add_option("--optimizers", options->optimizers, allowed_optimizers() + " [all]")->delimiter(',');
  CLI::Option* count =
      command
          ->add_option("--targets", options->target_count,
                       "how many, evenly over what the plant makes (5 to 95 % of its conditions)")
          ->check(whole_number(1, 1000))
          ->capture_default_str();
  command->add_option("--target", options->targets_nm, "these instead, in nm")
      ->delimiter(',')
      ->check(number_above_zero())
      ->excludes(count);
  command->add_option("--seeds", options->seeds, "campaigns per plant, target and optimizer")
      ->check(whole_number(1, 100'000))
      ->capture_default_str();
  command->add_option("--budget", options->budget, "experiments per campaign")
      ->check(whole_number(1, 100'000))
      ->capture_default_str();
  command->add_option("--material", options->material, "of plants that are called like no shipped material")
      ->capture_default_str();
  command->add_option("--results", options->results, "a file of finished runs to add to and to go on from");
  command->add_option("--svg", options->picture, "a picture: share of runs that are there, over experiments");
  command->add_option("--jobs", options->jobs, "runs at the same time [all cores]")
      ->check(whole_number(1, 1024));
  command->callback([&wall_clock, &json, &action, options] {
    action = [&wall_clock, &json, options] {
      options->json = json;
      return benchmark_plants(*options, wall_clock, std::cout, std::cerr);
    };
  });
}

}  // namespace nocturne
