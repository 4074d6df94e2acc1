#pragma once

#include <string>

#include "controller/log/log.hpp"

namespace nocturne::test {

/// What event number `n` of a test log holds, with these counts in its spectra: a function of both alone.
inline Event numbered_event(int n, const Eigen::VectorXd& counts) {
  Event event;
  event.time = Instant{Duration{1'000'003LL * n}};
  event.kind = n % 3 == 0 ? "frames" : "warning";
  if (n % 2 == 0) event.experiment = n / 2;
  event.body = "{\"n\":" + std::to_string(n) + "}";
  for (int k = 0; k < n % 3; ++k) {
    SpectrumRecord spectrum;
    spectrum.role = k == 0 ? "emission" : "transmission";
    spectrum.frame = {counts * 0.5, 0.3 + k, 9 + k, k == 1, k == 1, k == 0};
    if (k == 1) spectrum.wavelength_nm = Eigen::VectorXd::LinSpaced(counts.size(), 400.0, 500.0 + n);
    event.spectra.push_back(std::move(spectrum));
  }
  return event;
}

}  // namespace nocturne::test
