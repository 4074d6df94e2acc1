#include "controller/propose/propose_command_line.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <limits>
#include <memory>

#include "controller/knowledge/earlier_studies.hpp"
#include "controller/option_values.hpp"
#include "controller/propose/propose.hpp"
#include "recipes/space_file.hpp"

namespace nocturne {
namespace {

constexpr int kLongestDesign = 100'000;

/// The published syntheses that fit the space, with a line about each file.
std::vector<Study> studies_for(const Space& space, const std::vector<std::string>& literature) {
  EarlierUse use;
  use.variables = space.variables;
  for (const SpaceObjective& objective : space.objectives) use.outputs.push_back(objective.name);
  EarlierStudies earlier = read_earlier({literature, {}}, use);
  for (const std::string& message : earlier.messages) std::cerr << message << '\n';
  return std::move(earlier.studies);
}

}  // namespace

void add_propose_command(CLI::App& app, bool& json, std::function<int()>& action) {
  struct Arguments {
    std::string space;
    std::vector<std::string> literature;
    ProposeOptions options;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("propose", "Choose experiments for anyone, over JSON lines");
  command->add_flag("--json", json, "JSON on stdout and nothing else there");
  command->add_option("--space", arguments->space, "space file: variables and objectives")->required();
  command
      ->add_option("--initial-design", arguments->options.initial_design,
                   "Sobol points before the model is asked [2, and 1 per 2 variables]")
      ->check(whole_number(0, kLongestDesign));
  command->add_option("--checkpoint", arguments->options.checkpoint,
                      "file that keeps what is said; with one that exists the session goes on from there");
  command
      ->add_option("--literature", arguments->literature,
                   "published experiments to begin with, a CSV file or the name of a shipped one; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--optimizer", arguments->options.optimizer, "what chooses: " + allowed_strategies())
      ->capture_default_str();
  command->add_option("--seed", arguments->options.seed, "same seed, same results")
      ->capture_default_str()
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command->callback([&action, arguments] {
    action = [arguments] {
      const Space space = read_space(arguments->space);
      arguments->options.earlier = studies_for(space, arguments->literature);
      return propose(space, arguments->options, std::cin, std::cout, std::cerr);
    };
  });
}

}  // namespace nocturne
