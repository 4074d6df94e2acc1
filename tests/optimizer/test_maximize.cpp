#include <doctest/doctest.h>

#include <cmath>

#include "optimizer/maximize.hpp"

namespace nocturne::test {
namespace {

/// A narrow ridge with its top at a known place.
class Ridge final : public Acquisition {
 public:
  explicit Ridge(Eigen::RowVectorXd top) : top_{std::move(top)} {}
  Value operator()(const Eigen::MatrixXd& points) const override {
    Value result{Eigen::VectorXd(points.rows()), Eigen::MatrixXd(points.rows(), points.cols())};
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      const Eigen::RowVectorXd away = points.row(i) - top_;
      const double across = away.sum();
      result.value(i) = -200.0 * across * across - away.squaredNorm();
      result.slope.row(i) = Eigen::RowVectorXd::Constant(points.cols(), -400.0 * across) - 2.0 * away;
    }
    return result;
  }
  std::string name() const override { return "ridge"; }

 private:
  Eigen::RowVectorXd top_;
};

Variable unit(const char* name) { return {name, 0.0, 1.0, Scale::linear, VariableKind::real, {}, ""}; }

const Eigen::MatrixXd kNoGuesses(0, 3);

}  // namespace

TEST_CASE("maximize: climbs a narrow ridge to its top") {
  const DecisionSpace space{{unit("a"), unit("b"), unit("c")}};
  const Eigen::RowVector3d top{0.31, 0.62, 0.47};
  const auto found = maximize(Ridge{top}, space, {}, kNoGuesses, {});
  CHECK((found.front().unit.transpose() - top).norm() < 0.01);
  CHECK(found == maximize(Ridge{top}, space, {}, kNoGuesses, {}));
}

TEST_CASE("maximize: a top outside the bounds is approached along them") {
  const DecisionSpace space{{unit("a"), unit("b"), unit("c")}};
  const auto found = maximize(Ridge{Eigen::RowVector3d{1.2, 0.5, 0.3}}, space, {}, kNoGuesses, {});
  CHECK(found.front().unit(0) == 1.0);
}

TEST_CASE("maximize: never leaves the feasible conditions, however few they are") {
  const DecisionSpace space{{unit("a"), unit("b"), unit("c")}};
  const Feasible corner = [](const Conditions& c) {
    return c.at("a") > 0.9 && c.at("b") > 0.9 && c.at("c") < 0.1;
  };
  for (const auto& one : maximize(Ridge{Eigen::RowVector3d{0.3, 0.6, 0.5}}, space, corner, kNoGuesses, {}))
    CHECK(corner(space.to_conditions(one.unit)));
  const Feasible nothing = [](const Conditions&) { return false; };
  CHECK_THROWS_AS(maximize(Ridge{Eigen::RowVector3d{0.3, 0.6, 0.5}}, space, nothing, kNoGuesses, {}),
                  std::runtime_error);
}

TEST_CASE("maximize: integers and choices are searched as such") {
  const DecisionSpace space{{unit("a"),
                             {"n", 1.0, 9.0, Scale::linear, VariableKind::integer, {}, ""},
                             {"c", 0.0, 0.0, Scale::linear, VariableKind::categorical, {"x", "y"}, ""}}};
  Eigen::RowVectorXd top(4);
  top << 0.4, 0.5, 0.0, 1.0;
  const auto found = maximize(Ridge{top}, space, {}, Eigen::MatrixXd(0, 4), {});
  const Conditions best = space.to_conditions(found.front().unit);
  CHECK(best.at("n") == 5.0);
  CHECK(best.at("c") == 1.0);
  CHECK(best.at("a") == doctest::Approx(0.4).epsilon(0.01));
}

TEST_CASE("maximize: maxima are different from one another, best first") {
  const DecisionSpace space{{unit("a"), unit("b"), unit("c")}};
  const auto found = maximize(Ridge{Eigen::RowVector3d{0.3, 0.6, 0.5}}, space, {}, kNoGuesses, {.steps = 2});
  REQUIRE(found.size() > 1);
  for (std::size_t i = 1; i < found.size(); ++i) {
    CHECK(found[i].value <= found[i - 1].value);
    CHECK((found[i].unit - found[0].unit).norm() >= 0.05);
  }
}

}  // namespace nocturne::test
