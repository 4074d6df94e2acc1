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

// moments 0..3, lead in platelets, Cs4PbBr6 and CsPb2Br5; each near one
using GrowthState = ublas::vector<double>;
using GrowthJacobian = ublas::matrix<double>;

namespace {

constexpr std::size_t kStates = 7;
constexpr double kNumberScale = 0.02;  // mmol/L
constexpr double kEdgeScale = 4.0;     // nm
constexpr std::array<double, kStates> kScale{kNumberScale,
                                             kNumberScale* kEdgeScale,
                                             kNumberScale* kEdgeScale* kEdgeScale,
                                             kNumberScale* kEdgeScale* kEdgeScale* kEdgeScale,
                                             5.0,
                                             5.0,
                                             5.0};

GrowthState packed(const Crystals& crystals) {
  GrowthState state(kStates);
  for (std::size_t k = 0; k < 4; ++k) state[k] = crystals.moments[k] / kScale[k];
  state[4] = crystals.platelet_lead / kScale[4];
  state[5] = crystals.cs4pbbr6_lead / kScale[5];
  state[6] = crystals.cspb2br5_lead / kScale[6];
  return state;
}

Crystals unpacked(const GrowthState& state) {
  Crystals crystals;
  for (std::size_t k = 0; k < 4; ++k) crystals.moments[k] = state[k] * kScale[k];
  crystals.platelet_lead = state[4] * kScale[4];
  crystals.cs4pbbr6_lead = state[5] * kScale[5];
  crystals.cspb2br5_lead = state[6] * kScale[6];
  return crystals;
}

}  // namespace

/// Rates of change, as the stepper wants them.
class GrowthEquations {
 public:
  /// What the solution does to every crystal alike; a function of what is dissolved and of temperature.
  struct Surroundings {
    double births = 0.0;  // mmol/L/s
    double growth = 0.0;  // nm/s
    double ripening = 0.0;
    TerminalSize terminal;
    double platelet_growth = 0.0;       // mmol/L/s
    double platelet_dissolution = 0.0;  // 1/s
    double cesium = 0.0, lead = 0.0;    // dissolved, mmol/L
    SidePhaseRates side;
  };

  /// The fluid, now at `temperature_K`, approaches the wall's temperature.
  GrowthEquations(const Chemistry& chemistry, double wall_K, double heat_up_s, double temperature_K)
      : chemistry_{chemistry},
        wall_K_{wall_K},
        excess_K_{temperature_K - wall_K},
        heat_up_s_{heat_up_s},
        thermal_{chemistry.thermal(temperature_K)} {}

  void operator()(const GrowthState& state, GrowthState& change, double time_s) const {
    const Crystals now = unpacked(state);
    change = packed(rates(now, surroundings(now, time_s)));
  }

  bool isothermal() const { return excess_K_ == 0.0; }
  double temperature_K(double time_s) const {
    return isothermal() ? wall_K_ : wall_K_ + excess_K_ * std::exp(-time_s / heat_up_s_);
  }

  Crystals rates(const Crystals& now, const Surroundings& here) const {
    Crystals rate;
    rate.moments = dot_rates(now.moments, here);
    ripen(now.moments, here, rate.moments);
    rate.platelet_lead = here.platelet_growth - here.platelet_dissolution * now.platelet_lead;
    const auto& [hexabromide, pentabromide] = here.side;
    const double dots = std::max(chemistry_.dot_lead(now), 0.0);
    rate.cs4pbbr6_lead =
        hexabromide.formation * (here.lead + dots) - hexabromide.dissolution * now.cs4pbbr6_lead;
    // CsPbBr3 + PbBr2: half of the lead comes from solution.
    rate.cspb2br5_lead =
        2.0 * pentabromide.formation * (here.cesium + dots) - pentabromide.dissolution * now.cspb2br5_lead;
    const double converted = hexabromide.formation + pentabromide.formation;
    for (std::size_t k = 0; k < 4; ++k) rate.moments[k] -= converted * now.moments[k];
    return rate;
  }

