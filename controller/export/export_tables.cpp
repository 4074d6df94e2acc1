#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "controller/campaign/outlook.hpp"
#include "controller/export/export_frames.hpp"
#include "controller/export/export_provenance.hpp"
#include "controller/export/export_table.hpp"
#include "controller/log/log_snapshot.hpp"
#include "recipes/import_map.hpp"
#include "recipes/quantity_words.hpp"

namespace nocturne {
namespace {

/// A column, and how SQL tells it.
struct Asked {
  ExportColumn column;
  std::string expression;
};

ExportCell cell_of(const SQLite::Column& value, ExportType type) {
  if (value.isNull()) return {};
  switch (type) {
    case ExportType::boolean:
      return value.getInt() != 0;
    case ExportType::integer:
      return static_cast<std::int64_t>(value.getInt64());
    case ExportType::number:
      return value.getDouble();
    case ExportType::text:
      return value.getString();
  }
  return {};
}

class QueriedRows final : public ExportRows {
 public:
  QueriedRows(SQLite::Statement statement, std::vector<ExportType> types)
      : statement_{std::move(statement)}, types_{std::move(types)} {}

  bool next(ExportRow& row) override {
    if (!statement_.executeStep()) return false;
    row.resize(types_.size());
    for (std::size_t i = 0; i < types_.size(); ++i)
      row[i] = cell_of(statement_.getColumn(static_cast<int>(i)), types_[i]);
    return true;
  }

