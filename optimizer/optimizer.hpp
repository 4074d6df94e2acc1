#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/surrogate.hpp"
#include "models/variable.hpp"

namespace nocturne {

/// What an asked point is expected to give. Intervals are 90 %.
struct Prediction {
  std::map<std::string, Interval> outputs;  ///< by public name: "peak_nm", "fwhm_meV", ...
  double probability = 0.0;                 ///< that the target is met
};

struct Suggestion {
  Conditions conditions;
  Prediction predicted;   ///< empty outputs while there is no model yet
  std::string reason;     ///< "initial design", "log expected improvement 0.31", ...
};

/// Ask-and-tell optimisation towards a target. Same options and same tells, same asks, bit for bit; an ask depends on
/// what was told and on how many asks there were, never on when.
class Optimizer {
 public:
  /// Whether conditions can be realised at all (the flow plan).
  using Feasible = std::function<bool(const Conditions&)>;
  struct Options {
    std::vector<Variable> variables;
    Target target;
    Feasible feasible;  ///< empty = everything
    int initial_design = 4;
    std::uint64_t seed = 0;
  };

  explicit Optimizer(Options options);
  ~Optimizer();

  /// The next experiment, given that those in `pending` are running and have no result yet.
  Suggestion ask(const std::vector<Conditions>& pending = {});
  void tell(const Conditions& conditions, const Outcome& outcome);

  /// The told experiment that is closest to the target by its measurement, if any.
  std::optional<std::pair<Conditions, Observation>> best() const;
  /// What the model expects at `conditions`; needs at least one told observation.
  Prediction predict(const Conditions& conditions) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne
