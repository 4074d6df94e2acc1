#include "models/plant/transport_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>

#include "models/plant/steady.hpp"
#include "models/plant/transport.hpp"

namespace nocturne {
namespace {

constexpr double kShearFrom = 14.0;  // Péclet number at which shear spreads about as much as diffusion

std::string text_of(double value) {
  std::ostringstream text;
  text.precision(3);
  text << value;
  return text.str();
}

std::string problem(const TransportCheck& found, bool segmented) {
  constexpr double kLaminar = 2000.0, kDiffusions = 0.8;
  if (!(found.bodenstein > 0.0)) return "a section without flow";
  if (found.reynolds > kLaminar) return "a Reynolds number of " + text_of(found.reynolds) + " (below 2000)";
  if (segmented) return "";
  if (found.radial_diffusions < kDiffusions)
    return "too short for Taylor and Aris: " + text_of(found.length_per_diameter) +
           " diameters at a Péclet number of " + text_of(found.peclet) + " (" +
           text_of(found.radial_diffusions) + " radial diffusion times, at least 0.8)";
  if (found.bodenstein < 1.0 / kLargestDispersion)
    return "a Bodenstein number of " + text_of(found.bodenstein) + " (above " +
           text_of(1.0 / kLargestDispersion) + ", where the spread is cut)";
  return "";
}

}  // namespace

TransportCheck check_transport(const PlantParameters& parameters, const std::vector<Section>& sections,
                               const std::vector<double>& flows) {
  const PlantGeometry& tube = parameters.geometry;
  const double diameter = tube.inner_diameter_mm * 1e-3;
  const double area = std::numbers::pi * diameter * diameter / 4.0;
  double fastest = 0.0, length = 0.0, seconds = 0.0;
  for (std::size_t section = 0; section + 1 < sections.size(); ++section) {
    const double speed = flows[section] * 1e-9 / 60.0 / area;
    const double here = sections[section].volume_uL * 1e-9 / area;
    fastest = std::max(fastest, speed);
    length += here;
    seconds += here / speed;
  }
  TransportCheck found;
  found.reynolds = 1e6 * tube.density_kg_per_L * fastest * diameter / tube.viscosity_mPas;
  found.peclet = fastest * diameter / tube.diffusivity_m2_per_s;
  found.length_per_diameter = length / diameter;
  found.radial_diffusions = 4.0 * tube.diffusivity_m2_per_s * seconds / (diameter * diameter);
  if (std::isfinite(seconds)) found.bodenstein = 1.0 / dispersion_number(tube, sections, flows);
  found.regime = tube.segmented               ? "segmented"
                 : found.peclet >= kShearFrom ? "laminar, spread by shear"
                                              : "laminar, spread by diffusion";
  found.reason = problem(found, tube.segmented);
  found.valid = found.reason.empty();
  return found;
}

TransportCheck check_transport(const PlantParameters& parameters, const Conditions& conditions) {
  return check_transport(parameters, sections_of(parameters), steady_flows(parameters, conditions));
}

std::vector<std::string> transport_notes(const PlantParameters& parameters) {
  Conditions middle;
  double shortest = 0.0, longest = 0.0;
  for (const Variable& variable : parameters.variables) {
    middle[variable.name] = 0.5 * (variable.low + variable.high);
    if (variable.name != "residence_time_s") continue;
    shortest = variable.low;
    longest = variable.high;
  }
  std::vector<std::string> notes;
  for (const double residence : {shortest, longest}) {
    middle["residence_time_s"] = residence;
    const TransportCheck found = check_transport(parameters, middle);
    if (!found.valid)
      notes.push_back("transport at residence_time_s = " + text_of(residence) + ": " + found.reason);
  }
  return notes;
}

}  // namespace nocturne
