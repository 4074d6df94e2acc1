#include "controller/plant/plant_command_line.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "controller/option_values.hpp"
#include "controller/plant/plant_command.hpp"
#include "controller/plant/plant_schedule.hpp"
#include "controller/plant/truth_map.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

/// "name=value" pairs, for what a map holds.
Conditions conditions_from(const std::vector<std::string>& pairs) {
  Conditions conditions;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    char* end = nullptr;
    const double value = equals == std::string::npos ? 0.0 : std::strtod(pair.c_str() + equals + 1, &end);
    if (end == nullptr || *end != '\0' || end == pair.c_str() + equals + 1 || !std::isfinite(value))
      throw std::invalid_argument{"--at: '" + pair + "' is not allowed (name=number)"};
    conditions[pair.substr(0, equals)] = value;
  }
  return conditions;
}

}  // namespace

void add_plant_command(CLI::App& app, bool& json, std::function<int()>& action) {
  struct Arguments {
    std::string plant = "cspbbr3", material = "cspbbr3";
    bool describe = false, dynamic = false;
    std::uint64_t seed = 1;
    std::vector<std::string> variables, held;
    TruthMap map;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("plant", "The simulated reactor alone, over JSON lines");
  command->add_flag("--json", json, "as it is anyway");
  command->add_option("--plant", arguments->plant, "plant file, or the name of a shipped one")
      ->capture_default_str();
  command->add_option("--material", arguments->material, "material file or name")->capture_default_str();
  CLI::Option_group* what = command->add_option_group("what");
  what->add_flag("--describe", arguments->describe, "print its variables and outputs");
  what->add_flag("--dynamic", arguments->dynamic, "a schedule in, spectra over time out");
  CLI::Option* map =
      what->add_option("--truth-map", arguments->variables, "two variables: the truth over both, as CSV")
          ->delimiter(',')
          ->expected(2);
  what->require_option(0, 1);
  command->add_option("--at", arguments->held, "map: a variable that is held, as name=value")->needs(map);
  command->add_option("--points", arguments->map.points, "map: points along each side")
      ->needs(map)
      ->check(whole_number(2, 1000))
      ->capture_default_str();
  command->add_option("--of", arguments->map.output, "map: the output in the picture")
      ->needs(map)
      ->capture_default_str();
  command->add_option("--svg", arguments->map.picture, "map: a picture of it")->needs(map);
  command->add_option("--seed", arguments->seed, "dynamic: of drifts and noise")->capture_default_str();
  command->callback([&action, arguments] {
    action = [arguments] {
      const PlantParameters plant = read_plant(find_shipped(arguments->plant, "plants"));
      if (arguments->dynamic) return plant_schedule(plant, arguments->seed, std::cin, std::cout, std::cerr);
      if (arguments->variables.size() == 2) {
        arguments->map.variables = {arguments->variables[0], arguments->variables[1]};
        arguments->map.held = conditions_from(arguments->held);
        return truth_map(plant, arguments->map, std::cout);
      }
      return plant_command(plant, read_material(find_shipped(arguments->material, "materials")),
                           arguments->describe, std::cin, std::cout, std::cerr);
    };
  });
}

}  // namespace nocturne
