#include <algorithm>
#include <cmath>

#include "models/plant/spectrometer_model.hpp"
#include "models/plant/steady.hpp"
#include "models/spectra/interpret.hpp"

namespace nocturne {
namespace {

constexpr int kScans = 9;
constexpr int kReads = 3;
constexpr double kLedExposure = 0.3;    // s
constexpr double kLampExposure = 0.05;  // s

/// Reads of one product as a careful operator takes them: dark and reference first, then repeated reads of
/// each light.
MeasurementFrames measured(const PlantOptics& optics, const SpectrometerModel& spectrometer,
                           const CellSpectra& cell, RandomSequence& random) {
  const CellSpectra clear{
      Eigen::VectorXd::Zero(Optics::kPoints), Eigen::VectorXd::Zero(Optics::kPoints), 0.0, {}};
  const Eigen::VectorXd nothing = Eigen::VectorXd::Zero(spectrometer.detector().wavelength_nm.size());
  const auto read = [&](const Eigen::VectorXd& light, double exposure, bool lamp, bool led) {
    return Frame{
        spectrometer.counts(light * exposure, exposure, kScans, random), exposure, kScans, false, lamp, led};
  };
  const auto wandered = [&] { return std::pow(10.0, -optics.baseline_wander * random.normal()); };
  MeasurementFrames frames;
  frames.emission_dark = read(nothing, kLedExposure, false, false);
  frames.transmission_dark = read(nothing, kLampExposure, false, false);
  frames.reference = read(spectrometer.lamp_light(clear) * wandered(), kLampExposure, true, false);
  const Eigen::VectorXd led = spectrometer.led_light(cell);
  const Eigen::VectorXd lamp = spectrometer.lamp_light(cell);
  for (int i = 0; i < kReads; ++i) {
    frames.emission.push_back(read(led, kLedExposure, false, true));
    frames.transmission.push_back(read(lamp * wandered(), kLampExposure, true, false));
  }
  return frames;
}

/// An analysis that knows exactly what the plant is made of.
Material own_material(const PlantParameters& parameters) {
  constexpr double kHalfWindow = 4.0;  // nm
  const PlantOptics& optics = parameters.optics;
  Material material;
  material.name = parameters.name;
  material.bulk_energy_eV = optics.bulk_emission_eV;
  material.sizing_a = optics.sizing_a_per_eV_nm2;
  material.sizing_b = optics.sizing_b_per_eV_nm;
  material.smallest_edge_nm = 3.5;
  material.largest_edge_nm = 20.0;
  material.absorption_450_per_cm = optics.absorption_450_per_cm;
  for (const auto& [monolayers, peak_nm] : optics.platelet_nm_by_monolayers) {
    double low = peak_nm - kHalfWindow;
    if (!material.platelets.empty()) {
      double& below = material.platelets.back().high_nm;
      const double middle = 0.5 * (below + low);
      if (below > low) below = low = middle;
    }
    material.platelets.push_back({monolayers, low, peak_nm + kHalfWindow});
  }
  return material;
}

}  // namespace

Outcome steady_observation(const PlantParameters& parameters, const Conditions& conditions,
                           std::uint64_t seed) {
  return steady_observation(parameters, own_material(parameters), conditions, seed);
}

Outcome steady_observation(const PlantParameters& parameters, const Material& material,
                           const Conditions& conditions, std::uint64_t seed) {
  RandomSequence random{mixed(seed, 0, 0)};
  const PlantReproducibility& r = parameters.reproducibility;
  const ChemistryOffset offset{r.surface_energy * random.normal(), r.bromide_activity * random.normal()};
  const Product product = steady_product(parameters, conditions, offset);
  const CellSpectra cell = Optics{parameters}.spectra(product, reaction_share_when_measured(parameters));
  const SpectrometerModel spectrometer{parameters};
  const MeasurementFrames frames = measured(parameters.optics, spectrometer, cell, random);
  InterpretationSettings settings;
  settings.excitation_nm = parameters.optics.led_nm;
  return interpret(frames, spectrometer.detector(), material, settings);
}

}  // namespace nocturne
