#include "controller/command_line.hpp"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <functional>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "controller/analyze/analyze.hpp"
#include "controller/bench/devices_command.hpp"
#include "controller/bench/devices_serve.hpp"
#include "controller/bench/devices_wire.hpp"
#include "controller/benchmark/benchmark_command_line.hpp"
#include "controller/calibrate/calibrate_command.hpp"
#include "controller/campaign/restored_campaign.hpp"
#include "controller/campaign/run.hpp"
#include "controller/campaign/schedule.hpp"
#include "controller/campaign/steering.hpp"
#include "controller/doctor.hpp"
#include "controller/export/export_command.hpp"
#include "controller/journal/journal_command.hpp"
#include "controller/knowledge/design.hpp"
#include "controller/knowledge/import.hpp"
#include "controller/knowledge/night_library.hpp"
#include "controller/knowledge/verify_on_bench.hpp"
#include "controller/log/log_check.hpp"
#include "controller/log/log_schema_page.hpp"
#include "controller/option_values.hpp"
#include "controller/plant/plant_command_line.hpp"
#include "controller/propose/propose_command_line.hpp"
#include "controller/rehearsal/rehearse_command.hpp"
#include "controller/replay/what_if.hpp"
#include "controller/report/report_command.hpp"
#include "controller/watch/watch_command.hpp"
#include "devices/error.hpp"
#include "models/spectra/spectrum_text.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

constexpr int kNotAchieved = 1;
constexpr int kBadInput = 2;
constexpr int kBenchFault = 3;
constexpr int kMostExperiments = 100'000;
constexpr int kMostCandidates = 100;

/// After midnight, by the clock on this machine's wall.
Duration time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return std::chrono::hours{local.tm_hour} + std::chrono::minutes{local.tm_min} +
         std::chrono::seconds{local.tm_sec};
}

/// Every command adds itself to the program; the one that was named leaves what it does in `action`.
struct Program {
  CLI::App app{
      "Nocturne runs a flow reactor through the night and makes quantum dots of the wavelength asked for."};
  std::function<int()> action;
  const Clock& wall_clock;
  bool json = false;
  std::uint64_t seed = 1;
  std::string bench = "virtual", material = "cspbbr3";
  std::string log = "nocturne.db";
  std::string optimizer = kDefaultStrategy;
  EarlierRequest earlier{};
  std::string faults{}, start{}, until{};

  CLI::App* command(const char* name, const char* what) {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_flag("--json", json, "JSON on stdout and nothing else there");
    return made;
  }
  CLI::Option* add_log(CLI::App* command) {
    return command->add_option("--log", log, "the log (SQLite)")->capture_default_str();
  }
  void add_seed(CLI::App* command) {
    command->add_option("--seed", seed, "same seed, same results")
        ->capture_default_str()
        ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  }
  void add_faults(CLI::App* command) {
    command->add_option("--faults", faults, "what goes wrong with the virtual instruments, and when");
  }
  std::optional<FaultScenario> scenario() const {
    return faults.empty() ? std::nullopt : std::optional{read_fault_scenario(faults)};
  }
  RunOptions run_options() {
    return RunOptions{log, json, progress(), scenario(), make_schedule(start, until, time_of_day())};
  }
  void add_schedule(CLI::App* command) {
    command->add_option("--start", start, "wait until the clock on the wall shows this, such as 22:00");
    command->add_option("--until", until, "latest end, such as 07:00: nothing is hot or flowing afterwards");
  }
  void add_optimizer(CLI::App* command) {
    command->add_option("--optimizer", optimizer, "what chooses: " + allowed_strategies())
        ->capture_default_str();
  }
  CLI::Option* add_literature(CLI::App* command) {
    return command
        ->add_option("--literature", earlier.literature,
                     "published syntheses to begin with, a CSV file or the name of a shipped one; repeatable")
        ->take_all()
        ->allow_extra_args(false);
  }
  CLI::Option* add_from(CLI::App* command) {
    return command
        ->add_option("--from", earlier.logs,
                     "log of an earlier campaign, or an imported one, to begin with; repeatable")
        ->take_all()
        ->allow_extra_args(false);
  }
  Material read_shipped_material() const { return read_material(find_shipped(material, "materials")); }
  Progress::Style progress() const {
    return isatty(STDERR_FILENO) ? Progress::Style::live : Progress::Style::lines;
  }
};

