#include <iostream>
#include <nlohmann/json.hpp>

#include "controller/campaign/restored_campaign.hpp"
#include "controller/knowledge/design.hpp"
#include "controller/knowledge/import.hpp"
#include "controller/knowledge/logged_model.hpp"
#include "controller/knowledge/night_library.hpp"
#include "controller/knowledge/verify_on_bench.hpp"
#include "controller/program.hpp"
#include "optimizer/emission_problem.hpp"
#include "recipes/library.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

constexpr int kMostCandidates = 100;
constexpr std::size_t kMostMessages = 20;

void tell_at_most(const std::vector<std::string>& lines, std::size_t most, std::ostream& out) {
  for (std::size_t i = 0; i < std::min(lines.size(), most); ++i) out << lines[i] << '\n';
  if (lines.size() > most) out << "and " << lines.size() - most << " more such messages (all with --json)\n";
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
  std::string material;       ///< in the folder; empty = the only one
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
  RunOptions run_options{request.verifying_log, options.json, program.progress(), {}, {}, {}};
  return verify_on_bench(found.candidates.front(), header, run_options, program.wall_clock, std::cout);
}

/// From all nights of a folder, for the bench of the newest on the material.
int design_from_library(const Program& program, DesignRequest request) {
  NightLibrary library{request.folder, request.material};
  request.options.about = designed_for(library.newest());
  RestoredCampaign restored{library.newest()};
  CampaignFiles& files = restored.files;
  files.recipe.targets.push_back(request.options.target);
  files.earlier = library.studies();
  files.from_studies_alone = true;
  if (!request.verifying_log.empty()) files.header.earlier_text = text_of(files.earlier);
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
  const Log log = program.log_to_read();
  const CampaignRecord record = read_campaign(log);
  const LoggedModel model =
      logged_model(record, log.file().string(), request.options.target, program.earlier);
  print(model.messages);
  request.options.choices = model.choices;
  request.options.about = designed_for(record.header);
  const MadeExperiments made{record, model.variables};
  request.options.made = &made;
  return answer(program, request, *model.optimizer, model.campaign ? &model.campaign->files.header : nullptr);
}

}  // namespace

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
  CLI::Option* library =
      command->add_option("--library", request->folder, "all logs of this folder instead of one")
          ->excludes(log)
          ->excludes(literature);
  command->add_option("--material", request->material, "of the library's campaigns [the only one]")
      ->needs(library);
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
      tell_at_most(result.messages, kMostMessages, std::cerr);
      std::cerr << result.experiments << " experiments with " << result.spectra << " spectra imported, "
                << result.skipped_rows << " rows skipped, " << result.repeated_rows
                << " counted once with another; log " << program.log << ", fingerprint " << result.fingerprint
                << "\n";
      if (program.json)
        std::cout << nlohmann::json{{"experiments", result.experiments}, {"spectra", result.spectra},
                                    {"skipped", result.skipped_rows},    {"repeated", result.repeated_rows},
                                    {"messages", result.messages},       {"log", program.log},
                                    {"fingerprint", result.fingerprint}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
      return 0;
    };
  });
}

}  // namespace nocturne
