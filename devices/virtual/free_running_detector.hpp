#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>

#include "devices/clock.hpp"

namespace nocturne::virtual_obp {

/// A detector that exposes without pause. A request waits for the rest of the running exposure and gets the
/// next one; but the first after a change of light or exposure time gets the one that was running when it
/// changed.
class FreeRunningDetector {
 public:
  /// Counts of the exposure that begins at `start`; asked for when it begins.
  using Expose = std::function<Eigen::VectorXd(Instant start, Duration exposure)>;
  FreeRunningDetector(Clock& clock, Expose expose, Duration exposure)
      : clock_{clock}, expose_{std::move(expose)}, exposure_{exposure}, sequence_start_{clock.now()} {}

  Duration exposure() const { return exposure_; }
  /// The running exposure ends as it began; the new time holds from the next one on.
  void set_exposure(Duration exposure);
  /// To be called before light that reaches the detector changes.
  void before_change();
  /// Gets one finished exposure; returns whether the next one is wanted.
  using Receive = std::function<bool(Eigen::VectorXd counts)>;
  /// Consecutive exposures, each handed over at its end, until no more is wanted.
  Task<void> acquire(Receive receive);

 private:
  Eigen::VectorXd next_frame(Instant start, Duration exposure);
  Instant running_ends() const;
  Clock& clock_;
  const Expose expose_;
  Duration exposure_;
  Instant sequence_start_;  // exposures of the present length follow each other from here
  std::optional<Eigen::VectorXd> stale_;
  Instant stale_ends_{};
};

}  // namespace nocturne::virtual_obp
