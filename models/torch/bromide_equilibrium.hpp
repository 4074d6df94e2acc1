#pragma once

#include <array>
#include <vector>

#include "models/torch/mean_function.hpp"

namespace nocturne {

/// Emission energy (eV) of perovskite dots whose size is set by the halide between crystal and solution:
///   1/d = [(Delta + kB T ln x)/K]^(1/m),   E = E_bulk + 1/(a d² + b d),
/// x = rho/(rho + h) the activity of the free bromide rho left in solution (Dong et al. 2018,
/// doi:10.1021/acs.nanolett.8b00861). All constants but a and b are learned; K and Delta through the size and
/// the sensitivity at a reference (Br/Pb 6, 120 °C), which data determine better. An amine term shifts ln x;
/// a residence-time term lets the dots approach their final size. Inputs that are not among the columns of
/// the cube leave their terms out. What the picture misses, and what repeats of a recipe differ by, is a
/// share of the size: both answer in energy by dE/dln d.
class BromideEquilibriumMean final : public MeanFunction {
 public:
  static constexpr int kConstants = 10;
  static constexpr int kInputs = 4;  ///< br_pb (or i_pb), amine_pb, temperature_C, residence_time_s

  BromideEquilibriumMean(const SizingCurve& sizing, const std::vector<InputScale>& inputs);

  const std::vector<MeanParameter>& parameters() const override { return parameters_; }
  MeanValues values(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta) const override;
  MeanSlopes slopes(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta,
                    const std::vector<Eigen::MatrixXd>& weights) const override;
  Eigen::VectorXd response(const MeanValues& at) const override;
  Eigen::MatrixXd response_slopes(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta) const override;

 private:
  struct Column {
    int index = -1;  ///< of the cube; -1 = absent
    InputScale scale;
  };
  struct Physical {
    std::array<double, kInputs> value{}, slope{};  ///< slope: change with the column of the cube
  };
  Physical physical(const Eigen::RowVectorXd& point) const;
  template <class Real>
  Real energy(const std::array<Real, kInputs>& inputs, const std::array<Real, kConstants>& theta) const;
  template <class Real>
  Real log_activity(const Real& bromide, const std::array<Real, kConstants>& theta) const;

  SizingCurve sizing_;
  std::array<Column, kInputs> columns_;
  std::vector<MeanParameter> parameters_;
};

}  // namespace nocturne
