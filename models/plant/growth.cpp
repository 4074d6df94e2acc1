// uBLAS, on which the stiff stepper rests, checks every product twice in builds with asserts: ten times
// slower.
#define BOOST_UBLAS_NDEBUG 1
#include <algorithm>
#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/rosenbrock4.hpp>
#include <boost/numeric/odeint/stepper/rosenbrock4_controller.hpp>
#include <cmath>

#include "models/plant/chemistry.hpp"

namespace nocturne {

namespace ublas = boost::numeric::ublas;
namespace odeint = boost::numeric::odeint;

using GrowthState = ublas::vector<double>;  // moments 0..3, lead in platelets, temperature; each near one
using GrowthJacobian = ublas::matrix<double>;

namespace {

constexpr std::size_t kStates = 6;
constexpr double kAbsoluteTolerance = 1e-6;
constexpr double kRelativeTolerance = 1e-5;
constexpr double kNumberScale = 0.02;  // mmol/L
constexpr double kEdgeScale = 4.0;     // nm
constexpr std::array<double, kStates> kScale{kNumberScale,
                                             kNumberScale* kEdgeScale,
                                             kNumberScale* kEdgeScale* kEdgeScale,
                                             kNumberScale* kEdgeScale* kEdgeScale* kEdgeScale,
                                             5.0,
                                             512.0};

double softened(double x, double width) { return 0.5 * (x + std::sqrt(x * x + width * width)); }

GrowthState packed(const Crystals& crystals) {
  GrowthState state(kStates);
  for (std::size_t k = 0; k < 4; ++k) state[k] = crystals.moments[k] / kScale[k];
  state[4] = crystals.platelet_lead / kScale[4];
  state[5] = crystals.temperature_K / kScale[5];
  return state;
}

Crystals unpacked(const GrowthState& state) {
  Crystals crystals;
  for (std::size_t k = 0; k < 4; ++k) crystals.moments[k] = state[k] * kScale[k];
  crystals.platelet_lead = state[4] * kScale[4];
  crystals.temperature_K = state[5] * kScale[5];
  return crystals;
}

}  // namespace

/// Rates of change, as the stepper wants them.
class GrowthEquations {
 public:
  GrowthEquations(const Chemistry& chemistry, double wall_K, double heat_up_s, double temperature_K)
      : chemistry_{chemistry},
        wall_K_{wall_K},
        heat_up_s_{heat_up_s},
        thermal_{chemistry.thermal(temperature_K)} {}

  void operator()(const GrowthState& state, GrowthState& change, double) const {
    change = packed(rates(unpacked(state)));
  }

  Crystals rates(const Crystals& now) const {
    const Surroundings& here = surroundings(now);
    Crystals rate;
    rate.moments = dot_rates(now.moments, here);
    ripen(now.moments, here, rate.moments);
    rate.platelet_lead = here.platelet_growth - here.platelet_dissolution * now.platelet_lead;
    rate.temperature_K = now.temperature_K == wall_K_ ? 0.0 : (wall_K_ - now.temperature_K) / heat_up_s_;
    return rate;
  }

 private:
  static constexpr double kTrace = 1e-9;      // mmol/L
  static constexpr double kReference = 10.0;  // mmol/L, of precursor and of free bromide

  /// What the solution does to every dot alike.
  struct Surroundings {
    double solid = -1.0;  // mmol/L, of which all the rest is a function
    double births = 0.0;  // mmol/L/s
    double growth = 0.0;  // nm/s
    double ripening = 0.0;
    EquilibriumSize equilibrium;
    double platelet_growth = 0.0;       // mmol/L/s
    double platelet_dissolution = 0.0;  // 1/s
  };

  /// Most evaluations in a row, those for the Jacobian above all, are at one temperature and one conversion;
  /// what depends on these two alone costs far more than the rest.
  const Surroundings& surroundings(const Crystals& now) const {
    const double solid = chemistry_.dot_lead(now) + now.platelet_lead;
    const bool warmer = now.temperature_K != thermal_.temperature_K;
    if (!warmer && solid == here_.solid) return here_;
    if (warmer) thermal_ = chemistry_.thermal(now.temperature_K);
    const PlantChemistry& k = chemistry_.constants();
    const Dissolved left = chemistry_.dissolved(now, thermal_);
    const double cesium = std::max(left.cesium, kTrace), lead = std::max(left.lead, kTrace);
    const double bromide = std::max(left.free_bromide, kTrace);
    const double precursor = std::sqrt(cesium * lead);
    // ln S per ion of the formula unit, kept just above zero.
    const double saturation = softened(
        0.2 * (std::log(cesium * lead * bromide * bromide * bromide) - thermal_.log_solubility), 0.01);
    const double drive = 1.0 - std::exp(-saturation);
    here_.solid = solid;
    here_.births = (1.0 - thermal_.platelet_share) * thermal_.nucleation * precursor *
                   std::exp(-k.nucleation_barrier / (saturation * saturation));
    here_.growth = thermal_.growth * precursor / kReference *
                   std::pow(bromide / kReference, k.growth_bromide_order) * drive;
    here_.ripening = std::exp(-k.ripening_onset * saturation) * thermal_.ripening;
    here_.equilibrium = chemistry_.equilibrium(bromide, thermal_);
    here_.platelet_growth = thermal_.platelet_share * thermal_.platelet_growth * drive * lead;
    here_.platelet_dissolution = (1.0 - thermal_.platelet_share) * thermal_.platelet_dissolution;
    return here_;
  }

