#pragma once

#include <optional>
#include <vector>

#include "models/series/trend.hpp"

namespace nocturne {

/// Decides from repeated reads whether a value stands still: an equivalence test (Schuirmann 1987,
/// 10.1007/BF01068419). Steady means that the 90 % interval of the drift over the judged reads, from weighted
/// least squares with the residuals' own scatter, lies within ± `allowed_drift`; merely not seeing a drift is
/// not enough. The more reads are judged, the less their scatter hides a drift.
class Settling {
 public:
  struct Options {
    int fewest = 6;              ///< reads that are judged, >= 3
    int most = 24;               ///< likewise, >= fewest
    double allowed_drift = 0.5;  ///< over the judged reads, in the value's unit
  };
  explicit Settling(Options options) : options_{options} {}

  void add(double time_s, Estimate value);
  /// The product changed or was not seen: what came before does not count.
  void restart() { reads_.clear(); }
  /// Whether the last so many reads stand still; false if there are less.
  bool steady(int reads) const;
  /// Drift over the last so many reads with its standard error; nothing if there are less.
  std::optional<Estimate> drift(int reads) const;
  /// Whether the reads scatter so much that a value without drift would be called steady by the fewest reads
  /// with a chance of one in a thousand only; at a false-alarm rate of 1 %. The scatter is that of second
  /// differences, which no smooth arrival moves. False before twice the fewest reads.
  bool hopeless() const;

 private:
  const Options options_;
  std::vector<TimedValue> reads_;  ///< the last `most`
};

}  // namespace nocturne
