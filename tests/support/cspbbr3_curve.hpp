#pragma once

#include <vector>

#include "models/material.hpp"
#include "models/sizing.hpp"

namespace nocturne::test {

/// A material with the published sizing curve of CsPbBr3 and nothing else.
inline Material cspbbr3_curve() {
  Material m;
  m.bulk_energy_eV = 2.3708;
  m.sizing_a = 0.1684;
  m.sizing_b = 0.4318;
  m.sizing_rms_nm = 0.94;
  m.smallest_edge_nm = 3.5;
  m.largest_edge_nm = 20.0;
  return m;
}

/// What a campaign on CsPbBr3 knows of its product.
inline std::vector<SizingCurve> cspbbr3_emitter() { return {*sizing_curve(cspbbr3_curve())}; }

}  // namespace nocturne::test
