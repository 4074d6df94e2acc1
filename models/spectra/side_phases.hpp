#pragma once

#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// What an absorbance spectrum says about one phase beside the wanted one.
struct SidePhaseSign {
  std::string name;
  Estimate height;       ///< of its band above its surroundings, in absorbance
  bool present = false;  ///< the band stands out of the noise and is as narrow as that phase's
};

/// Signs of the material's side phases whose band the absorbance, background subtracted, covers with 25 nm to
/// both sides; of the others nothing is said. The surroundings are continued geometrically, so that no sum
/// of exponentials and power laws, as complexes, ligands and scattering make, looks like a band. Cs4PbBr6: a
/// narrow one near 313 nm from single octahedra (Akkerman, Abdelhady and Manna 2018,
/// 10.1021/acs.jpclett.8b00572). CsPb2Br5 can not be told in line: its indirect edge beyond 3 eV has no band
/// and lies where lead complexes and ligands absorb, and it does not emit (Dursun et al. 2017,
/// 10.1002/cssc.201701131); a green line besides is that of CsPbBr3 (Wang et al. 2019,
/// 10.1002/adma.201902492).
std::vector<SidePhaseSign> side_phase_signs(const Spectrum& absorbance, const Material& material);

}  // namespace nocturne
