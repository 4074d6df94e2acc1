#include "controller/analyze.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iomanip>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "models/spectra/spectrum_text.hpp"

namespace nocturne {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uintmax_t largest_file = 256u << 20;  // bytes

constexpr const char* standard_input = "-";

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw SpectrumFormatError(file + ":1: " + what);
}

/// Reads files, and the standard input once under its name "-".
class Reader {
 public:
  explicit Reader(std::istream& in) : in_{in} {}

  SpectrumTable table(const std::filesystem::path& file) {
    const std::string name = file.string();
    return parse_spectrum(name == standard_input ? input() : bytes_of(file), name);
  }

 private:
  std::string input() {
    if (was_read_) fail(standard_input, "the standard input was already read (once)");
    was_read_ = true;
    return rest_of(in_, standard_input, 0);
  }

  static std::string bytes_of(const std::filesystem::path& file) {
    const std::string name = file.string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) fail(name, "no such file");
    const bool pipe = status.type() == std::filesystem::file_type::fifo;
    if (!pipe && !std::filesystem::is_regular_file(status)) fail(name, "not a file");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) fail(name, "cannot be read");
    return rest_of(stream, name, pipe ? 0 : std::filesystem::file_size(file, error));
  }

  /// Everything, in one piece where the size is expected, so that no copy stands beside it.
  static std::string rest_of(std::istream& stream, const std::string& name, std::uintmax_t expected) {
    constexpr std::size_t piece = 1u << 16;
    std::string bytes;
    std::size_t more = std::min(expected, largest_file) + 1;
    while (stream && bytes.size() <= largest_file) {
      const std::size_t size = bytes.size();
      bytes.resize(size + more);
      stream.read(bytes.data() + size, static_cast<std::streamsize>(more));
      bytes.resize(size + static_cast<std::size_t>(stream.gcount()));
      more = piece;
    }
    if (stream.bad()) fail(name, "cannot be read");
    if (bytes.size() > largest_file) fail(name, "too large for a spectrum (256 MB)");
    return bytes;
  }

  std::istream& in_;
  bool was_read_ = false;
};

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Puts a number into `json` unless it was not measured; what is not finite was not measured.
void put(Json& json, const char* key, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) json[key] = *value;
}

std::optional<double> value_of(const std::optional<Estimate>& estimate) {
  return estimate ? std::optional{estimate->value} : std::nullopt;
}

Json json_of(const std::string& file, const SpectrumTable& table, const FileAnalysis& analysis) {
  Json json;
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
    Json& edge = json["edge_length_nm"];
    put(edge, "value", analysis.edge_length_nm->value);
    put(edge, "low", analysis.edge_length_nm->low);
    put(edge, "high", analysis.edge_length_nm->high);
  }
  if (analysis.monolayers) json["monolayers"] = *analysis.monolayers;
  json["peaks"] = Json::array();
  for (const FileAnalysis::Peak& peak : analysis.peaks) {
    if (std::isfinite(peak.nm) && std::isfinite(peak.height))
      json["peaks"].push_back({{"nm", peak.nm}, {"height", peak.height}});
  }
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

std::string line_of(const std::string& file, const FileAnalysis& analysis) {
  std::ostringstream line;
  line << file << ": " << analysis.kind << std::fixed << std::setprecision(2);
  if (analysis.peak_nm) {
    line << ", peak " << analysis.peak_nm->value << " +- " << analysis.peak_nm->standard_error << " nm";
    if (analysis.fwhm_eV) line << std::setprecision(1) << ", width " << 1e3 * *analysis.fwhm_eV << " meV";
    if (analysis.fwhm_nm) line << " (" << *analysis.fwhm_nm << " nm)";
    if (analysis.edge_length_nm) write_edge(line, *analysis.edge_length_nm);
  } else if (analysis.emission) {
    line << ", the peak is clipped";
  } else if (analysis.kind != "absorbance") {
    line << ", no emission";
  }
  if (analysis.first_exciton_nm)
    line << std::setprecision(1) << ", first exciton " << analysis.first_exciton_nm->value << " nm";
  if (analysis.peak_valley_ratio)
    line << std::setprecision(2) << ", peak/valley " << *analysis.peak_valley_ratio;
  for (std::size_t i = 0; i < analysis.flags.size(); ++i) line << (i == 0 ? " [" : ", ") << analysis.flags[i];
  if (!analysis.flags.empty()) line << "]";
  return line.str();
}

void report_failure(const AnalyzeOptions& options, const std::string& file, const std::string& what,
                    std::ostream& out, std::ostream& messages) {
  if (options.json) out << dumped(Json{{"file", file}, {"error", what}}) << '\n';
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
  Reader reader{in};
  std::optional<SpectrumTable> dark, reference;
  try {
    if (options.dark) dark = reader.table(*options.dark);
    if (options.reference) reference = reader.table(*options.reference);
  } catch (const SpectrumFormatError& error) {
    for (const auto& file : options.files)
      report_failure(options, file.string(), error.what(), out, messages);
    return 2;
  }
  int status = 0;
  for (const auto& path : options.files) {
    const std::string file = path.string();
    try {
      const SpectrumTable table = reader.table(path);
      const FileAnalysis analysis = analyze_table(table, dark ? &*dark : nullptr,
                                                  reference ? &*reference : nullptr, options.kind, material);
      out << (options.json ? dumped(json_of(file, table, analysis)) : line_of(file, analysis)) << std::endl;
      if (table.columns.size() > 1) {
        messages << file << ": " << table.columns.size() << " columns, used " << analysis.column << '\n';
      }
    } catch (const SpectrumFormatError& error) {
      report_failure(options, file, error.what(), out, messages);
      status = 2;
    } catch (const std::invalid_argument& error) {
      report_failure(options, file, file + ":1: " + error.what(), out, messages);
      status = 2;
    }
  }
  return status;
}

}  // namespace nocturne
