#include "devices/virtual/free_running_detector.hpp"

namespace nocturne::virtual_obp {

void FreeRunningDetector::set_exposure(Duration exposure) {
  if (exposure == exposure_) return;
  before_change();
  sequence_start_ = running_ends();
  exposure_ = exposure;
}

void FreeRunningDetector::before_change() {
  const Instant now = clock_.now();
  if (stale_ && now < stale_ends_) return;  // changed twice during one exposure
  stale_ = expose_(now, exposure_);
  stale_ends_ = running_ends();
}

Task<void> FreeRunningDetector::acquire(Receive receive) {
  bool wanted = true;
  while (wanted) {
    Instant start = running_ends();
    if (start > clock_.now()) co_await clock_.sleep_until(start);
    const Duration exposure = exposure_;
    while (wanted && exposure == exposure_) {
      Eigen::VectorXd frame = next_frame(start, exposure);
      start += exposure;
      co_await clock_.sleep_until(start);
      wanted = receive(std::move(frame));
    }
  }
}

Eigen::VectorXd FreeRunningDetector::next_frame(Instant start, Duration exposure) {
  if (!stale_) return expose_(start, exposure);
  Eigen::VectorXd frame = *std::move(stale_);
  stale_.reset();
  return frame;
}

Instant FreeRunningDetector::running_ends() const {
  const Instant now = clock_.now();
  if (now <= sequence_start_) return sequence_start_;
  const Duration since = (now - sequence_start_) % exposure_;
  return since == Duration::zero() ? now : now + (exposure_ - since);
}

}  // namespace nocturne::virtual_obp
