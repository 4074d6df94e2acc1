#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/run.hpp"
#include "controller/campaign/steering.hpp"
#include "controller/knowledge/earlier_studies.hpp"
#include "controller/option_values.hpp"
#include "controller/progress.hpp"
#include "controller/window/window.hpp"
#include "devices/clock.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/fault_file.hpp"

namespace nocturne {

/// After midnight, by the clock on this machine's wall.
Duration time_of_day();

/// Messages for people, a line each, to stderr.
void print(const std::vector<std::string>& messages);

/// What the command line says of the window.
struct WindowOptions {
  bool beside = false;  ///< a campaign
  std::string listen;   ///< HOST:PORT; empty = where it usually listens
  std::string token_file;
  std::string mqtt;  ///< HOST:PORT; empty = no broker

  WindowSettings settings() const {
    WindowSettings settings{{}, token_file, {}};
    if (!listen.empty()) settings.address = parse_listen_address(listen);
    if (!mqtt.empty()) settings.mqtt = parse_listen_address(mqtt);
    return settings;
  }
};

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
  WindowOptions window{};

  CLI::App* command(const char* name, const char* what) {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_flag("--json", json, "JSON on stdout and nothing else there");
    return made;
  }
  CLI::Option* add_log(CLI::App* command) {
    return command->add_option("--log", log, "the log (SQLite)")->capture_default_str();
  }
  /// `log`, to read it as a whole. Says on stderr what is not as it was written.
  Log log_to_read() const;
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
    return RunOptions{log, json, progress(), scenario(), make_schedule(start, until, time_of_day()), {}};
  }
  /// With the window beside it, if it was asked for: listens at once, and opens when there is a log.
  int with_window(const std::function<int(const RunOptions&)>& run_campaign);
  void add_schedule(CLI::App* command) {
    command->add_option("--start", start, "wait until the clock on the wall shows this, such as 22:00");
    command->add_option("--until", until, "latest end, such as 07:00: nothing is hot or flowing afterwards");
  }
  /// What `serve` and `--serve` have in common.
  void add_window_options(CLI::App* command);
  /// `--serve`: the window beside a campaign.
  void add_window(CLI::App* command);
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
  Progress::Style progress() const {
    return isatty(STDERR_FILENO) ? Progress::Style::live : Progress::Style::lines;
  }
};

// The commands of the rooms, each beside what it does.
void add_run(Program& program);
void add_resume(Program& program);
void add_steer(Program& program);
void add_design(Program& program);
void add_import(Program& program);
void add_replay(Program& program);
void add_watch(Program& program);
void add_journal(Program& program);
void add_report(Program& program);
void add_export(Program& program);
void add_log_commands(Program& program);
void add_serve(Program& program);

}  // namespace nocturne
