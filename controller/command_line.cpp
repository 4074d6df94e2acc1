#include "controller/command_line.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "controller/analyze/analyze.hpp"
#include "controller/bench/devices_command.hpp"
#include "controller/bench/devices_serve.hpp"
#include "controller/bench/devices_wire.hpp"
#include "controller/benchmark/benchmark_command_line.hpp"
#include "controller/calibrate/calibrate_command.hpp"
#include "controller/doctor.hpp"
#include "controller/plant/plant_command_line.hpp"
#include "controller/program.hpp"
#include "controller/propose/propose_command_line.hpp"
#include "controller/rehearsal/rehearse_command.hpp"
#include "devices/error.hpp"
#include "models/spectra/spectrum_text.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

constexpr int kNotAchieved = 1;
constexpr int kBadInput = 2;
constexpr int kBenchFault = 3;

BenchDescription read_bench_and_plant(const std::string& name, std::optional<PlantParameters>& plant) {
  BenchDescription bench = read_bench(find_shipped(name, "benches"));
  if (bench.plant) plant = read_plant(*bench.plant);
  return bench;
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
      return analyze(*options, read_material(find_shipped(program.material, "materials")), std::cin,
                     std::cout, std::cerr);
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
  const std::vector<const CLI::App*> commands =
      at->get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); });
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
  for (const auto add :
       {add_run,   add_resume,  add_steer,     add_design,       add_replay,   add_journal, add_report,
        add_watch, add_serve,   add_export,    add_log_commands, add_import,   add_analyze, add_calibrate,
        add_plant, add_propose, add_benchmark, add_devices,      add_rehearse, add_doctor})
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
