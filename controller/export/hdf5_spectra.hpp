#pragma once

#include <H5Cpp.h>

namespace nocturne {

class LogSnapshot;

/// Below `spectra` a group an experiment ("experiment_0003", or "calibration"), and in it an NXdata a role:
/// counts over time and wavelength. Where the wavelengths of a role change, another one begins
/// ("emission_2").
void write_spectra(H5::Group& spectra, const LogSnapshot& log);

}  // namespace nocturne
