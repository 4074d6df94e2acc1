#include <pwd.h>

#include <iostream>

#include "controller/campaign/schedule.hpp"
#include "controller/program.hpp"
#include "recipes/library.hpp"

namespace nocturne {
namespace {

/// What a person asks, with the number that goes with it.
SteerRequest asked(SteerRequest request, const std::string& number, const std::string& log) {
  const bool needs_number = request.what == "budget" || request.what == "target";
  if (needs_number == number.empty())
    throw std::invalid_argument{needs_number ? "how many experiments, or which wavelength?"
                                             : request.what + " goes with no number"};
  if (request.what == "target") request.target = further_target(log, parse_target_nm(number));
  if (request.what == "budget") {
    const std::string wrong = whole_number(1, kMostExperiments)(number);
    if (!wrong.empty()) throw std::invalid_argument{"budget: " + wrong};
    request.experiments = std::stoi(number);
  }
  return request;
}

}  // namespace

void add_run(Program& program) {
  struct Arguments {
    std::string recipe;
    std::vector<std::string> targets;
    std::optional<int> budget;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.command("run", "Run a campaign");
  command->add_option("recipe", arguments->recipe, "recipe file, or the name of a shipped one")->required();
  command->add_option("--bench", program.bench, "bench file, or the name of a shipped one")
      ->capture_default_str();
  command
      ->add_option("--target", arguments->targets,
                   "emission peak in nm, instead of the recipe's; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--budget", arguments->budget, "experiments, instead of the recipe's")
      ->check(whole_number(1, kMostExperiments));
  program.add_optimizer(command);
  program.add_literature(command);
  program.add_from(command);
  program.add_log(command);
  program.add_seed(command);
  program.add_faults(command);
  program.add_schedule(command);
  program.add_window(command);
  command->callback([&program, arguments] {
    program.action = [&program, arguments] {
      CampaignOverrides overrides;
      overrides.earlier = program.earlier;
      for (const std::string& target : arguments->targets)
        overrides.targets_nm.push_back(parse_target_nm(target));
      overrides.budget = arguments->budget;
      overrides.seed = program.seed;
      overrides.optimizer = program.optimizer;
      const CampaignFiles files = read_campaign_files(find_shipped(arguments->recipe, ""),
                                                      find_shipped(program.bench, "benches"), overrides);
      print(files.messages);
      return program.with_window(
          [&](const RunOptions& options) { return run(files, options, program.wall_clock, std::cout); });
    };
  });
}

void add_resume(Program& program) {
  CLI::App* command = program.command("resume", "Continue a campaign after a stop or a crash");
  command->add_option("log", program.log, "its log")->required();
  program.add_faults(command);
  program.add_schedule(command);
  program.add_window(command);
  command->callback([&program] {
    program.action = [&program] {
      return program.with_window(
          [&](const RunOptions& options) { return resume(options, program.wall_clock, std::cout); });
    };
  });
}

void add_steer(Program& program) {
  auto request = std::make_shared<SteerRequest>();
  auto number = std::make_shared<std::string>();
  CLI::App* command = program.command("steer", "Ask something of a campaign that runs");
  command->add_option("log", program.log, "its log")->required();
  command
      ->add_option(
          "what", request->what,
          "pause (after the experiment at hand), resume, abort, budget, target, or acknowledge (an alarm)")
      ->required()
      ->check(CLI::IsMember(steer_words()));
  command->add_option("number", *number, "of budget: experiments in all; of target: one more wavelength");
  command->add_option("--who", request->who, "your name [that of your account]");
  command->add_option("--why", request->why, "for the log")->required();
  command->callback([&program, request, number] {
    program.action = [&program, request, number] {
      const passwd* account = ::getpwuid(::getuid());
      if (request->who.empty()) request->who = account ? account->pw_name : "somebody";
      return steer(program.log, asked(*request, *number, program.log), std::cout);
    };
  });
}

}  // namespace nocturne
