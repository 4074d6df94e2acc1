#include "controller/export/export_provenance.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/campaign/reagent_account.hpp"
#include "controller/json.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log_snapshot.hpp"

namespace nocturne {
namespace {

/// Rows that are known beforehand.
class ListedRows final : public ExportRows {
 public:
  explicit ListedRows(std::vector<ExportRow> rows) : rows_{std::move(rows)} {}
  bool next(ExportRow& row) override {
    if (at_ == rows_.size()) return false;
    row = rows_[at_++];
    return true;
  }

 private:
  std::vector<ExportRow> rows_;
  std::size_t at_ = 0;
};

void open_with(ExportTable& table, std::vector<ExportRow> rows) {
  table.open = [rows = std::move(rows)] { return std::make_unique<ListedRows>(rows); };
}

std::string contents_in_words(const Stock& stock) {
  std::vector<std::string> parts;
  for (const auto& [species, concentration] : stock.contents)
    parts.push_back(fmt::format("{} {:.6g} mmol/L", species, concentration.si()));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<KeptText> kept_texts(const CampaignHeader& header) {
  const bool is_import = header.origin == "import";
  std::vector<KeptText> texts{{is_import ? "import_map" : "recipe", header.recipe_file, header.recipe_text},
                              {"bench", header.bench_file, header.bench_text},
                              {"plant", header.plant_file, header.plant_text},
                              {"material", header.material_file, header.material_text}};
  std::erase_if(texts, [](const KeptText& kept) { return kept.content.empty(); });
  return texts;
}

std::vector<std::pair<std::string, std::string>> provenance_of(const LogSnapshot& log) {
  const CampaignHeader& header = log.header();
  std::vector<std::pair<std::string, std::string>> entries{{"campaign", header.id},
                                                           {"name", header.name},
                                                           {"origin", header.origin},
                                                           {"started", header.started},
                                                           {"seed", std::to_string(header.seed)},
                                                           {"optimizer", header.optimizer}};
  if (header.budget) entries.emplace_back("budget", std::to_string(*header.budget));
  if (!header.targets.empty()) entries.emplace_back("targets", canonical_text(Json(header.targets)));
  for (const auto& [what, version] : header.versions) entries.emplace_back("version_" + what, version);
  if (!header.surrogate_sha256.empty()) entries.emplace_back("surrogate_sha256", header.surrogate_sha256);
  for (const auto& [name, file, content] : kept_texts(header)) {
    entries.emplace_back(name + "_file", file);
    entries.emplace_back(name + "_sha256", digest_of(content));
  }
  if (header.origin == "import")
    log.for_each_event([&](const Event& event) {
      if (is<CampaignEnded>(event)) entries.emplace_back("imported_from", read<CampaignEnded>(event).why);
    });
  entries.emplace_back("fingerprint", log.fingerprint());
  entries.emplace_back("exported_by", "nocturne " + library_versions().at("nocturne"));
  return entries;
}

double started_unix_s(const LogSnapshot& log) {
  SQLite::Statement seconds = log.query(
      "SELECT strftime('%s', value) + strftime('%f', value) - strftime('%S', value) FROM header "
      "WHERE key = 'started'");
  return seconds.executeStep() ? seconds.getColumn(0).getDouble() : 0.0;
}

std::vector<Stock> stocks_of(const CampaignHeader& header) {
  if (header.origin != "campaign" || header.recipe_text.empty()) return {};
  return parse_recipe(header.recipe_text, header.recipe_file).stocks;
}

ExportTable export_reagents(const LogSnapshot& log) {
  ExportTable table;
  table.name = "reagents";
  table.description = "What each syringe holds by the recipe, and what has left it";
  table.columns = {{"stock", ExportType::text, "", "its name in the recipe"},
                   {"contents", ExportType::text, "", "with their concentrations; empty = solvent"},
                   {"lot", ExportType::text, "", "as the recipe says"},
                   {"used_mL", ExportType::number, "mL", "what has left the syringe"},
                   {"guessed_mL", ExportType::number, "mL", "how much of that no counter has told"}};
  ReagentAccount account;
  log.for_each_event([&](const Event& event) { account.follow(event); });
  account.close();
  const auto volume = [](const std::map<std::string, Volume>& volumes, const std::string& stock) {
    const auto found = volumes.find(stock);
    return found == volumes.end() ? 0.0 : in_milliliters(found->second);
  };
  std::vector<ExportRow> rows;
  for (const Stock& stock : stocks_of(log.header()))
    rows.push_back({stock.name, contents_in_words(stock), stock.lot, volume(account.before(), stock.name),
                    volume(account.guessed(), stock.name)});
  open_with(table, std::move(rows));
  return table;
}

ExportTable export_provenance(const LogSnapshot& log) {
  ExportTable table;
  table.name = "provenance";
  table.description = "What the log says of itself";
  table.columns = {{"key", ExportType::text, "", "what"}, {"value", ExportType::text, "", "as text"}};
  std::vector<ExportRow> rows;
  for (const auto& [key, value] : provenance_of(log)) rows.push_back({key, value});
  open_with(table, std::move(rows));
  return table;
}

}  // namespace nocturne
