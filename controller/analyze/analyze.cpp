#include "controller/analyze/analyze.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "controller/analyze/analysis_chart.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "models/spectra/spectrum_text.hpp"

namespace nocturne {

namespace {

namespace fs = std::filesystem;
/// The table in a file or, once, in the standard input.
SpectrumTable table_in(TextInput& input, const fs::path& file) {
  return parse_spectrum(input.bytes(file), file.string());
}

/// The quantities of a product with their errors; what is not finite was not measured.
OrderedJson json_of(const Characterization& product) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, estimate] : quantities(product)) {
    if (std::isfinite(estimate.value) && std::isfinite(estimate.standard_error))
      json[name] = {{"value", estimate.value}, {"standard_error", estimate.standard_error}};
  }
  for (const Exciton& transition : product.transitions.higher)
    json["higher_transitions_nm"].push_back(
        {{"value", transition.nm.value}, {"standard_error", transition.nm.standard_error}});
  if (product.lead) json["crystal_lead_systematic_factor"] = product.lead->systematic_factor;
  if (product.dispersion) json["size_dispersion_at_most"] = product.dispersion->upper_limit;
  if (product.color) json["within_rec2020"] = product.color->within_rec2020;
  return json;
}

/// Puts a number into `json` unless it was not measured; what is not finite was not measured.
void put(OrderedJson& json, const char* key, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) json[key] = *value;
}

std::optional<double> value_of(const std::optional<Estimate>& estimate) {
  return estimate ? std::optional{estimate->value} : std::nullopt;
}

OrderedJson json_of(const std::string& file, const SpectrumTable& table, const FileAnalysis& analysis) {
  OrderedJson json;
  json["file"] = file;
  json["kind"] = analysis.kind;
  json["format"] = table.format;
  json["column"] = analysis.column;
  json["emission"] = analysis.emission;
  put(json, "peak_nm", value_of(analysis.peak_nm));
  if (analysis.peak_nm) put(json, "peak_nm_se", analysis.peak_nm->standard_error);
  put(json, "fwhm_eV", analysis.fwhm_eV);
  put(json, "fwhm_nm", analysis.fwhm_nm);
  put(json, "first_exciton_nm", value_of(analysis.first_exciton_nm));
  if (analysis.first_exciton_nm) put(json, "first_exciton_nm_se", analysis.first_exciton_nm->standard_error);
  put(json, "peak_valley_ratio", analysis.peak_valley_ratio);
  if (analysis.edge_length_nm) {
    OrderedJson& edge = json["edge_length_nm"];
    put(edge, "value", analysis.edge_length_nm->value);
    put(edge, "low", analysis.edge_length_nm->low);
    put(edge, "high", analysis.edge_length_nm->high);
  }
  if (analysis.monolayers) json["monolayers"] = *analysis.monolayers;
  json["peaks"] = OrderedJson::array();
  for (const FileAnalysis::Peak& peak : analysis.peaks) {
    if (std::isfinite(peak.nm) && std::isfinite(peak.height))
      json["peaks"].push_back({{"nm", peak.nm}, {"height", peak.height}});
  }
  const OrderedJson quantities = json_of(analysis.product);
  if (!quantities.empty()) json["quantities"] = quantities;
  if (table.skipped_lines > 0) json["skipped_lines"] = table.skipped_lines;
  json["flags"] = analysis.flags;
  return json;
}

void write_edge(std::ostream& line, const EdgeLength& edge) {
  line << std::setprecision(1);
  if (edge.value) line << ", edge " << *edge.value << " nm";
  if (edge.value && edge.low && edge.high) {
    line << " (" << *edge.low << " to " << *edge.high << ")";
  } else if (edge.low) {
    line << ", edge at least " << *edge.low << " nm";
  } else if (edge.high) {
    line << ", edge at most " << *edge.high << " nm";
  }
}

std::string words_of(const std::string& file, const FileAnalysis& analysis) {
  std::ostringstream line;
  line << file << ": " << analysis.kind << std::fixed << std::setprecision(2);
  if (analysis.peak_nm) {
    line << ", peak " << analysis.peak_nm->value << " +- " << analysis.peak_nm->standard_error << " nm";
    if (analysis.fwhm_eV) line << std::setprecision(1) << ", width " << 1e3 * *analysis.fwhm_eV << " meV";
    if (analysis.fwhm_nm) line << " (" << *analysis.fwhm_nm << " nm)";
  } else if (analysis.emission) {
    line << ", the peak is clipped";
  } else if (analysis.kind != "absorbance") {
    line << ", no emission";
  }
  if (analysis.first_exciton_nm)
    line << std::setprecision(1) << ", first exciton " << analysis.first_exciton_nm->value << " nm";
  if (analysis.peak_valley_ratio)
    line << std::setprecision(2) << ", peak/valley " << *analysis.peak_valley_ratio;
  if (analysis.edge_length_nm) write_edge(line, *analysis.edge_length_nm);
  for (std::size_t i = 0; i < analysis.flags.size(); ++i) line << (i == 0 ? " [" : ", ") << analysis.flags[i];
  if (!analysis.flags.empty()) line << "]";
  return line.str();
}

