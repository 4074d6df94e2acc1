#include "controller/calibrate/calibrate_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "controller/calibrate/calibrate.hpp"
#include "controller/option_values.hpp"
#include "recipes/library.hpp"

namespace nocturne {
namespace {

/// `calibrate` while its commands are added.
struct Calibrate {
  CLI::App& app;
  bool& json;
  std::function<int()>& action;

  CLI::App* command(const char* name, const char* what) const {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_flag("--json", json, "JSON on stdout and nothing else there");
    return made;
  }
};

void add_time(CLI::App* command, TimeChoice& time) {
  command->add_option("--time", time.column, "column of the time: its heading, or its number from 1 on");
  command->add_option("--time-unit", time.unit, "ms, s, min, h or d, instead of the heading's");
}

void add_wavelengths(Calibrate calibrate) {
  auto options = std::make_shared<WavelengthOptions>();
  CLI::App* command =
      calibrate.command("wavelengths", "How far the wavelengths are off, from a mercury-argon lamp");
  command->add_option("lamp", options->lamp, "spectrum of the lamp; - is the standard input")->required();
  command->add_option("--dark", options->dark, "a dark spectrum of the same exposure");
  command->callback([calibrate, options] {
    calibrate.action = [calibrate, options] {
      options->json = calibrate.json;
      return calibrate_wavelengths(*options, std::cin, std::cout);
    };
  });
}

void add_residence(Calibrate calibrate) {
  auto options = std::make_shared<ResidenceOptions>();
  CLI::App* command = calibrate.command("residence", "Residence time distribution from a tracer pulse");
  command->add_option("tracer", options->tracer, "table of a detector over time; - is the standard input")
      ->required();
  CLI::Option* injection =
      command->add_option("--injection", options->injection_s, "when the tracer was injected, s on its clock")
          ->check(finite_number());
  command->add_option("--inlet", options->inlet, "column of a detector at the inlet, which says when")
      ->excludes(injection);
  command->add_option("--signal", options->signal, "column at the outlet: its heading, or its number");
  command->add_option("--volume-uL", options->volume_uL, "of the reactor")->check(number_above_zero());
  command->add_option("--flow-mL-per-min", options->flow_mL_min, "through it")->check(number_above_zero());
  add_time(command, options->time);
  command->callback([calibrate, options] {
    calibrate.action = [calibrate, options] {
      options->json = calibrate.json;
      return calibrate_residence(*options, std::cin, std::cout);
    };
  });
}

void add_yield(Calibrate calibrate) {
  auto measurement = std::make_shared<std::string>();
  CLI::App* command = calibrate.command("yield", "Quantum yields relative to a reference, with provenance");
  command->add_option("measurement", *measurement, "yield measurement (TOML); - is the standard input")
      ->required();
  command->callback([calibrate, measurement] {
    calibrate.action = [calibrate, measurement] {
      return calibrate_yield(*measurement, calibrate.json, std::cin, std::cout);
    };
  });
}

void add_standards(Calibrate calibrate) {
  auto options = std::make_shared<StandardOptions>();
  CLI::App* command = calibrate.command("standards", "Whether a standard stayed, drifted or stepped");
  command->add_option("table", options->table, "time, value and its standard error; - is the standard input")
      ->required();
  command->add_option("--value", options->value, "column of the values: its heading, or its number");
  command->add_option("--error", options->error, "column of their standard errors, likewise");
  command->add_option("--false-alarm-rate", options->false_alarm_rate, "of drift or step, by noise alone")
      ->check(number_above_zero())
      ->capture_default_str();
  add_time(command, options->time);
  command->callback([calibrate, options] {
    calibrate.action = [calibrate, options] {
      options->json = calibrate.json;
      return calibrate_standards(*options, std::cin, std::cout);
    };
  });
}

void add_sizing(Calibrate calibrate) {
  auto options = std::make_shared<SizingOptions>();
  auto material = std::make_shared<std::string>("cspbbr3");
  CLI::App* command = calibrate.command("sizing", "How far sizes are off, from TEM or SAXS of some samples");
  command
      ->add_option(
          "table", options->table,
          "peak_nm or first_exciton_nm, edge_nm, edge_nm_se and method of each; - is the standard input")
      ->required();
  command->add_option("--material", *material, "whose sizing curve: a file, or the name of a shipped one")
      ->capture_default_str();
  command->add_option("--to", options->to, "a new material file with the corrected curve");
  command->callback([calibrate, options, material] {
    calibrate.action = [calibrate, options, material] {
      options->json = calibrate.json;
      options->material = find_shipped(*material, "materials");
      return calibrate_sizing(*options, std::cin, std::cout);
    };
  });
}

}  // namespace

void add_calibrate_commands(CLI::App& app, bool& json, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("calibrate", "What the bench is, from measurements of known things");
  command->require_subcommand(1);
  const Calibrate calibrate{*command, json, action};
  for (const auto add : {add_wavelengths, add_residence, add_yield, add_standards, add_sizing})
    add(calibrate);
}

}  // namespace nocturne
