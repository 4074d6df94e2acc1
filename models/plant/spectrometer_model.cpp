#include "models/plant/spectrometer_model.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace nocturne {
namespace {

constexpr double kFwhmPerSigma = 2.354820045;

/// FNV-1a: a detector's pattern belongs to its serial number.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// Photons of a black body per nm, up to a factor (Planck).
double black_body(double wavelength_nm, double temperature_K) {
  constexpr double kSecondRadiation = 1.438776877e7;  // nm K
  return std::pow(wavelength_nm, -4) / std::expm1(kSecondRadiation / (wavelength_nm * temperature_K));
}

Detector described(const PlantDetector& constants) {
  Detector detector;
  detector.model = constants.model;
  detector.serial = constants.serial;
  detector.wavelength_nm.resize(constants.pixels);
  const auto& c = constants.wavelength_nm;
  for (int n = 0; n < constants.pixels; ++n)
    detector.wavelength_nm(n) = c[0] + n * (c[1] + n * (c[2] + n * c[3]));
  detector.saturation_counts = constants.saturation_counts;
  detector.nonlinearity.assign(constants.nonlinearity.begin(), constants.nonlinearity.end());
  detector.gain_electrons_per_count = constants.gain_electrons_per_count;
  detector.read_noise_counts = constants.read_noise_counts;
  return detector;
}

}  // namespace

SpectrometerModel::SpectrometerModel(const PlantParameters& parameters)
    : optics_{parameters.optics}, constants_{parameters.detector}, detector_{described(parameters.detector)} {
  const Eigen::VectorXd& nm = detector_.wavelength_nm;
  const Eigen::Index pixels = nm.size();
  response_ = (-((nm.array() - optics_.response_centre_nm) / optics_.response_width_nm).square() / 2.0).exp();
  lamp_.resize(pixels);
  for (Eigen::Index i = 0; i < pixels; ++i) lamp_(i) = black_body(nm(i), optics_.lamp_color_K);
  lamp_ /= lamp_.maxCoeff();
  constexpr double kDeuteriumFall = 60.0;  // nm
  lamp_.array() += optics_.deuterium_share * (-(nm.array() - 350.0) / kDeuteriumFall).exp();
  lamp_.array() *= response_.array();
  lamp_ *= optics_.lamp_counts_per_s / lamp_.maxCoeff();
  const double sigma = optics_.led_fwhm_nm / kFwhmPerSigma;
  led_line_ = optics_.led_leak_counts_per_s * (-((nm.array() - optics_.led_nm) / sigma).square() / 2.0).exp();
  const double nominal = (nm(pixels - 1) - nm(0)) / static_cast<double>(pixels - 1);
  pixel_width_nm_.resize(pixels);
  for (Eigen::Index i = 0; i < pixels; ++i) {
    const Eigen::Index left = std::max<Eigen::Index>(i - 1, 0), right = std::min(i + 1, pixels - 1);
    pixel_width_nm_(i) = (nm(right) - nm(left)) / static_cast<double>(right - left) / nominal;
  }
  fixed_pattern_.resize(pixels);
  RandomSequence pattern{hash_of(constants_.serial)};
  for (double& value : fixed_pattern_) value = constants_.fixed_pattern_counts * pattern.normal();
}

Eigen::VectorXd SpectrometerModel::with_stray(Eigen::VectorXd light) const {
  light.array() += optics_.stray_light * light.mean();
  return light;
}

Eigen::VectorXd SpectrometerModel::led_light(const CellSpectra& cell) const {
  Eigen::VectorXd light = led_line_ * std::pow(10.0, -cell.excitation_absorbance);
  for (Eigen::Index i = 0; i < light.size(); ++i)
    light(i) += response_(i) * pixel_width_nm_(i) * Optics::at(cell.emission, detector_.wavelength_nm(i));
  return with_stray(std::move(light));
}

Eigen::VectorXd SpectrometerModel::lamp_light(const CellSpectra& cell) const {
  const Eigen::VectorXd lost = 1.0 - Eigen::pow(10.0, -cell.absorbance.array());
  Eigen::VectorXd light = lamp_;
  for (Eigen::Index i = 0; i < light.size(); ++i)
    light(i) *= 1.0 - Optics::at(lost, detector_.wavelength_nm(i));
  return with_stray(std::move(light));
}

Eigen::VectorXd SpectrometerModel::counts(const Eigen::VectorXd& light, double exposure_s, int scans,
                                          RandomSequence& random) const {
  const auto& bend = constants_.nonlinearity;
  const double read_variance = constants_.read_noise_counts * constants_.read_noise_counts;
  const double background = constants_.dark_counts_per_s * exposure_s;
  Eigen::VectorXd result(light.size());
  for (Eigen::Index i = 0; i < light.size(); ++i) {
    const double linear = light(i) + background;
    const double variance = linear / constants_.gain_electrons_per_count + read_variance;
    const double collected = linear + std::sqrt(variance / scans) * random.normal();
    // Detector::nonlinearity gives linear from measured counts; its inverse by iteration, for a bend of a few
    // per cent.
    double measured = collected;
    for (int step = 0; step < 4; ++step)
      measured = collected * (bend[0] + measured * (bend[1] + measured * bend[2]));
    const double value = constants_.offset_counts + fixed_pattern_(i) + measured;
    result(i) = std::clamp(scans == 1 ? std::round(value) : value, 0.0, constants_.saturation_counts);
  }
  return result;
}

}  // namespace nocturne