  Surroundings surroundings(const Crystals& now, double time_s) const {
    const double kelvin = temperature_K(time_s);
    if (kelvin != thermal_.temperature_K) thermal_ = chemistry_.thermal(kelvin);
    const PlantChemistry& k = chemistry_.constants();
    const Dissolved left = chemistry_.dissolved(now, thermal_);
    // Potentials do not tell apart what the solver does not either.
    const double cesium = std::log(softened(left.cesium, kResolved));
    const double lead = std::log(softened(left.lead, kResolved));
    const double free_bromide = softened(left.free_bromide, kResolved), bromide = std::log(free_bromide);
    const double precursor = std::max(std::min(left.cesium, left.lead), 0.0);
    // ln S per ion of the formula unit, kept just above zero.
    const double saturation =
        softened(0.2 * (cesium + lead + 3.0 * bromide - thermal_.phases.log_perovskite), 0.01);
    const double drive = 1.0 - std::exp(-saturation);
    Surroundings here;
    here.births = (1.0 - thermal_.platelet_share) * thermal_.nucleation * precursor *
                  std::exp(-k.nucleation_barrier / (saturation * saturation));
    here.growth = thermal_.growth * std::pow(precursor / kReference, k.growth_precursor_order) *
                  std::exp(k.growth_bromide_order * (bromide - std::log(kReference))) * drive;
    here.ripening = std::exp(-k.ripening_onset * saturation) * thermal_.ripening;
    here.terminal = chemistry_.terminal(left, thermal_);
    here.platelet_growth = thermal_.platelet_share * thermal_.platelet_growth * drive * precursor;
    here.platelet_dissolution = (1.0 - thermal_.platelet_share) * thermal_.platelet_dissolution;
    here.cesium = std::max(left.cesium, 0.0);
    here.lead = std::max(left.lead, 0.0);
    const double held = 1.0 + k.lead_amine_binding_L_per_mmol * chemistry_.neutral_amine(thermal_);
    here.side = side_phase_rates(
        thermal_.phases,
        {cesium, lead - std::log(held), bromide, free_bromide / (free_bromide + thermal_.lead_dissociation)});
    return here;
  }

 private:
  static constexpr double kResolved = 2e-5;   // mmol/L
  static constexpr double kReference = 10.0;  // mmol/L, of precursor and of free bromide

  /// Growth at G (1 - l/l_end), jitter that holds the spread at the end, and births at the nucleus' size.
  std::array<double, 4> dot_rates(const std::array<double, 4>& m, const Surroundings& here) const {
    const double l0 = chemistry_.constants().nucleus_nm;
    const double pull = here.growth / here.terminal.edge_nm;
    const double spread = here.terminal.spread * here.terminal.edge_nm;
    const double jitter = pull * spread * spread;
    return {here.births, here.births * l0 + here.growth * m[0] - pull * m[1],
            here.births * l0 * l0 + 2.0 * (here.growth * m[1] - pull * m[2]) + 2.0 * jitter * m[0],
            here.births * l0 * l0 * l0 + 3.0 * (here.growth * m[2] - pull * m[3]) + 6.0 * jitter * m[1]};
  }

  /// Large dots take over small ones: number falls at constant volume and shape (Lifshitz and Slyozov 1961,
  /// 10.1016/0022-3697(61)90054-3), and only towards the terminal size.
  static void ripen(const std::array<double, 4>& m, const Surroundings& here, std::array<double, 4>& change) {
    if (m[0] <= 0.0 || m[3] <= 0.0) return;
    const double volume = m[3] / m[0];
    const double rate =
        here.ripening * softened(1.0 - std::cbrt(volume) / here.terminal.edge_nm, 0.001) / volume;
    for (std::size_t k = 0; k < 3; ++k) change[k] -= (1.0 - static_cast<double>(k) / 3.0) * rate * m[k];
  }

  const Chemistry& chemistry_;
  double wall_K_;
  double excess_K_;
  double heat_up_s_;
  mutable ThermalState thermal_;
};

