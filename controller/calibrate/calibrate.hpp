#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "controller/time_table.hpp"

// `nocturne calibrate`: what a bench is, from measurements of known things. Every command writes lines for
// people or, with `json`, JSON to `out`, returns the exit status 0, and throws FileError "file...: what is
// wrong" for whatever it cannot answer. "-" as a file is `in`.
namespace nocturne {

struct WavelengthOptions {
  std::filesystem::path lamp;                 ///< spectrum of a mercury-argon lamp
  std::optional<std::filesystem::path> dark;  ///< same grid and exposure
  bool json = false;
};

/// How far the spectrometer's wavelengths are off. Refuses what is no spectrum of that lamp.
int calibrate_wavelengths(const WavelengthOptions& options, std::istream& in, std::ostream& out);

struct ResidenceOptions {
  std::filesystem::path tracer;       ///< table of a detector's readings over time
  TimeChoice time;                    ///< its time column
  std::optional<std::string> signal;  ///< column at the outlet; else the first of numbers
  std::optional<double> injection_s;  ///< when the tracer was injected; this one or `inlet`
  std::optional<std::string> inlet;   ///< column at the inlet, whose pulse says when
  std::optional<double> volume_uL;    ///< of the reactor; needs the flow
  std::optional<double> flow_mL_min;
  bool json = false;
};

/// Residence time distribution from a tracer pulse.
int calibrate_residence(const ResidenceOptions& options, std::istream& in, std::ostream& out);

/// Quantum yields of the samples of a yield measurement (recipes/yield_file.hpp), one line each.
int calibrate_yield(const std::filesystem::path& measurement, bool json, std::istream& in, std::ostream& out);

struct StandardOptions {
  std::filesystem::path table;  ///< time, value, and a standard error if there is one
  TimeChoice time;
  std::optional<std::string> value;  ///< column; else the first of numbers
  std::optional<std::string> error;  ///< column; else the one named like the value with "_se", or just "se"
  double false_alarm_rate = 0.01;
  bool json = false;
};

/// Whether a standard stayed the same, drifted or stepped.
int calibrate_standards(const StandardOptions& options, std::istream& in, std::ostream& out);

struct SizingOptions {
  /// Columns peak_nm (or first_exciton_nm, where the curve is of that), edge_nm, edge_nm_se, method, and the
  /// wavelength's own error (peak_nm_se) if it is known.
  std::filesystem::path table;
  std::filesystem::path material;           ///< file
  std::optional<std::filesystem::path> to;  ///< a new material file with the corrected curve
  bool json = false;
};

/// How far the sizes of a material's curve are off, from samples whose size was measured otherwise.
int calibrate_sizing(const SizingOptions& options, std::istream& in, std::ostream& out);

}  // namespace nocturne
