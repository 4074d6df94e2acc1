#pragma once

#include <optional>
#include <vector>

#include "models/series/trend.hpp"

namespace nocturne {

/// Decides from repeated reads whether a value stands still: an equivalence test (Schuirmann 1987,
/// 10.1007/BF01068419). Steady means that the 90 % interval of the drift over the window, from weighted least
/// squares with the residuals' own scatter, lies within ± `allowed_drift`; merely not seeing a drift is not
/// enough.
class Settling {
 public:
  struct Options {
    int window = 6;              ///< reads that are judged, >= 3
    double allowed_drift = 0.5;  ///< over the window, in the value's unit
  };
  explicit Settling(Options options) : options_{options} {}

  void add(double time_s, Estimate value);
  /// The product changed or was not seen: what came before does not count.
  void restart() { reads_.clear(); }
  bool steady() const;
  /// Drift over the window with its standard error; nothing before the window is full.
  std::optional<Estimate> drift() const;

 private:
  const Options options_;
  std::vector<TimedValue> reads_;  ///< the last `window`
};

}  // namespace nocturne
