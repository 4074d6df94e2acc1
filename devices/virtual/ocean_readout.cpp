#include "devices/virtual/ocean_readout.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne {

OceanReadout::OceanReadout(const OceanModel& model, const Detector& detector, OceanQuirks quirks,
                           double baseline_counts)
    : model_{model}, detector_{detector}, quirks_{quirks}, baseline_{baseline_counts} {}

Eigen::VectorXd OceanReadout::read(Eigen::VectorXd counts, const OceanLight& light,
                                   const VirtualOceanFaults& faults) {
  if (faults.frozen && last_) return *last_;
  const double share = light_share(light, faults);
  if (share != 1.0) counts = (baseline_ + share * (counts.array() - baseline_)).matrix().eval();
  if (light.led && light.shutter_open && quirks_.led_line_counts > 0.0) add_led_line(counts);
  if (faults.saturated) counts.setConstant(2.0 * model_.full_scale);
  for (const auto& [first, last] : model_.dark_ranges) darken(counts, first, last);
  const Eigen::Index edge = std::min<Eigen::Index>(quirks_.unlit_edge_pixels, counts.size());
  darken(counts, 0, edge - 1);
  darken(counts, counts.size() - edge, counts.size() - 1);
  ++exposures_;
  if (quirks_.dark_corrected_every > 0 && exposures_ % quirks_.dark_corrected_every == 0)
    counts.array() -= baseline_;
  last_ = counts;
  return counts;
}

std::uint64_t OceanReadout::converted(double counts, Eigen::Index pixel,
                                      const VirtualOceanFaults& faults) const {
  const double clipped = std::isnan(counts) ? 0.0 : std::clamp(counts, 0.0, model_.full_scale);
  auto value = static_cast<std::uint64_t>(std::lround(clipped));
  if (faults.stuck_pixel.value_or(pixel) == pixel) value |= faults.stuck_bits;
  return value;
}

double OceanReadout::light_share(const OceanLight& light, const VirtualOceanFaults& faults) {
  if (!light.shutter_open) return 0.0;
  double share = 1.0;
  if (quirks_.least_wander < quirks_.most_wander) {
    std::uniform_real_distribution<double> absorbance{quirks_.least_wander, quirks_.most_wander};
    share *= std::pow(10.0, -absorbance(random_));
  }
  if (light.lamp && faults.lamp_flicker > 0.0) {
    std::normal_distribution<double> brightness{1.0, faults.lamp_flicker};
    share *= std::max(0.0, brightness(random_));
  }
  return share;
}

void OceanReadout::add_led_line(Eigen::VectorXd& counts) const {
  const double sigma = quirks_.led_line_width_nm / (2.0 * std::sqrt(2.0 * std::log(2.0)));
  const Eigen::ArrayXd from_line = (detector_.wavelength_nm.array() - quirks_.led_line_nm) / sigma;
  counts.array() += quirks_.led_line_counts * (-0.5 * from_line.square()).exp();
}

void OceanReadout::darken(Eigen::VectorXd& counts, Eigen::Index first, Eigen::Index last) {
  std::normal_distribution<double> noise{0.0, 1.0};
  for (Eigen::Index i = first; i <= last; ++i)
    counts[i] = baseline_ + detector_.read_noise_counts * noise(random_);
}

}  // namespace nocturne
