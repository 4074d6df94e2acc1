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
  double cell_C = 0.0;                 ///< the crystals' temperature while they are seen, not made
};

/// Crystals of one size or thickness.
struct CrystalSpecies {
  double solid = 0.0;    ///< volume fraction in the reaction mixture
  double energy = 0.0;   ///< of emission, eV
  double first = 0.0;    ///< lowest transition, eV
  double exciton = 0.0;  ///< its strength, relative to the continuum
  double second = 0.0;   ///< distance of the next transition from the first, eV
  double second_strength = 0.0;
  double third = 0.0;
  double third_strength = 0.0;
  double continuum = 0.0;  ///< where the step of the continuum is, eV
  double yield = 0.0;
  double fwhm = 0.0;  ///< of the emission's blue flank, eV
  double red_fwhm = 0.0;
  double lorentzian = 0.0;
  bool platelet = false;
};

/// How finely spectra and size distributions are resolved.
struct OpticsGrid {
  Eigen::Index points = 881;  ///< from Optics::kFirst to Optics::kLast
  int sizes = 21;             ///< classes of a size distribution
};

/// Absorption and emission of a size distribution of dots, of platelets, of side phases and of what is left
/// in solution, at the temperature of the cell.
class Optics {
 public:
  explicit Optics(const PlantParameters& parameters, OpticsGrid grid = {});

  /// The product in a cell of which `reaction_share` is reaction mixture and the rest diluent.
  CellSpectra spectra(const Product& product, double reaction_share) const;
  /// Its `truth` alone, several times faster.
  PlantTruth truth(const Product& product, double reaction_share) const;

  static constexpr double kFirst = 290.0;  ///< nm
  static constexpr double kLast = 730.0;   ///< nm; nothing absorbs or emits beyond
  static constexpr Eigen::Index kPoints = OpticsGrid{}.points;
  double wavelength_nm(Eigen::Index point) const { return kFirst + spacing_ * static_cast<double>(point); }
  /// A spectrum on such a grid at any wavelength; below the grid its first value, zero beyond it.
  static double at(const Eigen::VectorXd& spectrum, double wavelength);

  /// Emission energy of a dot (eV).
  double emission_energy(double edge_nm) const;
  /// Quantum yield of a perfectly covered dot: through the three known points, level far outside them.
  double size_yield(double edge_nm) const;

 private:
  std::vector<CrystalSpecies> crystals(const Product& product) const;
  std::vector<CrystalSpecies> dots(const Product& product) const;
  CrystalSpecies dot(double edge_nm) const;
  std::vector<CrystalSpecies> platelets(const Product& product) const;
  double surface_yield(const Product& product) const;
  double continuum(double energy) const;
  void add_absorption(const CrystalSpecies& species, Eigen::VectorXd& natural_per_cm) const;
  double dissolved_absorption(const Product& product, double wavelength) const;
  double side_phase_absorption(const Product& product, double wavelength) const;
  PlantTruth emitted(const std::vector<CrystalSpecies>& crystals, const Product& product, double path_cm,
                     Eigen::VectorXd& line) const;
  void read_line(const Eigen::VectorXd& line, PlantTruth& truth) const;
  /// Per eV; the factor to per nm is left out.
  void add_line(const CrystalSpecies& species, double area, Eigen::VectorXd& spectrum) const;
  /// Absorption relative to the continuum's.
  double transitions(const CrystalSpecies& species, double energy) const;

  PlantOptics constants_;
  double path_cm_;
  double platelet_spread_;  ///< monolayers
  double cell_C_;
  double thermal_shift_;  ///< eV
  double spacing_;        ///< nm
  int sizes_;
  Eigen::VectorXd energies_;   ///< eV, of the grid
  Eigen::VectorXd continuum_;  ///< absorption coefficient of the solid far above its edge, 1/cm
};

}  // namespace nocturne
