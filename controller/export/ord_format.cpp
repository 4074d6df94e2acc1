#include <map>
#include <nlohmann/json.hpp>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/export/export_file.hpp"
#include "controller/export/export_format.hpp"
#include "controller/export/export_provenance.hpp"
#include "controller/json_types.hpp"
#include "controller/log/log_snapshot.hpp"
#include "recipes/material_file.hpp"
#include "recipes/quantity_words.hpp"

// Messages of github.com/open-reaction-database/ord-schema in the JSON of protocol buffers: names in camel
// case, enumerators by name, nothing for what is not known.
namespace nocturne {
namespace {

/// What the log says of one experiment.
struct Made {
  FlowPlan plan;
  Conditions conditions;
  std::optional<Outcome> outcome;
  Instant began{};
};

/// By number; those that were begun.
std::map<int, Made> experiments_made(const LogSnapshot& log) {
  std::map<int, Made> made;
  std::map<int, Conditions> decided;
  log.for_each_event([&](const Event& event) {
    if (is<Decided>(event)) {
      const auto decision = read<Decided>(event);
      decided[decision.experiment] = decision.suggestion.conditions;
    }
    if (is<Planned>(event)) {
      const auto planned = read<Planned>(event);
      made[planned.experiment] = {planned.plan, decided[planned.experiment], std::nullopt, event.time};
    }
    if (is<Finished>(event)) {
      const auto finished = read<Finished>(event);
      const auto found = made.find(finished.experiment);
      if (found != made.end()) found->second.outcome = finished.outcome;
    }
  });
  return made;
}

OrderedJson measure(double value, const char* units) { return {{"value", value}, {"units", units}}; }
OrderedJson data_text(const std::string& text) { return {{"stringValue", text}}; }

OrderedJson identifiers(const char* type, const std::string& value) {
  return OrderedJson::array({OrderedJson{{"type", type}, {"value", value}}});
}

struct Species {
  const char* name;
  const char* role;
};

const Species& species_named(const std::string& content) {
  static const std::map<std::string, Species> all{
      {"Cs", {"caesium oleate", "REACTANT"}},
      {"Pb", {"lead(II) oleate", "REACTANT"}},
      {"alkylammonium_bromide", {"alkylammonium bromide", "REACTANT"}},
      {"zinc_bromide", {"zinc bromide", "REACTANT"}},
      {"lead_bromide", {"lead(II) bromide", "REACTANT"}},
      {"amine", {"alkylamine", "REAGENT"}},
      {"oleic_acid", {"oleic acid", "REAGENT"}}};
  return all.at(content);
}

OrderedJson with_lot(OrderedJson component, const Stock& stock) {
  if (!stock.lot.empty()) component["source"] = {{"lot", stock.lot}};
  return component;
}

/// What a stock brings during one residence time.
OrderedJson components_of(const Stock& stock, Volume volume) {
  OrderedJson components = OrderedJson::array();
  for (const auto& [content, concentration] : stock.contents) {
    const auto& [name, role] = species_named(content);
    const double micromoles = concentration.si() * volume.si() * 1e6;
    components.push_back(with_lot({{"identifiers", identifiers("NAME", name)},
                                   {"amount", {{"moles", measure(micromoles, "MICROMOLE")}}},
                                   {"reactionRole", role}},
                                  stock));
  }
  components.push_back(with_lot(
      {{"identifiers", identifiers("NAME", "solvent of the stock '" + stock.name + "'")},
       {"amount",
        {{"volume", measure(in_microliters(volume), "MICROLITER")}, {"volumeIncludesSolutes", true}}},
       {"reactionRole", "SOLVENT"}},
      stock));
  return components;
}

OrderedJson input_of(const Stock& stock, FlowRate flow, Seconds residence_time) {
  return {{"components", components_of(stock, flow * residence_time)},
          {"additionOrder", 1},
          {"additionSpeed", {{"type", "CONTINUOUS"}}},
          {"flowRate", measure(in_microliters_per_minute(flow), "MICROLITER_PER_MINUTE")},
          {"additionDevice", {{"type", "SYRINGE"}}}};
}

OrderedJson conditions_of(const FlowPlan& plan, const BenchDescription& bench) {
  return {
      {"temperature",
       {{"control", {{"type", "CUSTOM"}, {"details", "heated zone of the tube"}}},
        {"setpoint", measure(plan.temperature.celsius(), "CELSIUS")}}},
      {"flow",
       {{"type", "PLUG_FLOW_REACTOR"},
        {"pumpType", "syringe pump"},
        {"tubing", {{"diameter", measure(in_millimeters(bench.reactor.inner_diameter), "MILLIMETER")}}}}}};
}

OrderedJson setup_of(const CampaignFiles& files) {
  return {{"vessel",
           {{"type", "TUBE"},
            {"volume", measure(in_milliliters(files.bench.reactor.heated_volume), "MILLILITER")}}},
          {"isAutomated", true},
          {"automationPlatform", "Nocturne"},
          {"automationCode", {{"recipe", {{"stringValue", files.header.recipe_text}, {"format", "toml"}}}}}};
}

/// Shares are percentages there.
OrderedJson measurement(const std::string& name, const Estimate& estimate) {
  const bool is_absorption = name == "absorbance" || name == "first_exciton_nm" || name == "yield";
  const bool is_share = name == "yield" || name == "plqy" || name == "nanoplatelet_fraction";
  const double scale = is_share ? 100.0 : 1.0;
  OrderedJson value{{"value", scale * estimate.value}};
  if (estimate.standard_error > 0.0) value["precision"] = scale * estimate.standard_error;
  return {{"analysisKey", is_absorption ? "absorption" : "emission"},
          {"type", "CUSTOM"},  // a yield that methods know to a factor is none in the schema's sense
          {"details", name == "intensity" ? name + ", " + unit_text_in_name(name) : name},
          {is_share ? "percentage" : "floatValue", value}};
}

OrderedJson outcome_of(const Made& made, const std::string& product) {
  OrderedJson outcome{{"reactionTime", measure(made.plan.residence_time.count(), "SECOND")}};
  const auto* observation = std::get_if<Observation>(&*made.outcome);
  if (!observation) return outcome;
  OrderedJson measurements = OrderedJson::array();
  for (const auto& [name, estimate] : outputs(*observation))
    measurements.push_back(measurement(name, estimate));
  outcome["products"] = OrderedJson::array({OrderedJson{{"identifiers", identifiers("NAME", product)},
                                                        {"isDesiredProduct", true},
                                                        {"measurements", measurements},
                                                        {"reactionRole", "PRODUCT"}}});
  outcome["analyses"] = {
      {"emission", {{"type", "CUSTOM"}, {"details", "photoluminescence in the flow cell"}}},
      {"absorption", {{"type", "UV"}, {"details", "absorbance in the flow cell"}}}};
  return outcome;
}

OrderedJson provenance(const LogSnapshot& log, int experiment, const Made& made) {
  SQLite::Statement began = log.query(
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', value, ? || ' seconds') FROM header WHERE key = 'started'");
  began.bind(1, std::to_string(in_seconds(made.began)));
  OrderedJson metadata{{"experiment", {{"integerValue", experiment}}}};
  for (const auto& [key, value] : provenance_of(log)) metadata[key] = data_text(value);
  for (const auto& [name, value] : made.conditions) metadata[name] = {{"floatValue", value}};
  OrderedJson result{{"reactionMetadata", metadata}, {"isMined", false}};
  if (began.executeStep() && !began.getColumn(0).isNull())
    result["experimentStart"] = {{"value", began.getColumn(0).getString()}};
  return result;
}

class Reactions {
 public:
  explicit Reactions(const LogSnapshot& log)
      : log_{log},
        files_{campaign_files_of(log.header())},
        product_{parse_material(log.header().material_text, log.header().material_file).name +
                 " quantum dots"} {}

  OrderedJson reaction(int experiment, const Made& made) const {
    OrderedJson reaction{
        {"identifiers", identifiers("REACTION_TYPE", "synthesis of perovskite quantum dots")},
        {"inputs", OrderedJson::object()},
        {"setup", setup_of(files_)},
        {"conditions", conditions_of(made.plan, files_.bench)}};
    for (const Stock& stock : files_.recipe.stocks) {
      const auto flow = made.plan.feeds.find(stock.name);
      if (flow != made.plan.feeds.end())
        reaction["inputs"][stock.name] = input_of(stock, flow->second, made.plan.residence_time);
      if (stock.name == files_.recipe.diluent && made.plan.diluent > FlowRate{})
        reaction["workups"] = OrderedJson::array(
            {OrderedJson{{"type", "ADDITION"},
                         {"details", "joins behind the cooled tube while the product is measured"},
                         {"input", input_of(stock, made.plan.diluent, made.plan.residence_time)},
                         {"isAutomated", true}}});
    }
    if (const auto* failure = std::get_if<Failure>(&*made.outcome))
      reaction["observations"] = OrderedJson::array(
          {OrderedJson{{"comment", std::string{name_of(failure->kind)} + ": " + failure->detail}}});
    reaction["outcomes"] = OrderedJson::array({outcome_of(made, product_)});
    reaction["provenance"] = provenance(log_, experiment, made);
    return reaction;
  }

 private:
  const LogSnapshot& log_;
  CampaignFiles files_;
  std::string product_;
};

}  // namespace

void write_ord(const LogSnapshot& log, const std::filesystem::path& folder) {
  if (log.header().origin != "campaign")
    throw FileError{log.file().string() + ": an import does not say what was mixed (ord needs a campaign)"};
  const Reactions reactions{log};
  OrderedJson list = OrderedJson::array();
  for (const auto& [experiment, made] : experiments_made(log))
    if (made.outcome) list.push_back(reactions.reaction(experiment, made));
  const OrderedJson dataset{{"name", log.header().id},
                            {"description", "A campaign of Nocturne: " + log.header().name},
                            {"reactions", list}};
  ExportFile file{folder / "dataset.json"};
  file.write(dataset.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
  file.close();
}

}  // namespace nocturne
