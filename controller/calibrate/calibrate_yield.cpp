#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <istream>
#include <limits>
#include <ostream>
#include <set>
#include <stdexcept>

#include "controller/calibrate/calibrate.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "models/spectra/absorption.hpp"
#include "models/spectra/smoothing.hpp"
#include "models/spectra/table_columns.hpp"
#include "recipes/recipe.hpp"
#include "recipes/yield_file.hpp"

namespace nocturne {
namespace {

constexpr double kSameExposure = 1e-3;   // relative
constexpr double kJump = 5.0;            // standard deviations of the reference's history
constexpr double kNoiseReach_nm = 30.0;  // for the weights of an absorbance baseline

/// A solution as read, with what its files say about the measurement.
struct ReadSolution {
  LuminescentSolution solution;
  double exposure_s = 0.0;  ///< of the emission; 0 = the file does not say
  std::set<std::string> flags;
};

/// Reads what a yield measurement names; every failure is told at the line of the solution.
class YieldReader {
 public:
  explicit YieldReader(const YieldMeasurement& measurement) : measurement_{measurement} {}

  ReadSolution read(const MeasuredSolution& given) const {
    ReadSolution result;
    try {
      read_emission(given, result);
      read_absorbance(given, result);
    } catch (const SpectrumFormatError& error) {
      refuse(given, error.what());
    } catch (const FileError& error) {
      refuse(given, error.what());
    } catch (const std::invalid_argument& error) {
      refuse(given, error.what());
    }
    result.solution.refractive_index = given.refractive_index;
    result.solution.source = given.emission.string() + ", " + given.absorbance.string();
    return result;
  }

  [[noreturn]] void refuse(const MeasuredSolution& given, const std::string& what) const {
    throw FileError{measurement_.file + ":" + std::to_string(given.line) + ": " + given.name + ": " + what};
  }

 private:
  static SpectrumTable table(const std::filesystem::path& file) {
    return parse_spectrum(bytes_of_file(file), file.string());
  }

  void read_emission(const MeasuredSolution& given, ReadSolution& result) const {
    const SpectrumTable emission = table(given.emission);
    std::optional<SpectrumTable> blank;
    if (given.emission_blank) blank = table(*given.emission_blank);
    const ChosenColumn chosen = chosen_column(emission, blank ? &*blank : nullptr, nullptr, true);
    if (chosen.kind == ValueKind::absorbance)
      throw std::invalid_argument{given.emission.string() + " holds absorbance, not emission"};
    for (std::size_t i = 0; i < chosen.saturated.size(); ++i) {
      const double nm = chosen.spectrum.wavelength_nm[static_cast<Eigen::Index>(i)];
      if (chosen.saturated[i] && nm >= measurement_.settings.low_nm && nm <= measurement_.settings.high_nm)
        throw std::invalid_argument{"the emission is saturated at " + digits(nm) + " nm (within the scale)"};
    }
    result.flags.insert(chosen.flags.begin(), chosen.flags.end());
    result.flags.erase("saturated");  // elsewhere: the excitation's line
    result.solution.emission = chosen.spectrum;
    result.exposure_s = emission.exposure_s;
  }

  void read_absorbance(const MeasuredSolution& given, ReadSolution& result) const {
    const SpectrumTable absorbance = table(given.absorbance);
    const ChosenColumn chosen = chosen_column(absorbance, nullptr, nullptr, false);
    if (chosen.kind == ValueKind::light)
      throw std::invalid_argument{given.absorbance.string() + " holds light, not absorbance"};
    result.solution.absorbance = chosen.spectrum;
    if (!measurement_.baseline_low_nm) return;
    result.solution.absorbance = with_noise(chosen.spectrum, kNoiseReach_nm);
    if (!subtract_offset(result.solution.absorbance, *measurement_.baseline_low_nm,
                         *measurement_.baseline_high_nm))
      throw std::invalid_argument{given.absorbance.string() + " does not cover the absorbance's baseline"};
  }