BenchDescription read_bench_and_plant(const std::string& name, std::optional<PlantParameters>& plant) {
  BenchDescription bench = read_bench(find_shipped(name, "benches"));
  if (bench.plant) plant = read_plant(*bench.plant);
  return bench;
}

void print(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) std::cerr << message << '\n';
}

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
      return run(files, program.run_options(), program.wall_clock, std::cout);
    };
  });
}

void add_resume(Program& program) {
  CLI::App* command = program.command("resume", "Continue a campaign after a stop or a crash");
  command->add_option("log", program.log, "its log")->required();
  program.add_faults(command);
  program.add_schedule(command);
  command->callback([&program] {
    program.action = [&program] { return resume(program.run_options(), program.wall_clock, std::cout); };
  });
}

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

void add_steer(Program& program) {
  auto request = std::make_shared<SteerRequest>();
  auto number = std::make_shared<std::string>();
  CLI::App* command = program.command("steer", "Ask something of a campaign that runs");
  command->add_option("log", program.log, "its log")->required();
  command
      ->add_option("what", request->what,
                   "pause (after the experiment at hand), resume, abort, budget or target")
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

/// Of the outputs that are modelled when the recipe's targets and this wish are.
std::string modelled_outputs(const CampaignFiles& files) {
  std::string names;
  for (const ModelledOutput& output :
       emission_outputs(files.recipe.variables, files.recipe.targets, emitters_of(files.material)))
    names += (names.empty() ? "" : ",") + output.name;
  return names;
}

/// A design that may be made at once.
struct DesignRequest {
  DesignOptions options;
  std::string target, folder;
  std::string verifying_log;  ///< of the campaign that makes the first candidate; empty = none
  std::string bench;          ///< that makes it; empty = that of the log
};

CampaignHeader on_another_bench(CampaignHeader header, const std::string& name) {
  const BenchDescription bench = read_bench(find_shipped(name, "benches"));
  header.bench_file = bench.file;
  header.bench_text = bench.text;
  header.plant_file = bench.plant ? bench.plant->string() : "";
  header.plant_text = bench.plant ? plant_text(*bench.plant) : "";
  return header;
}

int answer(const Program& program, const DesignRequest& request, const Optimizer& optimizer,
           const CampaignHeader* known) {
  const DesignOptions& options = request.options;
  const DesignAnswer found = optimizer.design(options.target, options.count);
  const int status = tell(found, options, std::cout);
  if (request.verifying_log.empty() || found.candidates.empty()) return status;
  if (known == nullptr)
    throw std::invalid_argument{
        "--verify-on-bench needs the log of a campaign, which says what a bench makes"};
  CampaignHeader header = campaign_of(found.candidates.front(), options.target, *known);
  if (!request.bench.empty()) header = on_another_bench(std::move(header), request.bench);
  std::cout.flush();
  RunOptions run_options{request.verifying_log, options.json, program.progress(), {}, {}};
  return verify_on_bench(found.candidates.front(), header, run_options, program.wall_clock, std::cout);
}

/// From all nights of a folder, for the bench of the newest.
int design_from_library(const Program& program, const DesignRequest& request) {
  NightLibrary library{request.folder};
  RestoredCampaign restored{library.newest()};
  CampaignFiles& files = restored.files;
  files.recipe.targets.push_back(request.options.target);
  files.header.earlier_text = text_of(library.studies());
  const std::string outputs = modelled_outputs(files);
  files.learned = library.learned(outputs);
  const bool is_new = files.learned.empty();
  const std::unique_ptr<Optimizer> optimizer = restored.fresh_optimizer();
  const int status = answer(program, request, *optimizer, &files.header);
  if (is_new) library.keep(outputs, optimizer->learned());
  print(library.messages());
  return status;
}

int design_from_log(const Program& program, DesignRequest request) {
  const Log log = Log::open(program.log, Log::Access::read);
  const CampaignRecord record = read_campaign(log);
  check_measured(request.options.target, record, log.file().string());
  if (log.header().origin == "campaign") {
    RestoredCampaign restored{log.header()};
    restored.files.recipe.targets.push_back(request.options.target);  // so that what it asks for is modelled
    add_earlier(restored.files, program.earlier);
    print(restored.files.messages);
    const std::unique_ptr<Optimizer> optimizer = restored.fresh_optimizer();
    restore(*optimizer, record);
    return answer(program, request, *optimizer, &restored.files.header);
  }
  const ImportedModel model =
      model_of_imported(record, log.file().string(), program.earlier, request.options.target);
  print(model.messages);
  for (const std::string& name : model.left_out)
    std::cerr << name << " is left out: some imported rows lack it\n";
  request.options.choices = model.choices;
  return answer(program, request, *model.optimizer, nullptr);
}

void add_design(Program& program) {
  auto request = std::make_shared<DesignRequest>();
  DesignOptions& options = request->options;
  CLI::App* command = program.command("design", "Conditions for a wavelength, from what logs have learned");
  command->add_option("--target", request->target, "emission peak in nm")->required();
  command->add_option("--tolerance", options.target.tolerance, "nm")
      ->capture_default_str()
      ->check(number_above_zero());
  command->add_option("--fwhm-max", options.target.fwhm_max_meV, "widest line allowed, in meV")
      ->check(number_above_zero());
  command->add_option("--plqy-min", options.target.plqy_min, "smallest quantum yield, 0 to 1")
      ->check(share());
  command->add_option("--yield-min", options.target.yield_min, "smallest yield of the reaction, 0 to 1")
      ->check(share());
  command->add_option("--count", options.count, "how many candidates")
      ->capture_default_str()
      ->check(whole_number(1, kMostCandidates));
  CLI::Option* literature = program.add_literature(command);
  CLI::Option* log = program.add_log(command);
  command->add_option("--library", request->folder, "all logs of this folder instead of one")
      ->excludes(log)
      ->excludes(literature);
  CLI::Option* verify = command->add_option("--verify-on-bench", request->verifying_log,
                                            "make the first candidate, with this new log");
  command->add_option("--bench", request->bench, "that makes it [the log's]")->needs(verify);
  command->callback([&program, request] {
    program.action = [&program, request] {
      request->options.target.value = parse_target_nm(request->target);
      request->options.json = program.json;
      return request->folder.empty() ? design_from_log(program, *request)
                                     : design_from_library(program, *request);
    };
  });
}

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

void add_replay(Program& program) {
  struct Arguments {
    bool verify = false, reanalyze = false, what_if = false, watch = false;
    double speed = 60.0;
    WhatIf change;
    std::vector<std::string> targets;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.command("replay", "Do again what a log says was done");
  command->add_option("log", program.log, "the log")->required();
  CLI::Option_group* what = command->add_option_group("what");
  what->add_flag("--verify", arguments->verify, "same decisions and observations again, bit for bit");
  what->add_flag("--reanalyze", arguments->reanalyze, "today's analysis of the logged spectra");
  CLI::Option* what_if = what->add_flag("--what-if", arguments->what_if, "the night as it might have been");
  CLI::Option* watch = what->add_flag("--watch", arguments->watch, "the night again, on the terminal");
  what->require_option(1);
  command->add_option("--speed", arguments->speed, "of --watch: how many times as fast")
      ->capture_default_str()
      ->check(number_above_zero())
      ->needs(watch);
  add_what_if(program, command, what_if, arguments->change, arguments->targets);
  command->callback([&program, arguments] {
    program.action = [&program, arguments] {
      const Log log = Log::open(program.log, Log::Access::read);
      const CampaignHeader& header = log.header();
      if (arguments->watch) return watch_again(log, arguments->speed, isatty(STDOUT_FILENO) != 0, std::cout);
      if (arguments->what_if) {
        WhatIf& change = arguments->change;
        for (const std::string& target : arguments->targets)
          change.targets_nm.push_back(parse_target_nm(target));
        change.earlier = program.earlier;
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
      return replay_reanalyze(log, tools, program.json, std::cout, std::cerr);
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

void add_import(Program& program) {
  auto request = std::make_shared<ImportRequest>();
  CLI::App* command = program.command("import", "Other people's experiments become a log");
  command->add_option("table", request->table, "their table (CSV, TSV, ...)")->required();
  command->add_option("--map", request->map, "what its columns mean, a file or the name of a shipped one")
      ->required();
  command->add_option("--spectra", request->spectra, "folder of their spectra");
  program.add_log(command);
  command->callback([&program, request] {
    program.action = [&program, request] {
      request->map = find_shipped(request->map.string(), "imports");
      request->log = program.log;
      request->materials = shipped_folder() / "materials";
      request->versions = library_versions();
      const ImportResult result = import_table(*request);
      std::cerr << result.experiments << " experiments with " << result.spectra << " spectra imported, "
                << result.skipped_rows << " rows skipped; log " << program.log << ", fingerprint "
                << result.fingerprint << "\n";
      if (program.json)
        std::cout << nlohmann::json{{"experiments", result.experiments},
                                    {"spectra", result.spectra},
                                    {"skipped", result.skipped_rows},
                                    {"log", program.log},
                                    {"fingerprint", result.fingerprint}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
      return 0;
    };
  });
}

void add_analyze(Program& program) {
  auto options = std::make_shared<AnalyzeOptions>();
  CLI::App* command = program.command("analyze", "What a spectrum says about the dots");
  command
      ->add_option("files", options->files,
                   "spectra: vendors' text files, CSV, JCAMP-DX; - is the standard input")
      ->required();
  command->add_option("--dark", options->dark, "a dark spectrum, subtracted from every file");
  command->add_option("--reference", options->reference, "a reference, which makes absorbance of counts");
  command->add_option("--absorbance", options->absorbance,
                      "absorbance of the same droplet: emission is corrected for what it absorbs itself");
  command->add_option("--path-cm", options->path_cm, "optical path of the absorbance, for concentrations")
      ->check(number_above_zero());
  command->add_option("--excitation-nm", options->excitation_nm, "what excites the emission")
      ->check(number_above_zero())
      ->capture_default_str();
  command->add_flag("--details", options->details, "every quantity with its standard error");
  command->add_option("--plot", options->plots, "a folder: one SVG per file of what was found");
  command->add_option("--material", program.material, "material file or name")->capture_default_str();
  const auto kind = std::make_shared<std::string>("automatic");
  command->add_option("--kind", *kind, "pl, absorbance or automatic")
      ->check([](const std::string& text) {
        return spectrum_kind(text) ? "" : "'" + text + "' is no kind (pl, absorbance or automatic)";
      })
      ->type_name("KIND")
      ->capture_default_str();
  command->callback([&program, options, kind] {
    program.action = [&program, options, kind] {
      options->json = program.json;
      options->kind = *spectrum_kind(*kind);
      return analyze(*options, program.read_shipped_material(), std::cin, std::cout, std::cerr);
    };
  });
}

void add_calibrate(Program& program) { add_calibrate_commands(program.app, program.json, program.action); }

void add_plant(Program& program) { add_plant_command(program.app, program.json, program.action); }

void add_benchmark(Program& program) {
  add_benchmark_command(program.app, program.wall_clock, program.json, program.action);
}

void add_propose(Program& program) { add_propose_command(program.app, program.json, program.action); }

/// `devices record` and `devices playback`.
void add_wire_commands(Program& program, CLI::App& devices) {
  auto file = std::make_shared<std::string>();
  CLI::App* record =
      devices.add_subcommand("record", "Check, and write everything that travels on the lines into a file");
  record->add_option("bench", program.bench, "bench file, or the name of a shipped one")->required();
  record->add_option("--to", *file, "the new file (JSON lines)")->required();
  record->add_flag("--json", program.json, "one JSON object per instrument");
  record->callback([&program, file] {
    program.action = [&program, file] {
      std::optional<PlantParameters> plant;
      const BenchDescription bench = read_bench_and_plant(program.bench, plant);
      return record_devices(bench, plant, *file, program.json, std::cout);
    };
  });
  CLI::App* playback = devices.add_subcommand(
      "playback", "Check a recorded bench again: this program's drivers, the recorded instruments");
  playback->add_option("file", *file, "what record wrote")->required();
  playback->add_flag("--json", program.json, "one JSON object per instrument, one of what differs");
  playback->callback([&program, file] {
    program.action = [&program, file] {
      return play_back_devices(*file, program.json, std::cout, std::cerr);
    };
  });
}

void add_devices(Program& program) {
  CLI::App* devices =
      program.app.add_subcommand("devices", "Look at a bench's instruments, or offer virtual ones");
  devices->require_subcommand(1);
  CLI::App* check =
      devices->add_subcommand("check", "Identify and read every instrument; move and heat nothing");
  check->add_option("bench", program.bench, "bench file, or the name of a shipped one")->required();
  check->add_flag("--json", program.json, "one JSON object per instrument");
  check->callback([&program] {
    program.action = [&program] {
      std::optional<PlantParameters> plant;
      const BenchDescription bench = read_bench_and_plant(program.bench, plant);
      return check_devices(bench, plant, program.json, std::cout);
    };
  });
  add_wire_commands(program, *devices);
  CLI::App* serve =
      devices->add_subcommand("serve", "Offer the virtual instruments on TCP and pseudo-terminals");
  serve->add_option("bench", program.bench, "bench file, or the name of a shipped one")->required();
  program.add_seed(serve);
  program.add_faults(serve);
  serve->callback([&program] {
    program.action = [&program] {
      std::optional<PlantParameters> plant;
      const BenchDescription bench = read_bench_and_plant(program.bench, plant);
      return serve_devices(bench, plant, program.seed, program.scenario(), std::cout, std::cerr);
    };
  });
}

void add_rehearse(Program& program) {
  struct Arguments {
    std::string recipe = "cspbbr3_green_510", plant = "cspbbr3";
    RehearseOptions options;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.command(
      "rehearse", "Every fault in every phase of a night, on the bench made virtual; status 1 on a breach");
  RehearseOptions& options = arguments->options;
  command->add_option("bench", program.bench, "bench file, or the name of a shipped one")->required();
  command->add_option("--recipe", arguments->recipe, "recipe file, or the name of a shipped one")
      ->capture_default_str();
  command->add_option("--plant", arguments->plant, "stands behind a bench of real instruments")
      ->capture_default_str();
  command->add_option("--instruments", options.instruments, "these alone, with commas")->delimiter(',');
  command->add_option("--faults", options.faults, "these alone, with commas")->delimiter(',');
  command->add_option("--phases", options.phases, "these alone, with commas")->delimiter(',');
  command->add_option("--jobs", options.jobs, "nights at the same time [all cores]")
      ->check(whole_number(1, 1000));
  command->callback([&program, arguments] {
    program.action = [&program, arguments] {
      RehearseOptions asked = arguments->options;
      asked.bench = find_shipped(program.bench, "benches");
      asked.recipe = find_shipped(arguments->recipe, "");
      asked.plant = find_shipped(arguments->plant, "plants");
      asked.json = program.json;
      return rehearse(asked, std::cout, std::cerr);
    };
  });
}

void add_journal(Program& program) {
  auto since = std::make_shared<std::int64_t>(0);
  CLI::App* command = program.command("journal", "A night in plain sentences, from its log");
  command->add_option("log", program.log, "the log")->required();
  command->add_option("--since", *since, "only events after this number")
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command->callback([&program, since] {
    program.action = [&program, since] {
      const Log log = Log::open(program.log, Log::Access::read);
      return tell_journal(log, *since, program.json, std::cout, std::cerr);
    };
  });
}

void add_report(Program& program) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command =
      program.command("report", "A night as one page: figures, tables and methods, from its log");
  command->add_option("log", program.log, "the log")->required();
  command->add_option("--to", options->to, "the HTML file [the log's name with .html]");
  command->callback([&program, options] {
    program.action = [&program, options] {
      options->json = program.json;
      return report(Log::open(program.log, Log::Access::read), *options, std::cout);
    };
  });
}

void add_export(Program& program) {
  auto request = std::make_shared<ExportRequest>();
  CLI::App* command = program.command("export", "A log in formats that other programs read");
  command->add_option("log", program.log, "the log")->required();
  command->add_option("--to", request->folder, "a new or empty folder")->required();
  command
      ->add_option("--format", request->formats,
                   "csv, hdf5 (NeXus), bluesky or ord; with commas, repeatable [csv]")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  command->callback([&program, request] {
    program.action = [&program, request] {
      request->log = program.log;
      request->json = program.json;
      return export_log(*request, std::cout);
    };
  });
}

void add_log_commands(Program& program) {
  CLI::App* log = program.app.add_subcommand("log", "Look into a log itself");
  log->require_subcommand(1);
  CLI::App* check = log->add_subcommand("check", "Is everything in it as it was written? status 1 if not");
  check->add_option("log", program.log, "the log")->required();
  check->add_flag("--json", program.json, "one JSON object");
  check->callback([&program] {
    program.action = [&program] { return tell_log_check(program.log, program.json, std::cout); };
  });
  CLI::App* schema = log->add_subcommand("schema", "What every table, view and event of a log holds");
  schema->add_flag("--json", program.json, "one JSON object instead of Markdown");
  schema->callback(
      [&program] { program.action = [&program] { return tell_log_schema(program.json, std::cout); }; });
}

void add_doctor(Program& program) {
  CLI::App* command = program.command("doctor", "What this machine has and lacks for a night");
  command->callback([&program] { program.action = [&program] { return doctor(program.json, std::cout); }; });
}

int fail(const std::string& what, int status) {
  std::cerr << "nocturne: " << what << std::endl;
  return status;
}

/// What to say about a command line that the program does not understand.
std::string misunderstood(const CLI::App& app, const CLI::ParseError& error) {
  if (!dynamic_cast<const CLI::RequiredError*>(&error)) return error.what();
  const CLI::App* at = &app;  // the last command that was understood
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  const std::vector<const CLI::App*> commands = at->get_subcommands([](const CLI::App*) { return true; });
  if (commands.empty()) return error.what();
  std::string allowed;
  for (const CLI::App* command : commands) allowed += (allowed.empty() ? "" : ", ") + command->get_name();
  const std::vector<std::string> unknown = app.remaining(true);
  return (unknown.empty() ? "which command?" : "no command '" + unknown.front() + "'") +
         " (allowed: " + allowed + "; --help explains them)";
}

}  // namespace

int command_line(int argc, char** argv, const Clock& wall_clock) {
  Program program{.action = {}, .wall_clock = wall_clock};
  program.app.require_subcommand(1);
  program.app.set_version_flag("--version", NOCTURNE_VERSION);
  for (const auto add : {add_run, add_resume, add_steer, add_design, add_replay, add_journal, add_report,
                         add_watch, add_export, add_log_commands, add_import, add_analyze, add_calibrate, add_plant, add_propose,
                         add_benchmark, add_devices, add_rehearse, add_doctor})
    add(program);
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return program.app.exit(help);
  } catch (const CLI::ParseError& error) {
    return fail(misunderstood(program.app, error), kBadInput);
  }
  try {
    const int status = program.action();
    if (std::cout.flush()) return status;
    return fail("standard output could not be written", kNotAchieved);
  } catch (const FileError& error) {
    return fail(error.what(), kBadInput);
  } catch (const DeviceError& error) {
    return fail(error.what(), kBenchFault);
  } catch (const BenchFault& error) {
    return fail(error.what(), kBenchFault);
  } catch (const std::invalid_argument& error) {
    return fail(error.what(), kBadInput);
  } catch (const SpectrumFormatError& error) {
    return fail(error.what(), kBadInput);
  } catch (const std::exception& error) {
    return fail(error.what(), kNotAchieved);
  }
}

}  // namespace nocturne
