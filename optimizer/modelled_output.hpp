#pragma once

#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/surrogate.hpp"

namespace nocturne {

/// The scale on which an output is modelled. Public numbers stay in their public unit.
enum class OutputScale {
  plain,
  energy_of_nm,  ///< a wavelength in nm is modelled as a photon energy in eV
  logarithmic,
};

/// One output of an experiment and how the model sees it.
struct ModelledOutput {
  std::string name;  ///< public: "peak_nm"
  OutputScale scale = OutputScale::plain;
  OutputPrior prior;  ///< in the model's unit
};

/// Whether the prior says how the output depends on the conditions: then the model can choose before any
/// data.
bool is_physical(const ModelledOutput& output);
/// Whether the prior says where values lie at all, so that there are intervals before any data.
bool has_prior(const ModelledOutput& output);

/// Whether positive values look more like the exponentials of normal numbers than like normal numbers (Box
/// and Cox 1964, doi:10.1111/j.2517-6161.1964.tb00553.x): logarithmic or plain. Plain for fewer than five.
OutputScale likely_scale(const std::vector<double>& values);

/// A public number on the model's scale; NaN where it has none (a logarithm of what is not positive).
double to_model(OutputScale scale, double value);
/// The same with its standard error, to first order.
Estimate to_model(OutputScale scale, const Estimate& measured);
/// The public number, and its derivative with respect to the model's.
double from_model(OutputScale scale, double value);
double from_model_slope(OutputScale scale, double value);
/// A 90 % interval in public units of a normal distribution on the model's scale; infinite where it reaches a
/// photon energy of zero.
Interval from_model(OutputScale scale, double mean, double standard_deviation);

/// "drift of peak_nm: +0.8 ± 0.1 nm/h (5 repeats)": a drift on the model's scale in the public unit.
std::string in_words(const ModelledOutput& output, const Drift& drift);

/// Wavelength and photon energy: nm * eV.
constexpr double kWavelengthTimesEnergy = 1239.841984;

}  // namespace nocturne