  const YieldMeasurement& measurement_;
};

struct SampleYield {
  const MeasuredSolution* sample;
  RelativeYield yield;
  std::vector<std::string> flags;
};

struct Yields {
  std::optional<double> reference_surprise;
  double reference_exposure_s = 0.0;  ///< 0 = unknown
  std::vector<SampleYield> samples;
};

void compare_exposures(const YieldReader& reader, const MeasuredSolution& given, const ReadSolution& sample,
                       const ReadSolution& reference, std::set<std::string>& flags) {
  if (!(sample.exposure_s > 0.0) || !(reference.exposure_s > 0.0))
    flags.insert("exposure_unchecked");
  else if (std::abs(sample.exposure_s - reference.exposure_s) > kSameExposure * reference.exposure_s)
    reader.refuse(given, fmt::format("the emission was exposed for {} s, the reference's for {} s (the same)",
                                     digits(sample.exposure_s), digits(reference.exposure_s)));
}

Yields yields_of(const YieldMeasurement& measurement) {
  const YieldReader reader{measurement};
  const ReadSolution reference = reader.read(measurement.reference);
  Yields yields;
  yields.reference_exposure_s = reference.exposure_s;
  for (const MeasuredSolution& given : measurement.samples) {
    const ReadSolution sample = reader.read(given);
    std::set<std::string> flags = sample.flags;
    flags.insert(reference.flags.begin(), reference.flags.end());
    compare_exposures(reader, given, sample, reference, flags);
    RelativeYield yield;
    try {
      yield = relative_yield(sample.solution, reference.solution, measurement.dye, measurement.settings);
    } catch (const std::invalid_argument& error) {
      reader.refuse(given, error.what());
    }
    flags.insert(yield.flags.begin(), yield.flags.end());
    if (measurement.dye.plqy.standard_error <= 0.0) flags.insert("reference_without_error");
    if (!measurement.earlier_integrals.empty()) {
      yields.reference_surprise = reference_surprise(yield.reference_integral, measurement.earlier_integrals);
      if (*yields.reference_surprise > kJump) flags.insert("reference_jumped");
    }
    yields.samples.push_back({&given, std::move(yield), {flags.begin(), flags.end()}});
  }
  return yields;
}

OrderedJson json_of(const YieldMeasurement& measurement, const Yields& yields, const SampleYield& one) {
  const YieldSettings& settings = measurement.settings;
  OrderedJson json;
  json["file"] = measurement.file;
  json["sample"] = one.sample->name;
  put(json, "plqy", one.yield.plqy);
  put(json, "excitation_nm", settings.excitation_nm);
  put(json, "absorbance", one.yield.sample_absorbance);
  put(json, "integral_counts_nm", one.yield.sample_integral);
  put(json, "refractive_index", one.sample->refractive_index);
  json["emission_file"] = one.sample->emission.string();
  json["absorbance_file"] = one.sample->absorbance.string();
  if (one.sample->emission_blank) json["emission_blank_file"] = one.sample->emission_blank->string();
  OrderedJson& reference = json["reference"];
  reference["name"] = measurement.dye.name;
  reference["source"] = measurement.dye.source;
  put(reference, "plqy", measurement.dye.plqy);
  put(reference, "absorbance", one.yield.reference_absorbance);
  put(reference, "integral_counts_nm", one.yield.reference_integral);
  if (yields.reference_exposure_s > 0.0)
    put(reference, "emission_per_absorbed_counts_nm_s",
        one.yield.reference_integral / yields.reference_exposure_s /
            (1.0 - std::pow(10.0, -one.yield.reference_absorbance)));
  put(reference, "refractive_index", measurement.reference.refractive_index);
  reference["emission_file"] = measurement.reference.emission.string();
  reference["absorbance_file"] = measurement.reference.absorbance.string();
  if (yields.reference_surprise) put(reference, "deviations_from_history", *yields.reference_surprise);
  put(json, "integrated_from_nm", settings.low_nm);
  put(json, "integrated_to_nm", settings.high_nm);
  json["absorbed_light"] = settings.absorbed == AbsorbedLight::fraction ? "fraction" : "absorbance";
  json["provenance"] = one.yield.provenance;
  json["flags"] = one.flags;
  return json;
}

void write_for_people(const YieldMeasurement& measurement, const Yields& yields, std::ostream& out) {
  const YieldSettings& settings = measurement.settings;
  for (const SampleYield& one : yields.samples) {
    const bool thick = std::ranges::find(one.flags, "inner_filter") != one.flags.end();
    out << fmt::format("{}: PLQY {}{}{}\n", one.sample->name, thick ? "not reliable: " : "",
                       text_of(one.yield.plqy), in_brackets(one.flags));
    out << fmt::format("  absorbance {} (reference {}) at {} nm{}, integral {} (reference {}) counts nm\n",
                       digits(one.yield.sample_absorbance, 3), digits(one.yield.reference_absorbance, 3),
                       digits(settings.excitation_nm),
                       thick ? ", above " + digits(settings.highest_absorbance, 2) : "",
                       digits(one.yield.sample_integral), digits(one.yield.reference_integral));
    out << "  " << one.yield.provenance << '\n';
  }
  if (yields.reference_surprise)
    out << fmt::format("the reference is {} standard deviations from its {} earlier measurements{}\n",
                       digits(*yields.reference_surprise, 2), measurement.earlier_integrals.size(),
                       *yields.reference_surprise > kJump ? ": no base for yields" : "");
}

}  // namespace

int calibrate_yield(const std::filesystem::path& file, bool json, std::istream& in, std::ostream& out) {
  const YieldMeasurement measurement = file == "-"
                                           ? parse_yield_measurement(TextInput{in}.bytes(file), "-", {})
                                           : read_yield_measurement(file);
  const Yields yields = yields_of(measurement);
  if (!json) {
    write_for_people(measurement, yields, out);
    return 0;
  }
  for (const SampleYield& one : yields.samples) out << line_of(json_of(measurement, yields, one)) << '\n';
  return 0;
}

}  // namespace nocturne
