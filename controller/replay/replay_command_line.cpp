#include <iostream>

#include "controller/campaign/restored_campaign.hpp"
#include "controller/program.hpp"
#include "controller/replay/what_if.hpp"
#include "controller/watch/watch_command.hpp"
#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

/// What a night might have been: options that go with --what-if only.
void add_what_if(Program& program, CLI::App* command, CLI::Option* what_if, WhatIf& change,
                 std::vector<std::string>& targets) {
  command
      ->add_option("--target", targets, "what if it had aimed at this emission peak, in nm; may be repeated")
      ->allow_extra_args(false)
      ->needs(what_if);
  command->add_option("--optimizer", change.optimizer, "what if this had chosen: " + allowed_strategies())
      ->needs(what_if);
  command->add_option("--budget", change.budget, "what if it had had so many experiments")
      ->check(whole_number(1, kMostExperiments))
      ->needs(what_if);
  command->add_option("--seed", change.seed, "what if it had begun with this seed")
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()))
      ->needs(what_if);
  program.add_literature(command)->needs(what_if);
  program.add_from(command)->needs(what_if);
  command
      ->add_option_function<std::string>(
          "--over",
          [&change](const std::string& word) {
            change.answers = word == "model" ? Answers::model : Answers::outcomes;
          },
          "what answers: a model of all that was logged, or the logged outcomes [model]")
      ->check(CLI::IsMember({"model", "outcomes"}))
      ->needs(what_if);
}

}  // namespace

void add_replay(Program& program) {
  struct Arguments {
    bool verify = false, reanalyze = false, what_if = false, watch = false;
    double speed = 60.0;
    std::optional<std::filesystem::path> picture;
    WhatIf change;
    std::vector<std::string> targets;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.command("replay", "Do again what a log says was done");
  command->add_option("log", program.log, "the log")->required();
  CLI::Option_group* what = command->add_option_group("what");
  what->add_flag("--verify", arguments->verify, "same decisions and observations again, bit for bit");
  CLI::Option* reanalyze =
      what->add_flag("--reanalyze", arguments->reanalyze, "today's analysis of the logged spectra");
  CLI::Option* what_if = what->add_flag("--what-if", arguments->what_if, "the night as it might have been");
  CLI::Option* watch = what->add_flag("--watch", arguments->watch, "the night again, on the terminal");
  what->require_option(1);
  command->add_option("--speed", arguments->speed, "of --watch: how many times as fast")
      ->capture_default_str()
      ->check(number_above_zero())
      ->needs(watch);
  command->add_option("--svg", arguments->picture, "of --reanalyze: a picture of what changed")
      ->needs(reanalyze);
  add_what_if(program, command, what_if, arguments->change, arguments->targets);
  command->callback([&program, arguments] {
    program.action = [&program, arguments] {
      const bool checks_itself = arguments->verify || arguments->watch;
      const Log log = checks_itself ? Log::open(program.log, Log::Access::read) : program.log_to_read();
      const CampaignHeader& header = log.header();
      if (arguments->watch) return watch_again(log, arguments->speed, isatty(STDOUT_FILENO) != 0, std::cout);
      if (arguments->what_if) {
        WhatIf& change = arguments->change;
        for (const std::string& target : arguments->targets)
          change.targets_nm.push_back(parse_target_nm(target));
        change.earlier = program.earlier;
        change.log = program.log;
        return replay_what_if(read_campaign(log), change, program.json, std::cout);
      }
      std::optional<RestoredCampaign> restored;
      if (header.origin == "campaign") restored.emplace(header);
      ReplayTools tools;
      if (restored)
        tools = restored->replay_tools();
      else
        tools.interpret = interpretation(parse_material(header.material_text, header.material_file),
                                         InterpretationSettings{});
      if (arguments->verify) return replay_verify(log, tools, program.wall_clock, program.json, std::cout);
      return replay_reanalyze(log, tools, {program.json, arguments->picture}, std::cout, std::cerr);
    };
  });
}

void add_watch(Program& program) {
  CLI::App* command = program.app.add_subcommand("watch", "The night on a terminal, as its log grows");
  command->add_option("log", program.log, "its log")->required();
  command->callback([&program] {
    program.action = [&program] {
      return watch_night(Log::open(program.log, Log::Access::read), isatty(STDOUT_FILENO) != 0, std::cout);
    };
  });
}

}  // namespace nocturne
