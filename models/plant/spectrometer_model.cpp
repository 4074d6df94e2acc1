#include "models/plant/spectrometer_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

namespace nocturne {
namespace {

constexpr double kFwhmPerSigma = 2.354820045;
constexpr double kFringeNm = 550.0;  // where the period of the window's fringes is stated
constexpr double kFilmNm = 500.0;    // where the loss in the windows' film is stated

/// A Gaussian line of height one.
Eigen::VectorXd bell(const Eigen::VectorXd& nm, double centre, double fwhm) {
  return (-((nm.array() - centre) * kFwhmPerSigma / fwhm).square() / 2.0).exp();
}

/// Light in a room as this spectrometer resolves it: the mercury lines (NIST Atomic Spectra Database) and the
/// europium phosphor of a fluorescent tube, or the blue line and the yellow phosphor of a white LED.
Eigen::VectorXd room_spectrum(const Eigen::VectorXd& nm, bool fluorescent) {
  struct Line {
    double nm, fwhm, height;
  };
  constexpr std::array<Line, 6> kTube{{{404.66, 1.5, 0.25},
                                       {435.83, 1.5, 0.6},
                                       {546.07, 1.5, 1.0},
                                       {576.96, 1.5, 0.15},
                                       {579.07, 1.5, 0.15},
                                       {611.3, 4.0, 0.9}}};
  constexpr std::array<Line, 2> kWhiteLed{{{450.0, 22.0, 1.0}, {565.0, 120.0, 0.6}}};
  Eigen::VectorXd light = Eigen::VectorXd::Zero(nm.size());
  const auto add = [&](const Line& line) { light += line.height * bell(nm, line.nm, line.fwhm); };
  if (fluorescent)
    std::ranges::for_each(kTube, add);
  else
    std::ranges::for_each(kWhiteLed, add);
  return light;
}

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
    : optics_{parameters.optics},
      disturbances_{parameters.disturbances},
      constants_{parameters.detector},
      detector_{described(parameters.detector)} {
  set_pixels();
  set_lights();
}

void SpectrometerModel::set_pixels() {
  const Eigen::VectorXd& nm = detector_.wavelength_nm;
  const Eigen::Index pixels = nm.size();
  response_ = (-((nm.array() - optics_.response_centre_nm) / optics_.response_width_nm).square() / 2.0).exp();
  // Fringes of a plate are evenly spaced in wavenumber.
  const double fringes = 2.0 * std::numbers::pi * kFringeNm * kFringeNm / constants_.etalon_period_nm;
  response_.array() *= 1.0 + constants_.etalon_share * (fringes / nm.array()).cos();
  const double nominal = (nm(pixels - 1) - nm(0)) / static_cast<double>(pixels - 1);
  pixel_width_nm_.resize(pixels);
  for (Eigen::Index i = 0; i < pixels; ++i) {
    const Eigen::Index left = std::max<Eigen::Index>(i - 1, 0), right = std::min(i + 1, pixels - 1);
    pixel_width_nm_(i) = (nm(right) - nm(left)) / static_cast<double>(right - left) / nominal;
  }
  fixed_pattern_.resize(pixels);
  RandomSequence pattern{hash_of(constants_.serial)};
  for (double& value : fixed_pattern_) value = constants_.fixed_pattern_counts * pattern.normal();
  const double doublings =
      (constants_.temperature_C - constants_.dark_reference_C) / constants_.dark_doubling_K;
  dark_ = Eigen::VectorXd::Constant(pixels, constants_.dark_counts_per_s);
  for (const DetectorPixel& odd : constants_.odd_pixels) {
    fixed_pattern_(odd.index) += odd.offset_counts;
    dark_(odd.index) += odd.dark_counts_per_s;
  }
  dark_ *= std::exp2(doublings);
}

void SpectrometerModel::set_lights() {
  const Eigen::VectorXd& nm = detector_.wavelength_nm;
  lamp_.resize(nm.size());
  for (Eigen::Index i = 0; i < nm.size(); ++i) lamp_(i) = black_body(nm(i), optics_.lamp_color_K);
  lamp_ /= lamp_.maxCoeff();
  constexpr double kDeuteriumFall = 60.0;  // nm
  lamp_.array() += optics_.deuterium_share * (-(nm.array() - 350.0) / kDeuteriumFall).exp();
  lamp_.array() *= response_.array();
  lamp_ *= optics_.lamp_counts_per_s / lamp_.maxCoeff();
  led_line_ = optics_.led_leak_counts_per_s * bell(nm, optics_.led_nm, optics_.led_fwhm_nm);
  room_light_ = response_.cwiseProduct(room_spectrum(nm, disturbances_.room_fluorescent));
  room_light_ *= disturbances_.room_light_counts_per_s / std::max(room_light_.maxCoeff(), 1e-12);
  film_ = (nm.array() / kFilmNm).pow(-disturbances_.fouling_exponent);
  led_film_ = std::pow(optics_.led_nm / kFilmNm, -disturbances_.fouling_exponent);
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

Eigen::VectorXd SpectrometerModel::disturbed(const Eigen::VectorXd& led, const Eigen::VectorXd& lamp, Lit lit,
                                             double exposure_s, const Disturbance& disturbance) const {
  const double gas = disturbance.bubble_share, past = gas * disturbance.bubble_light;
  Eigen::VectorXd excited = (1.0 - gas) * lit.led_s * led;
  Eigen::VectorXd through = (1.0 - gas) * lit.lamp_s * lamp;
  if (gas > 0.0) {
    excited += past * lit.led_s * with_stray(led_line_);
    through += past * lit.lamp_s * with_stray(lamp_);
  }
  if (disturbance.film > 0.0) {
    // The lamp shines through both windows, the LED and what it excites each through one.
    const Eigen::ArrayXd one = (-0.5 * std::numbers::ln10 * disturbance.film * film_.array()).exp();
    excited.array() *= one * std::pow(10.0, -0.5 * disturbance.film * led_film_);
    through.array() *= one.square();
  }
  return excited + through + exposure_s * disturbance.room_light * room_light_;
}

Eigen::VectorXd SpectrometerModel::counts(const Eigen::VectorXd& light, double exposure_s, int scans,
                                          RandomSequence& random, double warmer_K) const {
  const auto& bend = constants_.nonlinearity;
  const double read_variance = constants_.read_noise_counts * constants_.read_noise_counts;
  const double dark_s = exposure_s * std::exp2(warmer_K / constants_.dark_doubling_K);
  Eigen::VectorXd result(light.size());
  for (Eigen::Index i = 0; i < light.size(); ++i) {
    const double linear = light(i) + dark_s * dark_(i);
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
