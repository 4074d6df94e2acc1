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

Task<std::vector<Eigen::VectorXd>> FreeRunningDetector::acquire(int count) {
  std::vector<Eigen::VectorXd> frames;
  const Instant first = running_ends();
  if (first > clock_.now()) co_await clock_.sleep_until(first);
  const Duration exposure = exposure_;
  for (int i = 0; i < count; ++i) {
    if (stale_) {
      frames.push_back(*std::move(stale_));
      stale_.reset();
    } else {
      frames.push_back(expose_(first + i * exposure, exposure));
    }
    co_await clock_.sleep_until(first + (i + 1) * exposure);
  }
  co_return frames;
}

Instant FreeRunningDetector::running_ends() const {
  const Instant now = clock_.now();
  if (now <= sequence_start_) return sequence_start_;
  const Duration since = (now - sequence_start_) % exposure_;
  return since == Duration::zero() ? now : now + (exposure_ - since);
}

}  // namespace nocturne::virtual_obp
