#include <doctest/doctest.h>

#include "models/torch/nuisance.hpp"
#include "optimizer/sobol.hpp"

namespace nocturne::test {

TEST_CASE("nuisance: values of one night share a level and slopes, others nothing") {
  constexpr int kNone = 0;
  const Eigen::MatrixXd points = sobol_points(5, 2, 1);
  const Eigen::VectorXd response = Eigen::VectorXd::LinSpaced(5, 1.0, 3.0);
  OutputData data{points, Eigen::VectorXd::Zero(5), Eigen::VectorXd::Zero(5), Eigen::VectorXi::Zero(5)};
  CHECK(night_shares(data, response).cols() == 0);
  data.night.resize(5);
  data.night << 7, 2, 7, kNone, 2;
  const Eigen::MatrixXd shares = night_shares(data, response), covariance = shares * shares.transpose();
  CHECK(shares.cols() == 2 * (1 + 2));
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 5; ++j) {
      const bool together = data.night(i) != kNone && data.night(i) == data.night(j);
      const double slopes =
          (points.row(i).array() - 0.5).matrix().dot((points.row(j).array() - 0.5).matrix());
      const double expected = together ? response(i) * response(j) * (1.0 + slopes) : 0.0;
      CHECK(covariance(i, j) == doctest::Approx(expected).epsilon(1e-12));
    }
  CHECK(data.rows([](Eigen::Index i) { return i > 0; }).night == data.night.tail(4));
}

}  // namespace nocturne::test
