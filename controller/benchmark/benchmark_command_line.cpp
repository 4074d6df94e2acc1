#include "controller/benchmark/benchmark_command_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "controller/benchmark/benchmark.hpp"
#include "controller/benchmark/benchmark_pool.hpp"
#include "controller/in_parallel.hpp"
#include "controller/option_values.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

struct BenchmarkArguments {
  BenchmarkOptions options;
  std::filesystem::path space, table;
};

void add_worlds(CLI::App& command, BenchmarkArguments& arguments) {
  BenchmarkOptions& options = arguments.options;
  CLI::Option* plants =
      command.add_option("--plants", options.plants, "plant files or names, with commas [all shipped]")
          ->delimiter(',');
  CLI::Option* count =
      command
          .add_option("--targets", options.target_count,
                      "how many, evenly over what the plant makes (5 to 95 % of its conditions)")
          ->check(whole_number(1, 1000))
          ->capture_default_str();
  CLI::Option* targets = command.add_option("--target", options.targets_nm, "these instead, in nm")
                             ->delimiter(',')
                             ->check(number_above_zero())
                             ->excludes(count);
  command.add_option("--material", options.material, "of plants that are called like no shipped material")
      ->capture_default_str();
  CLI::Option* space = command.add_option("--pool", arguments.space,
                                          "instead of plants: a space file, whose points are in a table");
  CLI::Option* table =
      command.add_option("--table", arguments.table, "its measured outcomes, a delimited table");
  space->needs(table);
  table->needs(space);
  space->excludes(plants)->excludes(count)->excludes(targets);
}

}  // namespace

void add_benchmark_command(CLI::App& app, const Clock& wall_clock, bool& json, std::function<int()>& action) {
  constexpr int kMost = 100'000;
  auto arguments = std::make_shared<BenchmarkArguments>();
  BenchmarkOptions& options = arguments->options;
  options.jobs = hardware_threads();
  options.live = isatty(STDERR_FILENO) != 0;
  CLI::App* command =
      app.add_subcommand("benchmark", "Optimizers against one another: experiments to a target");
  command->add_flag("--json", json, "JSON on stdout and nothing else there");
  add_worlds(*command, *arguments);
  command->add_option("--optimizers", options.optimizers, allowed_strategies() + " [all]")->delimiter(',');
  command->add_option("--seeds", options.seeds, "campaigns per plant, target and optimizer")
      ->check(whole_number(1, kMost))
      ->capture_default_str();
  command
      ->add_option("--budget", options.budget,
                   fmt::format("experiments per campaign [{}; of a pool all]", kPlantBudget))
      ->check(whole_number(1, kMost));
  command->add_option("--results", options.results, "a file of finished runs to add to and to go on from");
  command->add_option("--svg", options.picture, "a picture: share of runs that are there, over experiments");
  command->add_option("--jobs", options.jobs, "runs at the same time [all cores]")
      ->check(whole_number(1, 1024));
  command->callback([&wall_clock, &json, &action, arguments] {
    action = [&wall_clock, &json, arguments] {
      arguments->options.json = json;
      if (!arguments->space.empty())
        return benchmark_pool(arguments->options, arguments->space, arguments->table, wall_clock, std::cout,
                              std::cerr);
      return benchmark_plants(arguments->options, wall_clock, std::cout, std::cerr);
    };
  });
}

}  // namespace nocturne
