#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/supervisor/trip.hpp"
#include "devices/pump.hpp"

namespace nocturne {

/// Compares the pressure before the reactor with what the same flow made of it earlier in the night. Flows
/// are alike if the same stocks flow, within a factor of two in all, at temperatures within 30 K: then
/// viscosity, and a back-pressure behind the cell, change the pressure by less than the factor that is
/// allowed. Nothing is concluded from pressures that a gauge hardly sees.
class PressureWatch {
 public:
  /// Takes the gauge's reading at `when` with the last ones of all pumps and the temperature of the zone;
  /// what is wrong, if anything: with Reaction::warn what may be clogged, else a leak or a gauge that stands
  /// still.
  std::optional<Trip> judge(Instant when, const std::map<std::string, PumpReading>& pumps, Temperature zone,
                            double bar);

 private:
  /// A flow that has lasted, and what it made of the pressure.
  struct Steady {
    std::set<std::string> stocks;
    double mL_min = 0.0;
    double celsius = 0.0;
    double bar = 0.0;  ///< above that at rest
  };
  void restart(Instant when, std::map<std::string, double> flows_mL_min);
  const Steady* known(const Steady& now) const;
  std::optional<Trip> compare(const Steady& now);
  std::optional<Trip> compare_rest(double bar);
  std::optional<Trip> compare_flow(const Steady& now);

  std::map<std::string, double> flows_mL_min_;
  Instant since_{};
  double sum_bar_ = 0.0;  ///< of the readings since the flow counts as steady
  int readings_ = 0;
  std::optional<double> rest_bar_;  ///< before anything flowed
  std::vector<Steady> learned_;
  std::optional<Steady> last_;  ///< the steady flow before this one
  std::optional<double> last_expected_bar_;
  bool told_of_rest_ = false, told_of_clog_ = false;
};

}  // namespace nocturne