 private:
  SQLite::Statement statement_;
  std::vector<ExportType> types_;
};

/// `rest`: FROM and what follows.
ExportTable queried(const LogSnapshot& log, std::string name, std::string description, std::string time,
                    const std::vector<Asked>& asked, const std::string& rest) {
  ExportTable table{std::move(name), std::move(description), {}, std::move(time), {}};
  std::vector<std::string> expressions;
  std::vector<ExportType> types;
  for (const auto& [column, expression] : asked) {
    table.columns.push_back(column);
    expressions.push_back(expression);
    types.push_back(column.type);
  }
  const std::string query = fmt::format("SELECT {} {}", fmt::join(expressions, ", "), rest);
  table.open = [&log, query, types] { return std::make_unique<QueriedRows>(log.query(query), types); };
  return table;
}

/// A column that the view calls the same.
Asked plain(ExportColumn column, const std::string& of = "") {
  std::string expression = of + column.name;
  return {std::move(column), std::move(expression)};
}

Asked numbered(const std::string& of = "") {
  return plain({"experiment", ExportType::integer, "", "number of the experiment, from 1"}, of);
}
Asked event_number() { return plain({"seq", ExportType::integer, "", "number of the log's event"}); }
Asked campaign_time() { return plain({"time_s", ExportType::number, "s", "campaign time"}); }

/// `text` between the quotes of SQL.
std::string quoted_in_sql(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string{"''"} : std::string{c};
  return result + "'";
}

using Choices = std::map<std::string, std::vector<std::string>>;

/// ": 0 = EtOH, 1 = MeOH"; empty for a number.
std::string choices_in_words(const Choices& choices, const std::string& name) {
  const auto found = choices.find(name);
  if (found == choices.end()) return "";
  std::string text;
  for (std::size_t i = 0; i < found->second.size(); ++i)
    text += fmt::format("{}{} = {}", i == 0 ? ": " : ", ", i, found->second[i]);
  return text;
}

/// By their own names, unless these are taken.
std::vector<Asked> conditions_asked(const LogSnapshot& log, const std::vector<Asked>& taken) {
  std::vector<Asked> asked;
  const CampaignHeader& header = log.header();
  Choices choices;
  if (header.origin == "import")
    choices = choices_of(parse_import_map(header.recipe_text, header.recipe_file));
  SQLite::Statement names = log.query("SELECT DISTINCT name FROM conditions ORDER BY name");
  while (names.executeStep()) {
    const std::string name = names.getColumn(0).getString();
    const bool is_taken =
        std::ranges::any_of(taken, [&](const Asked& other) { return other.column.name == name; });
    asked.push_back({{(is_taken ? "condition_" : "") + name, ExportType::number, unit_text_in_name(name),
                      "condition, as it was set" + choices_in_words(choices, name)},
                     "(SELECT value FROM conditions c WHERE c.experiment = e.experiment AND c.name = " +
                         quoted_in_sql(name) + ")"});
  }
  return asked;
}

/// What is measured, by the names of the view `observations`.
std::vector<Asked> outputs_asked() {
  const std::vector<std::array<std::string, 3>> outputs{
      {"peak_nm", "nm", "emission maximum"},
      {"fwhm_meV", "meV", "full width of the emission line at half its maximum"},
      {"intensity_counts_nm_per_s", "counts nm/s",
       "integral of the emission over wavelength, per second of exposure"},
      {"absorbance", "", "decadic absorbance over the cell's path at the excitation wavelength"},
      {"first_exciton_nm", "nm", "lowest absorption transition"},
      {"plqy", "", "photoluminescence quantum yield, 0 to 1"},
      {"yield", "", "share of the fed lead that is in crystals, 0 to 1"},
      {"nanoplatelet_fraction", "", "share of the emission that comes from platelets, 0 to 1"}};
  std::vector<Asked> asked;
  for (const auto& [name, unit, what] : outputs) {
    asked.push_back(plain({name, ExportType::number, unit, what}, "o."));
    asked.push_back(plain({name + "_se", ExportType::number, unit, "its standard error"}, "o."));
  }
  asked.push_back(
      plain({"edge_length_nm", ExportType::number, "nm", "edge length by the sizing curve"}, "o."));
  asked.push_back(
      plain({"edge_length_low_nm", ExportType::number, "nm", "lower end of its 90 % interval"}, "o."));
  asked.push_back(
      plain({"edge_length_high_nm", ExportType::number, "nm", "upper end of its 90 % interval"}, "o."));
  return asked;
}

ExportTable decisions(const LogSnapshot& log) {
  return queried(
      log, "decisions", "What the optimizer chose, and why", "time_s",
      {event_number(), campaign_time(), numbered(),
       plain({"asked", ExportType::integer, "", "the how-many-th ask it was"}),
       plain({"probability", ExportType::number, "", "predicted probability that the target is met, 0 to 1"}),
       plain({"reason", ExportType::text, "", "why these conditions"})},
      "FROM decisions ORDER BY seq");
}

ExportTable predictions(const LogSnapshot& log) {
  return queried(
      log, "predictions", "What the optimizer expected of each experiment, with 90 % intervals", "",
      {numbered(),
       {{"output", ExportType::text, "", "what is predicted, with its unit in the name"}, "p.key"},
       {{"mean", ExportType::number, "", "in the unit of the output"}, "json_extract(p.value, '$.mean')"},
       {{"low", ExportType::number, "", "lower end of the interval"}, "json_extract(p.value, '$.low')"},
       {{"high", ExportType::number, "", "upper end of the interval"}, "json_extract(p.value, '$.high')"}},
      "FROM events e, json_each(e.body, '$.predicted') p WHERE e.kind = 'decision' ORDER BY seq, p.key");
}

ExportTable frames(const LogSnapshot& log) {
  return queried(
      log, "frames", "Every spectrum but its counts: how it was taken", "",
      {{{"seq", ExportType::integer, "", "number of the log's event"}, "s.seq"},
       plain({"position", ExportType::integer, "", "among the spectra of the event, from 1"}),
       numbered("s."),
       {{"time_s", ExportType::number, "s", "campaign time"}, "s.time_s"},
       plain(
           {"role", ExportType::text, "", "emission, transmission, reference, blank, and the dark of each"}),
       {{"purpose", ExportType::text, "", "what it was taken for"}, "json_extract(e.body, '$.purpose')"},
       plain({"exposure_s", ExportType::number, "s", "of one scan"}),
       plain({"scans", ExportType::integer, "", "whose mean the counts are"}),
       plain({"dark_subtracted", ExportType::boolean, "", "whether the dark is subtracted already"}),
       plain({"lamp_on", ExportType::boolean, "", "white lamp, for absorption"}),
       plain({"led_on", ExportType::boolean, "", "LED, for emission"}),
       plain({"pixels", ExportType::integer, "", "length of the spectrum"}),
       {{"arrived", ExportType::number, "",
         "share of the cell's content that is this experiment's product, 0 to 1"},
        "json_extract(e.body, '$.arrived')"},
       {{"temperature_C", ExportType::number, "°C", "of the heated zone then"},
        "json_extract(e.body, '$.temperature_C')"}},
      "FROM spectra s JOIN events e ON e.seq = s.seq ORDER BY s.seq, position");
}

ExportTable temperatures(const LogSnapshot& log) {
  return queried(log, "temperatures", "The heated zone at every reading", "time_s",
                 {event_number(), campaign_time(),
                  plain({"experiment", ExportType::integer, "", "the experiment at hand, if any"}),
                  plain({"zone", ExportType::text, "", "name of the heater"}),
                  plain({"process_C", ExportType::number, "°C", "measured temperature"}),
                  plain({"target_C", ExportType::number, "°C", "target of the experiment at hand"}),
                  plain({"output", ExportType::number, "", "heating power, 0 to 1"})},
                 "FROM temperatures ORDER BY seq, zone");
}

ExportTable readings(const LogSnapshot& log) {
  return queried(log, "readings", "What the supervisor read", "time_s",
                 {event_number(), campaign_time(),
                  plain({"quantity", ExportType::text, "", "with the unit of the value in its name"}),
                  plain({"name", ExportType::text, "", "of the instrument or stock"}),
                  plain({"value", ExportType::number, "", "in the unit of the quantity"})},
                 "FROM readings ORDER BY seq, quantity, name");
}

ExportTable faults(const LogSnapshot& log) {
  return queried(log, "faults", "What went wrong with the bench", "time_s",
                 {event_number(), campaign_time(),
                  plain({"experiment", ExportType::integer, "", "the experiment at hand, if any"}),
                  plain({"fault", ExportType::text, "",
                         "warning, disobeyed, trip, holding, faulted, or a kind of failure"}),
                  plain({"what", ExportType::text, "", "in words"})},
                 "FROM faults ORDER BY seq");
}

class SpectrumRows final : public ExportRows {
 public:
  explicit SpectrumRows(const LogSnapshot& log) : frames_{log} {}

