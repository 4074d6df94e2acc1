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
      Eigen::VectorXd::Zero(Optics::kPoints), Eigen::VectorXd::Zero(Optics::kPoints), 0.0, {}, cell.cell_C};
  const Eigen::VectorXd nothing = Eigen::VectorXd::Zero(spectrometer.detector().wavelength_nm.size());
  const auto read = [&](const Eigen::VectorXd& light, double exposure, bool lamp, bool led) {
    return Frame{
        spectrometer.counts(light * exposure, exposure, kScans, random), exposure, kScans, false, lamp, led};
  };
  const auto wandered = [&] { return std::pow(10.0, -optics.baseline_wander * random.normal()); };
  MeasurementFrames frames;
  frames.darks = {read(nothing, kLedExposure, false, false), read(nothing, kLampExposure, false, false)};
  frames.reference = read(spectrometer.lamp_light(clear) * wandered(), kLampExposure, true, false);
  const Eigen::VectorXd led = spectrometer.led_light(cell);
  const Eigen::VectorXd lamp = spectrometer.lamp_light(cell);
  for (int i = 0; i < kReads; ++i) {
    frames.emission.push_back(read(led, kLedExposure, false, true));
    frames.transmission.push_back(read(lamp * wandered(), kLampExposure, true, false));
  }
  return frames;
}

}  // namespace

Outcome steady_observation(const PlantParameters& parameters, const Material& material,
                           const Conditions& conditions, std::uint64_t seed) {
  RandomSequence random{mixed(seed, 0, 0)};
  const PlantReproducibility& r = parameters.reproducibility;
  const ChemistryOffset offset{r.surface_energy * random.normal(), r.bromide_activity * random.normal()};
  const Product product = steady_product(parameters, conditions, offset);
  const CellSpectra cell = Optics{parameters}.spectra(product, reaction_share_when_measured(parameters));
  const SpectrometerModel spectrometer{parameters};
  MeasurementFrames frames = measured(parameters.optics, spectrometer, cell, random);
  frames.fed_lead_mmol_per_L = product.fed_lead * reaction_share_when_measured(parameters);
  InterpretationSettings settings;
  settings.path_cm = 0.1 * parameters.geometry.optical_path_mm;
  settings.excitation_nm = parameters.optics.led_nm;
  return interpret(frames, spectrometer.detector(), material, settings);
}

}  // namespace nocturne
