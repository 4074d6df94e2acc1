#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"

namespace nocturne {

/// A sample whose size was measured apart from its spectrum.
struct SizeAnchor {
  Estimate wavelength_nm;  ///< where the material's sizing curve has it: emission peak, or first exciton
  Estimate edge_nm;
  std::string method;  ///< as method_family() has it: what may be off together
};

/// One name for all methods that see the same in the same way: "HR-TEM", "tem (n = 200)" and "STEM" are
/// "TEM", "powder XRD" is "XRD". What is not known is itself, in capitals, letters and digits only.
std::string method_family(const std::string& label);

/// Sizes by anchors over sizes by the curve. The factor's error holds what methods differ by.
struct SizingCorrection {
  Estimate factor;                          ///< of all edge lengths
  std::map<std::string, Estimate> methods;  ///< the same by each method alone, without what methods differ by
  double between_methods = 0.0;             ///< relative, one standard deviation
  double scatter = 1.0;                     ///< of the anchors about it, in their standard errors; at least 1
  std::vector<double> left_over;            ///< per anchor, relative
  /// By how many of its standard errors the factor changes from small to large: beyond 2 the curve has
  /// another shape.
  double trend = 0.0;
};

/// At least three anchors on the curve are needed for what follows from how they scatter.
constexpr std::size_t kFewestAnchors = 3;

/// One factor for all sizes: ln(edge / edge by the curve) is c + o_m + e, with an offset o_m for each method
/// and an error e of the edge, of the wavelength and of the curve (its rms). Methods are weighed as studies
/// are by DerSimonian and Laird (1986, 10.1016/0197-2456(86)90046-2), and taken to differ by at least 5 %,
/// which one method alone cannot show. Errors grow by the scatter if that is more than they allow (Birge's
/// ratio). Throws std::invalid_argument for less than kFewestAnchors, and for anchors beyond the curve.
SizingCorrection sizing_correction(const Material& material, const std::vector<SizeAnchor>& anchors);

/// The material with all sizes of its curve multiplied, and as uncertain as that is.
Material corrected(const Material& material, const SizingCorrection& correction);

}  // namespace nocturne