  bool next(ExportRow& row) override {
    while (pixel_ == frame_.counts.size()) {
      if (!frames_.next(frame_)) return false;
      pixel_ = 0;
    }
    row = {ExportCell{}, frame_.seq, frame_.position, frame_.role, ExportCell{}, frame_.counts[pixel_]};
    if (frame_.experiment) row[0] = *frame_.experiment;
    if (frame_.wavelength_nm.size() != 0) row[4] = frame_.wavelength_nm[pixel_];
    ++pixel_;
    return true;
  }

 private:
  ExportFrames frames_;
  ExportFrame frame_;
  Eigen::Index pixel_ = 0;
};

}  // namespace

const char* json_type_of(ExportType type) {
  switch (type) {
    case ExportType::boolean:
      return "boolean";
    case ExportType::integer:
      return "integer";
    case ExportType::number:
      return "number";
    case ExportType::text:
      break;
  }
  return "string";
}

ExportTable export_experiments(const LogSnapshot& log) {
  std::vector<Asked> asked{
      numbered("e."), plain({"decided_s", ExportType::number, "s", "campaign time when it was chosen"}, "e."),
      plain({"finished_s", ExportType::number, "s", "campaign time of its outcome"}, "e."),
      plain({"outcome", ExportType::text, "", "observed, unfinished, or the kind of failure"}, "e."),
      plain({"detail", ExportType::text, "", "of a failure"}, "f.")};
  const auto place_of_conditions = std::ssize(asked);
  for (Asked& output : outputs_asked()) asked.push_back(std::move(output));
  asked.push_back({{"flags", ExportType::text, "", "what to know about the observation, with spaces between"},
                   "(SELECT group_concat(value, ' ') FROM json_each(o.flags))"});
  const std::vector<Asked> conditions = conditions_asked(log, asked);
  asked.insert(asked.begin() + place_of_conditions, conditions.begin(), conditions.end());
  return queried(log, "experiments", "Every experiment with its conditions and what was measured",
                 "finished_s", asked,
                 "FROM experiments e LEFT JOIN observations o USING (experiment) LEFT JOIN failures f USING "
                 "(experiment) ORDER BY experiment");
}

std::vector<ExportTable> export_tables(const LogSnapshot& log) {
  return {export_experiments(log), decisions(log), predictions(log), temperatures(log),
          readings(log),           faults(log),    frames(log),      export_reagents(log),
          export_provenance(log)};
}

ExportTable export_spectra(const LogSnapshot& log) {
  ExportTable table;
  table.name = "spectra";
  table.description = "Every spectrum as it was read, one row a pixel; how it was taken is in frames";
  table.columns = {
      {"experiment", ExportType::integer, "", "empty for calibrations"},
      {"seq", ExportType::integer, "", "number of the log's event"},
      {"position", ExportType::integer, "", "among the spectra of the event, from 1"},
      {"role", ExportType::text, "", "emission, transmission, reference, blank, and the dark of each"},
      {"wavelength_nm", ExportType::number, "nm", "of the pixel's centre"},
      {"counts", ExportType::number, "", "mean over the scans"}};
  table.open = [&log] { return std::make_unique<SpectrumRows>(log); };
  return table;
}

}  // namespace nocturne
