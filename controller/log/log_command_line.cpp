#include <iostream>

#include "controller/export/export_command.hpp"
#include "controller/journal/journal_command.hpp"
#include "controller/log/log_check.hpp"
#include "controller/log/log_schema_page.hpp"
#include "controller/program.hpp"
#include "controller/report/report_command.hpp"

namespace nocturne {

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
      return report(program.log_to_read(), *options, std::cout);
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
      request->log = program.log_to_read().file();
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

}  // namespace nocturne
