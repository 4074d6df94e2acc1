#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/supervisor/trip.hpp"
#include "devices/pump.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// What the flow watch has to know of liquids and tube.
struct FlowWatchSettings {
  std::map<std::string, DensityRange> liquids;  ///< by stock
  std::string diluent;                          ///< the stock that joins behind the tube; empty = none
  Volume tube;                                  ///< from the first junction through the cell
  std::map<std::string, Volume> lines = {};     ///< before it, by stock: they may be dry at first
};

FlowWatchSettings flow_watch_settings(const Recipe& recipe, const BenchDescription& bench);

/// Compares what the pumps count with what a balance under the waste gains. Over any stretch of time at least
/// so much must arrive, and at most so much can: bounds that hold for hard and soft syringes, drops, tubes
/// that touch the vessel, evaporation and every allowed density. What is outside them leaked, slipped, or
/// came by itself.
class FlowWatch {
 public:
  explicit FlowWatch(FlowWatchSettings settings);

  /// Takes the reading of the balance at `when` with the last ones of all pumps; what they contradict, if
  /// anything. A step that no flow can make (somebody empties the vessel) is told with Reaction::warn, and
  /// counting begins anew.
  std::optional<Trip> judge(Instant when, const std::map<std::string, PumpReading>& pumps, double grams);
  /// The balance answers at `when`, but shows no weight. Told at once, and a loss once liquid has flowed for
  /// five minutes without one.
  std::optional<Trip> miss(Instant when, const std::map<std::string, PumpReading>& pumps,
                           const std::string& why);

  /// What arrived since the first reading, in g, without what somebody put on or took off.
  double arrived_g() const { return arrived_g_; }

 private:
  /// The feeds that enter at one place. Sums are in g since the beginning, by the least and by the most that
  /// the liquids may weigh; what lags is what the softest syringes would have let through.
  struct Way {
    double pumped_mL = 0.0;
    bool full = false;  ///< no air is left in it; only from then on anything has to arrive
    double least = 0.0, least_lagging = 0.0;
    double most = 0.0, most_lagging = 0.0;
    double unexplained_g = 0.0;  ///< the least, since it flows, that the other way cannot have brought
  };
  /// The bounds at one moment.
  struct Sums {
    Instant when;
    double grams;
    double least_low, least_high;  ///< pumped by the least density: what has arrived is between
    double most_low, most_high;    ///< by the most
  };
  void pump(const std::map<std::string, PumpReading>& pumps, double elapsed_s);
  void fill(Way& way, const Way& other);
  Sums sums(Instant when, double grams) const;
  void begin(const Sums& now);
  std::optional<Trip> disturbed(Instant when, const std::map<std::string, PumpReading>& pumps,
                                const std::string& why);
  std::optional<Trip> contradiction(const Sums& now);

  const FlowWatchSettings settings_;
  double slack_least_g_, slack_most_g_;
  Way reaction_, diluent_;
  std::map<std::string, double> counted_mL_;  ///< of every pump, so far
  std::optional<Sums> last_;
  std::optional<Sums> fullest_, emptiest_;  ///< when most had arrived of what had to, and least of what could
  std::optional<Instant> last_disturbed_;   ///< none once the balance was calm for a while
  Duration flowed_blindly_{};               ///< while it was disturbed
  double arrived_g_ = 0.0;
};

}  // namespace nocturne