/// One line per quantity, indented.
std::string details_of(const Characterization& product) {
  std::string text;
  for (const auto& [name, estimate] : quantities(product))
    text += fmt::format("  {:<26} {:>12.6g} +- {:.2g}\n", name, estimate.value, estimate.standard_error);
  for (const Exciton& transition : product.transitions.higher)
    text += fmt::format("  {:<26} {:>12.6g} +- {:.2g}\n", "higher_transition_nm", transition.nm.value,
                        transition.nm.standard_error);
  if (product.lead)
    text += fmt::format("  {:<26} a factor {:.1f} to either side between published coefficients\n",
                        "crystal_lead, systematic", product.lead->systematic_factor);
  if (product.dispersion)
    text += fmt::format("  {:<26} {:>12.3f} (95 %)\n", "size_dispersion, at most",
                        product.dispersion->upper_limit);
  if (product.color)
    text += fmt::format("  {:<26} {}\n", "color",
                        product.color->within_rec2020 ? "within Rec. 2020" : "beyond Rec. 2020");
  return text;
}

/// Where the chart of `file` goes: its name, and a number if several files have the same.
fs::path chart_file(const fs::path& folder, const fs::path& file, std::map<std::string, int>& drawn) {
  const std::string name = file == "-" ? "standard_input" : file.filename().string();
  const int before = drawn[name]++;
  return folder / (name + (before > 0 ? fmt::format("-{}", before + 1) : "") + ".svg");
}

void report_failure(const AnalyzeOptions& options, const std::string& file, const std::string& what,
                    std::ostream& out, std::ostream& messages) {
  if (options.json) out << line_of(OrderedJson{{"file", file}, {"error", what}}) << '\n';
  messages << "nocturne: " << what << '\n';
}

}  // namespace

std::optional<SpectrumKind> spectrum_kind(const std::string& name) {
  if (name == "pl") return SpectrumKind::pl;
  if (name == "absorbance") return SpectrumKind::absorbance;
  if (name == "automatic") return SpectrumKind::automatic;
  return std::nullopt;
}

int analyze(const AnalyzeOptions& options, const Material& material, std::istream& in, std::ostream& out,
            std::ostream& messages) {
  TextInput input{in};
  std::optional<SpectrumTable> dark, reference, absorbance;
  try {
    if (options.dark) dark = table_in(input, *options.dark);
    if (options.reference) reference = table_in(input, *options.reference);
    if (options.absorbance) absorbance = table_in(input, *options.absorbance);
    if (options.plots) fs::create_directories(*options.plots);
  } catch (const std::exception& error) {
    for (const auto& file : options.files)
      report_failure(options, file.string(), error.what(), out, messages);
    return 2;
  }
  FileContext context{
      .kind = options.kind, .excitation_nm = options.excitation_nm, .path_cm = options.path_cm};
  if (dark) context.dark = &*dark;
  if (reference) context.reference = &*reference;
  if (absorbance) context.absorbance = &*absorbance;
  std::map<std::string, int> drawn;
  int status = 0;
  for (const auto& path : options.files) {
    const std::string file = path.string();
    try {
      const SpectrumTable table = table_in(input, path);
      const FileAnalysis analysis = analyze_table(table, context, material);
      if (options.plots) draw_svg(chart_of(file, analysis), chart_file(*options.plots, path, drawn));
      out << (options.json ? line_of(json_of(file, table, analysis)) : words_of(file, analysis)) << '\n';
      if (options.details && !options.json) out << details_of(analysis.product);
      out.flush();
      if (table.columns.size() > 1) {
        messages << file << ": " << table.columns.size() << " columns, used " << analysis.column << '\n';
      }
    } catch (const std::invalid_argument& error) {
      report_failure(options, file, file + ":1: " + error.what(), out, messages);
      status = 2;
    } catch (const std::runtime_error& error) {  // no spectrum, no place or no program for a chart
      report_failure(options, file, error.what(), out, messages);
      status = 2;
    }
  }
  return status;
}

}  // namespace nocturne
