#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>
#include <numeric>

#include "models/torch/inference.hpp"
#include "models/torch/matern.hpp"
#include "optimizer/sobol.hpp"

namespace nocturne::test {
namespace {

const Matern kKernel{1.3, Eigen::Vector2d{0.5, 0.9}};

Eigen::MatrixXd kernel(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) { return kKernel(a, b); }

Eigen::VectorXd field(const Eigen::MatrixXd& points) {
  return (3.0 * points.col(0)).array().sin() + points.col(1).array().square();
}

/// What conditioning on the data leaves at `asked`, by inverting the covariance.
struct Dense {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

Dense dense(const Eigen::MatrixXd& points, const Eigen::MatrixXd& noise, const Eigen::VectorXd& residuals,
            const Eigen::MatrixXd& asked) {
  const Eigen::MatrixXd inverse = (kernel(points, points) + noise).inverse();
  const Eigen::MatrixXd cross = kernel(asked, points);
  return {cross * inverse * residuals, kernel(asked, asked) - cross * inverse * cross.transpose()};
}

}  // namespace

TEST_CASE("inference: mean, covariance and evidence are those of the dense formulas") {
  const Eigen::MatrixXd points = sobol_points(40, 2, 1), asked = sobol_points(7, 2, 2);
  Eigen::MatrixXd noise = 0.01 * Eigen::VectorXd::LinSpaced(40, 1.0, 3.0).asDiagonal().toDenseMatrix();
  noise.topLeftCorner(5, 5).array() += 0.2;  // five values with an offset in common
  const Eigen::VectorXd residuals = field(points);
  const Inference found{kernel, points, noise, residuals};
  const Dense expected = dense(points, noise, residuals, asked);
  const Eigen::MatrixXd cross = kernel(asked, found.support());
  CHECK((cross * found.alpha() - expected.mean).cwiseAbs().maxCoeff() < 1e-8);
  const Eigen::MatrixXd left = kernel(asked, asked) - found.weights(cross) * cross.transpose();
  CHECK((left - expected.covariance).cwiseAbs().maxCoeff() < 1e-8);

  const Eigen::MatrixXd covariance = kernel(points, points) + noise;
  const double density = -0.5 * residuals.dot(covariance.inverse() * residuals) -
                         0.5 * std::log(covariance.determinant()) - 20.0 * std::log(2.0 * 3.14159265358979);
  CHECK(found.log_evidence() == doctest::Approx(density).epsilon(1e-8));
}

TEST_CASE("inference: leaving one out agrees with conditioning on all others") {
  const Eigen::MatrixXd points = sobol_points(12, 2, 1);
  const Eigen::VectorXd residuals = field(points);
  const Eigen::MatrixXd noise = 0.04 * Eigen::MatrixXd::Identity(12, 12);
  const auto without = Inference{kernel, points, noise, residuals}.leave_one_out();
  const Dense last =
      dense(points.topRows(11), noise.topLeftCorner(11, 11), residuals.head(11), points.bottomRows(1));
  const double deviation = std::sqrt(last.covariance(0, 0) + 0.04);
  CHECK(without.standard_deviation(11) == doctest::Approx(deviation).epsilon(1e-8));
  CHECK(without.distance(11) == doctest::Approx((residuals(11) - last.mean(0)) / deviation).epsilon(1e-8));
}

TEST_CASE("inference: beyond a thousand values inducing points tell nearly what all of them would") {
  const Eigen::Index n = Inference::kExactLimit + 100;
  const Eigen::MatrixXd points = sobol_points(static_cast<int>(n), 2, 1), asked = sobol_points(50, 2, 2);
  const Eigen::MatrixXd noise = 0.01 * Eigen::MatrixXd::Identity(n, n);
  const Eigen::VectorXd residuals = field(points) + 0.1 * sobol_normals(static_cast<int>(n), 1, 3);
  const Inference found = Inference::from_many(kernel, points, noise.diagonal(), residuals);
  CHECK_FALSE(found.is_exact());
  CHECK(found.support().rows() <= Inference::kInducing);
  const Dense expected = dense(points, noise, residuals, asked);
  const Eigen::MatrixXd cross = kernel(asked, found.support());
  const Eigen::VectorXd variance =
      (kernel(asked, asked) - found.weights(cross) * cross.transpose()).diagonal();
  const Eigen::ArrayXd deviation = expected.covariance.diagonal().array().sqrt();
  CHECK(((cross * found.alpha() - expected.mean).array() / deviation).abs().maxCoeff() < 0.2);
  CHECK((variance.array().sqrt() / deviation - 1.0).abs().maxCoeff() < 0.05);
}

TEST_CASE("inference: by all rows, noise that values have in common counts as in the dense formulas") {
  const Eigen::MatrixXd points = sobol_points(40, 2, 1), asked = sobol_points(7, 2, 2);
  const Eigen::VectorXd residuals = field(points), own = 0.01 * Eigen::VectorXd::LinSpaced(40, 1.0, 3.0);
  Eigen::MatrixXd shared = Eigen::MatrixXd::Zero(40, 2);
  shared.col(0).head(15).setConstant(0.5);
  shared.col(1).tail(20) = 0.4 * points.col(0).tail(20);
  std::vector<Eigen::Index> rows(40);
  std::iota(rows.begin(), rows.end(), Eigen::Index{0});
  const auto found = Inference::from_rows(rows, kernel, points, own, shared, residuals);
  const Eigen::MatrixXd noise = own.asDiagonal().toDenseMatrix() + shared * shared.transpose();
  const Dense expected = dense(points, noise, residuals, asked);
  const Eigen::MatrixXd cross = kernel(asked, found.support());
  CHECK((cross * found.alpha() - expected.mean).cwiseAbs().maxCoeff() < 1e-6);
  const Eigen::MatrixXd left = kernel(asked, asked) - found.weights(cross) * cross.transpose();
  CHECK((left - expected.covariance).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("inference: what the data say of a shared noise is that of the dense formulas, exact or by rows") {
  const Eigen::MatrixXd points = sobol_points(40, 2, 1), shared = sobol_normals(40, 3, 4);
  const Eigen::VectorXd residuals = field(points), own = Eigen::VectorXd::Constant(40, 0.02);
  const Eigen::MatrixXd noise = own.asDiagonal();
  const Eigen::MatrixXd inverse = (kernel(points, points) + noise).inverse();
  std::vector<Eigen::Index> rows(40);
  std::iota(rows.begin(), rows.end(), Eigen::Index{0});
  const Inference exact{kernel, points, noise, residuals};
  const auto by_rows = Inference::from_rows(rows, kernel, points, own, Eigen::MatrixXd(40, 0), residuals);
  for (const Inference* inference : {&exact, &by_rows}) {
    const Inference::Sharing found = inference->sharing(shared);
    CHECK((found.gram - shared.transpose() * inverse * shared).cwiseAbs().maxCoeff() < 1e-4);
    CHECK((found.pull - shared.transpose() * inverse * residuals).cwiseAbs().maxCoeff() < 1e-4);
  }
}

}  // namespace nocturne::test
