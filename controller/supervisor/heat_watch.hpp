#pragma once

#include <deque>
#include <optional>
#include <string>

#include "devices/heater.hpp"
#include "models/heating_model.hpp"

namespace nocturne {

/// Compares what a heater says that it puts out with how its temperature moves. A sensor that stands still
/// or jumps, a heater that is dead or never off: each of them contradicts the other reading before it can
/// overheat anything.
class HeatWatch {
 public:
  explicit HeatWatch(HeatingModel model) : model_{model} {}

  /// Takes a reading that was made at `when`; what is implausible about it and those before, if anything.
  std::optional<std::string> judge(Instant when, const HeaterReading& reading);

 private:
  struct Step {
    Instant when;
    double celsius;
    double gained_K;  ///< by the model, since the reading before
    double moved_K;   ///< heat in and heat out since then, whatever their signs
  };
  std::optional<std::string> jump(const Step& now);
  std::optional<std::string> contradiction() const;

  const HeatingModel model_;
  std::deque<Step> steps_;
  std::optional<Instant> jumped_;
};

}  // namespace nocturne