  /// Growth at G (1 - l/l_eq), jitter that holds the spread at equilibrium, and births at the nucleus' size.
  std::array<double, 4> dot_rates(const std::array<double, 4>& m, const Surroundings& here) const {
    const double l0 = chemistry_.constants().nucleus_nm;
    const double pull = here.growth / here.equilibrium.edge_nm;
    const double spread = here.equilibrium.spread * here.equilibrium.edge_nm;
    const double jitter = pull * spread * spread;
    return {here.births, here.births * l0 + here.growth * m[0] - pull * m[1],
            here.births * l0 * l0 + 2.0 * (here.growth * m[1] - pull * m[2]) + 2.0 * jitter * m[0],
            here.births * l0 * l0 * l0 + 3.0 * (here.growth * m[2] - pull * m[3]) + 6.0 * jitter * m[1]};
  }

  /// Large dots take over small ones: number falls at constant volume and shape (Lifshitz and Slyozov 1961,
  /// 10.1016/0022-3697(61)90054-3), and only towards the equilibrium size.
  static void ripen(const std::array<double, 4>& m, const Surroundings& here, std::array<double, 4>& change) {
    if (m[0] <= 0.0 || m[3] <= 0.0) return;
    const double volume = m[3] / m[0];
    const double rate =
        here.ripening * softened(1.0 - std::cbrt(volume) / here.equilibrium.edge_nm, 0.01) / volume;
    for (std::size_t k = 0; k < 3; ++k) change[k] -= (1.0 - static_cast<double>(k) / 3.0) * rate * m[k];
  }

  const Chemistry& chemistry_;
  double wall_K_;
  double heat_up_s_;
  mutable ThermalState thermal_;
  mutable Surroundings here_;
};

namespace {

/// Forward differences; the equations do not depend on time itself.
struct GrowthSlopes {
  const GrowthEquations& equations;
  std::size_t moving;  ///< leading states that change; at the wall's temperature the last one does not
  void operator()(const GrowthState& state, GrowthJacobian& jacobian, const double&,
                  GrowthState& time_slope) const {
    GrowthState base(kStates), moved(kStates);
    equations(state, base, 0.0);
    GrowthState shifted = state;
    jacobian.clear();
    std::fill(time_slope.begin(), time_slope.end(), 0.0);
    for (std::size_t j = 0; j < moving; ++j) {
      const double step = 1e-7 * std::max(std::abs(state[j]), 1e-3);
      shifted[j] = state[j] + step;
      equations(shifted, moved, 0.0);
      for (std::size_t i = 0; i < kStates; ++i) jacobian(i, j) = (moved[i] - base[i]) / step;
      shifted[j] = state[j];
    }
  }
};

void integrate(const Chemistry& chemistry, Crystals& crystals, double wall_K, double heat_up_s,
               double duration_s) {
  if (duration_s <= 0.0) return;
  const GrowthEquations equations{chemistry, wall_K, heat_up_s, crystals.temperature_K};
  const GrowthSlopes slopes{equations, crystals.temperature_K == wall_K ? kStates - 1 : kStates};
  GrowthState state = packed(crystals);
  auto stepper =
      odeint::make_controlled(kAbsoluteTolerance, kRelativeTolerance, odeint::rosenbrock4<double>{});
  odeint::integrate_adaptive(stepper, std::make_pair(std::cref(equations), std::cref(slopes)), state, 0.0,
                             duration_s, std::min(0.01, duration_s));
  crystals = unpacked(state);
}

}  // namespace

void Chemistry::advance(Crystals& crystals, double wall_K, double duration_s) const {
  constexpr double kHeatUps = 10.0;  // after which the fluid is at the wall's temperature to 10 mK
  if (duration_s <= 0.0) return;
  if (fed_.lead <= 0.0 || fed_.cesium <= 0.0 || fed_.bromide <= 0.0) {
    crystals.temperature_K = wall_K + (crystals.temperature_K - wall_K) * std::exp(-duration_s / heat_up_s_);
    return;
  }
  const double warming = crystals.temperature_K == wall_K ? 0.0 : std::min(duration_s, kHeatUps * heat_up_s_);
  integrate(*this, crystals, wall_K, heat_up_s_, warming);
  if (warming < duration_s) {
    crystals.temperature_K = wall_K;
    integrate(*this, crystals, wall_K, heat_up_s_, duration_s - warming);
  }
}

}  // namespace nocturne
