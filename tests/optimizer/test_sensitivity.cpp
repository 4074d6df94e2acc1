#include <doctest/doctest.h>

#include <vector>

#include "optimizer/sensitivity.hpp"
#include "optimizer/sobol.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"

namespace nocturne::test {
namespace {

const std::vector<Variable> kTwo{{"br_pb", 3.0, 12.0, Scale::logarithmic, VariableKind::real, {}, ""},
                                 {"temperature_C", 70.0, 180.0, Scale::linear, VariableKind::real, {}, "°C"}};

std::vector<Variable> of_every_kind() {
  std::vector<Variable> variables = kTwo;
  variables.push_back({"offset_mm", -2.0, 2.0, Scale::linear, VariableKind::real, {}, "mm"});
  variables.push_back({"repeats", 1.0, 4.0, Scale::linear, VariableKind::integer, {}, ""});
  variables.push_back({"flow_uL_min", 90.0, 90.0, Scale::linear, VariableKind::real, {}, ""});
  variables.push_back({"ligand", 0.0, 1.0, Scale::linear, VariableKind::categorical, {"a", "b"}, ""});
  return variables;
}

/// A wavelength that was measured at a few conditions, modelled as an energy: more bromide is bluer, heat is
/// redder.
struct Learned {
  DecisionSpace space;
  std::vector<ModelledOutput> outputs{{"peak_nm", OutputScale::energy_of_nm, {}}};
  FixedGaussianProcess surrogate;

  SurrogateOptions options() const {
    SurrogateOptions result;
    result.inputs = space.inputs();
    result.outputs = {{"peak_nm"}};
    return result;
  }

  explicit Learned(const std::vector<Variable>& variables = of_every_kind())
      : space{variables}, surrogate{options()} {
    constexpr int kTold = 32;
    const Eigen::MatrixXd points = sobol_points(kTold, space.dimensions(), 4);
    TrainingData data{points, Eigen::MatrixXd(kTold, 1), Eigen::MatrixXd::Constant(kTold, 1, 1e-3)};
    for (int i = 0; i < kTold; ++i) data.values(i, 0) = 2.5 + 0.2 * points(i, 0) - 0.1 * points(i, 1);
    surrogate.fit(data);
  }

  double expected_nm(const Conditions& at) const {
    return 1239.841984 / surrogate.marginals(space.to_unit(at).transpose(), {0}).mean(0, 0);
  }
  double change(Conditions at, const char* name, double step) const {
    Conditions down = at;
    at[name] += step;
    down[name] -= step;
    return 0.5 * (expected_nm(at) - expected_nm(down));
  }
};

const Conditions kSomewhere{{"br_pb", 7.0},   {"temperature_C", 110.0}, {"offset_mm", 0.5},
                            {"repeats", 2.0}, {"flow_uL_min", 90.0},    {"ligand", 1.0}};

}  // namespace

TEST_CASE("sensitivity: is what a small step changes, in public units") {
  const Learned learned;
  const auto found =
      sensitivities(learned.surrogate, learned.outputs, 0, learned.space, learned.space.to_unit(kSomewhere));
  constexpr double kPart = 1e-3;  // of a step
  CHECK(found.at("br_pb").relative);
  CHECK(found.at("br_pb").change ==
        doctest::Approx(learned.change(kSomewhere, "br_pb", 0.07 * kPart) / kPart).epsilon(1e-4));
  CHECK_FALSE(found.at("temperature_C").relative);
  CHECK(found.at("temperature_C").change ==
        doctest::Approx(learned.change(kSomewhere, "temperature_C", kPart) / kPart).epsilon(1e-4));
  CHECK(found.at("br_pb").change * found.at("temperature_C").change < 0.0);
}

TEST_CASE("sensitivity: a per cent of what may be zero makes no sense, a step of a choice neither") {
  const Learned learned;
  const auto found =
      sensitivities(learned.surrogate, learned.outputs, 0, learned.space, learned.space.to_unit(kSomewhere));
  CHECK_FALSE(found.at("offset_mm").relative);
  CHECK(found.at("offset_mm").change ==
        doctest::Approx(learned.change(kSomewhere, "offset_mm", 1e-3) / 1e-3).epsilon(1e-4));
  CHECK(found.size() == 3);
}

TEST_CASE("bounds in the way: those on which a point lies and beyond which the output goes on") {
  const Learned learned{kTwo};
  const auto in_the_way = [&](double br_pb, double temperature_C, double towards_nm) {
    const Conditions at{{"br_pb", br_pb}, {"temperature_C", temperature_C}};
    return bounds_in_the_way(learned.surrogate, learned.outputs, 0, learned.space, learned.space.to_unit(at),
                             towards_nm);
  };
  const std::vector<Bound> red{{"br_pb", 3.0, false}, {"temperature_C", 180.0, true}};
  CHECK(in_the_way(3.0, 180.0, 640.0) == red);
  CHECK(in_the_way(3.0, 180.0, 400.0).empty());
  const std::vector<Bound> blue{{"br_pb", 12.0, true}, {"temperature_C", 70.0, false}};
  CHECK(in_the_way(12.0, 70.0, 400.0) == blue);
  CHECK(in_the_way(7.0, 70.0, 400.0) == std::vector<Bound>{blue[1]});
  CHECK(in_the_way(7.0, 110.0, 400.0).empty());
}

}  // namespace nocturne::test