namespace {

/// Forward differences. Numbers, edges and areas of dots leave the solution as it is, which costs most of an
/// evaluation; dots and platelets of the same lead change it alike.
struct GrowthSlopes {
  const GrowthEquations& equations;
  double formula_unit_nm3;
  void operator()(const GrowthState& state, GrowthJacobian& jacobian, const double& time_s,
                  GrowthState& time_slope) const {
    constexpr std::size_t kVolume = 3, kPlatelets = 4;
    const Crystals now = unpacked(state);
    const GrowthEquations::Surroundings here = equations.surroundings(now, time_s);
    const GrowthState base = packed(equations.rates(now, here));
    GrowthState shifted = state;
    const auto column = [&](std::size_t j, double step, const GrowthEquations::Surroundings& around) {
      const GrowthState moved = packed(equations.rates(unpacked(shifted), around));
      for (std::size_t i = 0; i < kStates; ++i) jacobian(i, j) = (moved[i] - base[i]) / step;
      shifted[j] = state[j];
    };
    for (std::size_t j = 0; j < kVolume; ++j) {
      const double step = kStep * std::max(std::abs(state[j]), 1e-3);
      shifted[j] += step;
      column(j, step, here);
    }
    const double step = kStep * std::max(std::abs(state[kVolume] / formula_unit_nm3), 1e-3);
    for (std::size_t j = kPlatelets; j < kStates; ++j) {
      shifted[j] += step;
      const GrowthEquations::Surroundings around = equations.surroundings(unpacked(shifted), time_s);
      column(j, step, around);
      if (j > kPlatelets) continue;
      const double volume_step = step * kScale[kPlatelets] * formula_unit_nm3 / kScale[kVolume];
      shifted[kVolume] += volume_step;
      column(kVolume, volume_step, around);
    }
    std::fill(time_slope.begin(), time_slope.end(), 0.0);
    if (equations.isothermal()) return;
    time_slope =
        (packed(equations.rates(now, equations.surroundings(now, time_s + kTimeStep))) - base) / kTimeStep;
  }

  static constexpr double kStep = 1e-7;
  static constexpr double kTimeStep = 1e-6;  // s
};

void integrate(const Chemistry& chemistry, Crystals& crystals, double wall_K, double heat_up_s,
               double duration_s, const SolverTolerance& tolerance) {
  if (duration_s <= 0.0) return;
  const GrowthEquations equations{chemistry, wall_K, heat_up_s, crystals.temperature_K};
  const GrowthSlopes slopes{equations, chemistry.formula_unit_nm3()};
  GrowthState state = packed(crystals);
  auto stepper =
      odeint::make_controlled(tolerance.absolute, tolerance.relative, odeint::rosenbrock4<double>{});
  odeint::integrate_adaptive(stepper, std::make_pair(std::cref(equations), std::cref(slopes)), state, 0.0,
                             duration_s, std::min(0.1, duration_s));
  crystals = unpacked(state);
  crystals.temperature_K = equations.temperature_K(duration_s);
}

}  // namespace

void Chemistry::advance(Crystals& crystals, double wall_K, double duration_s,
                        const SolverTolerance& tolerance) const {
  constexpr double kHeatUps = 10.0;  // after which the fluid is at the wall's temperature to 10 mK
  if (duration_s <= 0.0) return;
  if (fed_.lead <= 0.0 || fed_.cesium <= 0.0 || fed_.bromide <= 0.0) {
    crystals.temperature_K = wall_K + (crystals.temperature_K - wall_K) * std::exp(-duration_s / heat_up_s_);
    return;
  }
  const double warming = crystals.temperature_K == wall_K ? 0.0 : std::min(duration_s, kHeatUps * heat_up_s_);
  integrate(*this, crystals, wall_K, heat_up_s_, warming, tolerance);
  if (warming < duration_s) {
    crystals.temperature_K = wall_K;
    integrate(*this, crystals, wall_K, heat_up_s_, duration_s - warming, tolerance);
  }
}

}  // namespace nocturne
