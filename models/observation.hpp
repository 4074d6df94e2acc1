#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nocturne {

/// One point of the decision space: variable name, with its unit in the name, to value ("temperature_C" ->
/// 150).
using Conditions = std::map<std::string, double>;

/// A measured or predicted number and its standard error, in the same unit.
struct Estimate {
  double value = 0.0;
  double standard_error = 0.0;
};

/// Square of the standard error over that of the value.
inline double relative_variance(const Estimate& estimate) {
  return estimate.standard_error * estimate.standard_error / (estimate.value * estimate.value);
}

/// A number with a 90 % interval that need not be symmetric.
struct Interval {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// What a spectrum says about the product. Absent means not measured, never zero.
struct Observation {
  std::optional<Estimate> peak_nm;   ///< emission maximum, vacuum-free lab wavelength
  std::optional<Estimate> fwhm_meV;  ///< full width at half maximum on the energy axis
  std::optional<Estimate>
      intensity;  ///< integral of the emission over wavelength, counts nm per second of exposure
  std::optional<Estimate> absorbance;        ///< decadic, at the excitation wavelength, over the cell's path
  std::optional<Estimate> first_exciton_nm;  ///< lowest absorption transition
  std::optional<Estimate> plqy;              ///< 0..1, relative to the bench's reference
  std::optional<Estimate> yield;             ///< 0..1, share of the fed lead that is in crystals
  std::optional<Estimate> nanoplatelet_fraction;  ///< 0..1, share of the emission
  std::optional<Interval> edge_length_nm;         ///< from the sizing curve of the material
  std::vector<std::string> flags;                 ///< "saturated", "several_peaks", ... sorted, each once
};

/// Why an experiment gave no usable observation. The names are those of the log and of `run --json`.
enum class FailureKind {
  no_emission,
  nanoplatelets,
  not_settled,
  bubble,
  saturated,
  stalled,
  over_temperature,
  over_pressure,
  leak,
  interlock,
  instrument_lost,
  unreachable,
  interrupted,
};

/// The name used in files and on screens, e.g. "no_emission".
const char* name_of(FailureKind kind);
/// The kind with that name; nothing if there is none.
std::optional<FailureKind> failure_kind(const std::string& name);

struct Failure {
  FailureKind kind = FailureKind::interrupted;
  std::string detail;
};

/// A failed experiment is a result like any other: recorded, told to the optimizer, and survived.
using Outcome = std::variant<Observation, Failure>;

/// One scalar output of an observation by its public name ("peak_nm", "fwhm_meV", "edge_length_nm", ...).
/// Nothing if it was not measured. Throws std::invalid_argument for a name that is no output.
std::optional<Estimate> output(const Observation& observation, const std::string& name);

/// Every scalar output that was measured, in a fixed order.
std::vector<std::pair<std::string, Estimate>> outputs(const Observation& observation);

}  // namespace nocturne
