#pragma once

#include <cmath>
#include <numbers>
#include <variant>

#include "models/plant/optics.hpp"
#include "models/plant/random.hpp"
#include "models/plant/spectrometer_model.hpp"
#include "models/spectra/interpret.hpp"

namespace nocturne::test {

/// Dark, reference and repeated reads of what is in a plant's cell, as an operator takes them.
inline MeasurementFrames read_cell(const PlantParameters& plant, const CellSpectra& cell,
                                   std::uint64_t seed) {
  constexpr double kLed = 0.3, kLamp = 0.05;  // s
  constexpr int kScans = 9, kReads = 6;
  const SpectrometerModel model{plant};
  RandomSequence random{mixed(seed, 7, 0)};
  const Eigen::VectorXd none = Eigen::VectorXd::Zero(model.detector().wavelength_nm.size());
  const CellSpectra clear{
      Eigen::VectorXd::Zero(Optics::kPoints), Eigen::VectorXd::Zero(Optics::kPoints), 0.0, {}, cell.cell_C};
  const auto read = [&](const Eigen::VectorXd& light, double exposure, bool lamp) {
    const bool led = !lamp && light.maxCoeff() > 0.0;
    return Frame{
        model.counts(light * exposure, exposure, kScans, random), exposure, kScans, false, lamp, led};
  };
  const auto wandered = [&] { return std::pow(10.0, -plant.optics.baseline_wander * random.normal()); };
  MeasurementFrames frames;
  frames.darks = {read(none, kLed, false), read(none, kLamp, false)};
  frames.reference = read(model.lamp_light(clear) * wandered(), kLamp, true);
  for (int i = 0; i < kReads; ++i) {
    frames.emission.push_back(read(model.led_light(cell), kLed, false));
    frames.transmission.push_back(read(model.lamp_light(cell) * wandered(), kLamp, true));
  }
  return frames;
}

/// A dye like coumarin 153 in ethanol in the plant's cell: one band at 422 nm, 80 nm wide, one line at 530
/// nm, 85 nm wide, that carries `plqy` of what it absorbs.
inline CellSpectra dye_in_cell(const PlantParameters& plant, double plqy, double absorbance_365) {
  const auto bell = [](double nm, double centre, double fwhm) {
    return std::exp(-4.0 * std::numbers::ln2 * std::pow((nm - centre) / fwhm, 2));
  };
  constexpr double kLine = 530.0, kWidth = 85.0;
  const Optics optics{plant};
  const double area = kWidth * std::sqrt(std::numbers::pi / (4.0 * std::numbers::ln2));
  const double lost = std::numbers::ln10 * plant.optics.inner_filter_depth;
  CellSpectra cell;
  cell.absorbance = cell.emission = Eigen::VectorXd::Zero(Optics::kPoints);
  cell.excitation_absorbance = absorbance_365;
  for (Eigen::Index i = 0; i < Optics::kPoints; ++i) {
    const double nm = optics.wavelength_nm(i);
    cell.absorbance(i) = absorbance_365 * bell(nm, 422.0, 80.0) / bell(plant.optics.led_nm, 422.0, 80.0);
    cell.emission(i) = plant.optics.emission_counts_per_s * std::numbers::ln10 * absorbance_365 * plqy *
                       bell(nm, kLine, kWidth) / area *
                       std::exp(-lost * (cell.absorbance(i) + absorbance_365));
  }
  return cell;
}

/// What the plant's own bench gives for `emission_per_absorbed` of its yield reference: the dye is read five
/// times at an absorbance near 0.05, each time as products are.
inline Estimate measured_reference(const PlantParameters& plant, double plqy) {
  constexpr int kTimes = 5;
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < kTimes; ++i) {
    const MeasurementFrames frames =
        read_cell(plant, dye_in_cell(plant, plqy, 0.04 + 0.005 * i), 100 + static_cast<std::uint64_t>(i));
    const SpectrometerModel model{plant};
    const auto seen = std::get<Observation>(interpret(frames, model.detector(), Material{}));
    const double one = seen.intensity->value / (std::numbers::ln10 * seen.absorbance->value);
    sum += one;
    squares += one * one;
  }
  const double mean = sum / kTimes;
  return {mean, std::sqrt(std::max(squares / kTimes - mean * mean, 0.0) / (kTimes - 1))};
}

}  // namespace nocturne::test
