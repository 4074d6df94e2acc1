#pragma once

#include <cmath>

#include "models/plant/parcel.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {

/// Dots of one edge length and relative spread that hold `lead` mmol/L, well covered.
inline Product dots(double edge_nm, double spread, double lead) {
  Product product;
  const double lattice = shipped_plant().chemistry.lattice_nm;
  const double second = edge_nm * edge_nm * (1.0 + spread * spread);
  const double third = std::pow(edge_nm * (1.0 + spread * spread), 3);
  const double number = lead * std::pow(lattice, 3) / third;
  product.moments = {number, number * edge_nm, number * second, number * third};
  product.dot_lead = lead;
  product.fed_lead = lead;
  product.free_bromide = 100.0;
  product.ammonium = 100.0;
  return product;
}

}  // namespace nocturne::test
