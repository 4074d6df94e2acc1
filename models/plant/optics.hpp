#pragma once

#include <Eigen/Core>
#include <vector>

#include "models/plant/parcel.hpp"
#include "models/plant/plant.hpp"

namespace nocturne {

/// What one product does to light, on the wavelength grid of Optics.
struct CellSpectra {
  Eigen::VectorXd absorbance;  ///< decadic, over the cell's path, as diluted
  Eigen::VectorXd emission;    ///< counts/(s nm) that leave the cell with the LED on, for a flat detector
  double excitation_absorbance = 0.0;  ///< of all that absorbs at the LED's wavelength
  PlantTruth truth;                    ///< of the emission before anything is reabsorbed
};

/// Crystals of one size or thickness.
struct CrystalSpecies {
  double solid = 0.0;    ///< volume fraction in the reaction mixture
  double energy = 0.0;   ///< of emission, eV
  double first = 0.0;    ///< lowest transition, eV
  double exciton = 0.0;  ///< its strength, relative to the continuum
  double yield = 0.0;
  double fwhm = 0.0;  ///< of the emission's blue flank, eV
  double red_fwhm = 0.0;
  double lorentzian = 0.0;
  bool platelet = false;
};

/// Absorption and emission of a size distribution of dots, of platelets and of what is left in solution.
class Optics {
 public:
  explicit Optics(const PlantParameters& parameters);

  /// The product in a cell of which `reaction_share` is reaction mixture and the rest diluent.
  CellSpectra spectra(const Product& product, double reaction_share) const;

  static constexpr Eigen::Index kPoints = 801;
  static constexpr double kFirst = 330.0;  ///< nm
  static constexpr double kSpacing = 0.5;  ///< nm; nothing absorbs or emits beyond the grid's end at 730 nm
  static double wavelength_nm(Eigen::Index point) { return kFirst + kSpacing * static_cast<double>(point); }
  /// A spectrum on the grid at any wavelength; below the grid its first value, zero beyond it.
  static double at(const Eigen::VectorXd& spectrum, double wavelength);

  /// Emission energy of a dot (eV).
  double emission_energy(double edge_nm) const;
  /// Quantum yield of a perfectly covered dot: through the three known points, level far outside them.
  double size_yield(double edge_nm) const;

 private:
  std::vector<CrystalSpecies> dots(const Product& product) const;
  std::vector<CrystalSpecies> platelets(const Product& product) const;
  double surface_yield(const Product& product) const;
  double continuum(double energy) const;
  void add_absorption(const CrystalSpecies& species, Eigen::VectorXd& natural_per_cm) const;
  double dissolved_absorption(const Product& product, double wavelength) const;
  void add_line(const CrystalSpecies& species, double area, Eigen::VectorXd& spectrum) const;
  /// Absorption relative to the continuum's.
  double transitions(const CrystalSpecies& species, double energy) const;

  PlantOptics constants_;
  double path_cm_;
  double platelet_spread_;     ///< monolayers
  Eigen::VectorXd energies_;   ///< eV, of the grid
  Eigen::VectorXd continuum_;  ///< absorption coefficient of the solid far above its edge, 1/cm
};

}  // namespace nocturne
