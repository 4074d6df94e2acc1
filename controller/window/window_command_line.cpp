#include <iostream>

#include "controller/program.hpp"
#include "controller/window/window_command.hpp"

namespace nocturne {

void Program::add_window_options(CLI::App* command) {
  command->add_option("--token-file", window.token_file,
                      "its first line is what acts, instead of a random token");
  command->add_option("--mqtt", window.mqtt, "a broker that is told the news, HOST:PORT");
}

void Program::add_window(CLI::App* command) {
  command
      ->add_option_function<std::string>(
          "--serve",
          [this](const std::string& address) {
            window.beside = true;
            window.listen = address;
          },
          "the window for browsers, at this HOST:PORT [127.0.0.1:8350]")
      ->expected(0, 1);
  add_window_options(command);
}

int Program::with_window(const std::function<int(const RunOptions&)>& run_campaign) {
  RunOptions options = run_options();
  if (!window.beside) return run_campaign(options);
  WindowBeside beside{window.settings(), [](const std::string& line) { std::cerr << line << std::endl; }};
  std::optional<Departure> departure;
  options.log_is_there = [&] {
    departure.emplace();
    print(beside.window().invitation());
    beside.open(options.log);
  };
  const int status = run_campaign(options);
  if (!departure) return status;
  print({"the window stays open at " + beside.window().url() + " (Ctrl-C closes it)"});
  departure->wait();
  return status;
}

void add_serve(Program& program) {
  auto library = std::make_shared<std::string>();
  CLI::App* command = program.command("serve", "A night for browsers, while it runs and afterwards");
  program.add_log(command);
  command->add_option("--library", *library, "a folder with more logs (*.db), for Replay");
  command->add_option("--listen", program.window.listen, "HOST:PORT [127.0.0.1:8350]");
  program.add_window_options(command);
  command->callback([&program, library] {
    program.action = [&program, library] {
      return serve(program.log, *library, program.window.settings(), program.json, std::cout, std::cerr);
    };
  });
}

}  // namespace nocturne
