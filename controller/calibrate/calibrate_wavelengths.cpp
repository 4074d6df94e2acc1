#include <fmt/format.h>

#include <cmath>
#include <istream>
#include <ostream>
#include <stdexcept>

#include "controller/calibrate/calibrate.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "models/spectra/table_columns.hpp"
#include "models/spectra/wavelength_check.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

struct Checked {
  WavelengthCheck check;
  std::string column;
  std::vector<std::string> flags;
};

Checked checked(const WavelengthOptions& options, std::istream& in) {
  TextInput input{in};
  const std::string name = options.lamp.string();
  try {
    const SpectrumTable lamp = parse_spectrum(input.bytes(options.lamp), name);
    std::optional<SpectrumTable> dark;
    if (options.dark) dark = parse_spectrum(input.bytes(*options.dark), options.dark->string());
    ChosenColumn chosen = chosen_column(lamp, dark ? &*dark : nullptr, nullptr, true);
    if (chosen.kind == ValueKind::absorbance)
      throw FileError{name + ": holds absorbance, not the light of a lamp"};
    if (!dark && chosen.name.find(" - ") == std::string::npos) chosen.flags.insert("no_dark");
    // A clipped line's place is not known.
    return {check_wavelengths(without_saturated(chosen)),
            chosen.name,
            {chosen.flags.begin(), chosen.flags.end()}};
  } catch (const SpectrumFormatError& error) {
    throw FileError{error.what()};
  } catch (const NotALampSpectrum& error) {
    throw FileError{name + ": is no spectrum of a mercury-argon lamp: " + error.what()};
  } catch (const std::invalid_argument& error) {
    throw FileError{name + ": " + error.what()};
  }
}

OrderedJson json_of(const WavelengthOptions& options, const Checked& found) {
  OrderedJson json;
  json["file"] = options.lamp.string();
  if (options.dark) json["dark"] = options.dark->string();
  json["column"] = found.column;
  put(json, "offset_nm", found.check.offset_nm);
  put(json, "centre_nm", found.check.centre_nm);
  put(json, "change_nm_per_100_nm", found.check.dispersion_nm_per_100);
  put(json, "rms_nm", found.check.rms_nm);
  json["lines"] = OrderedJson::array();
  for (const LampLine& line : found.check.lines) {
    OrderedJson one;
    put(one, "reference_nm", line.reference_nm);
    put(one, "measured_nm", line.measured_nm);
    put(one, "off_nm", line.measured_nm.value - line.reference_nm);
    json["lines"].push_back(one);
  }
  json["flags"] = found.flags;
  return json;
}

void write_for_people(const WavelengthOptions& options, const Checked& found, std::ostream& out) {
  const WavelengthCheck& check = found.check;
  const double offset = check.offset_nm.value, slope = check.dispersion_nm_per_100.value;
  out << fmt::format(
      "{}: reads {} nm too {} at {:.1f} nm, changing by {} nm per 100 nm ({} lines, rms {} nm){}\n",
      options.lamp.string(), text_of(Estimate{std::abs(offset), check.offset_nm.standard_error}),
      offset < 0.0 ? "short" : "long", check.centre_nm, text_of(check.dispersion_nm_per_100),
      check.lines.size(), digits(check.rms_nm, 2), in_brackets(found.flags));
  out << "  line nm   read nm            off nm\n";
  for (const LampLine& line : check.lines)
    out << fmt::format("  {:<8.3f}  {:<17}  {:+.2f}\n", line.reference_nm, text_of(line.measured_nm),
                       line.measured_nm.value - line.reference_nm);
  out << fmt::format("  right wavelength = read - ({:.3f} {} {:.3f} (read - {:.1f}) / 100)\n",
                     check.offset_nm.value, slope < 0.0 ? "-" : "+", std::abs(slope), check.centre_nm);
}

}  // namespace

int calibrate_wavelengths(const WavelengthOptions& options, std::istream& in, std::ostream& out) {
  const Checked found = checked(options, in);
  if (options.json)
    out << line_of(json_of(options, found)) << '\n';
  else
    write_for_people(options, found, out);
  return 0;
}

}  // namespace nocturne
