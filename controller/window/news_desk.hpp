#pragma once

#include <chrono>
#include <vector>

#include "controller/window/shared_night.hpp"
#include "controller/window/site.hpp"

namespace nocturne {

/// What is new in a night since it was last asked.
class NewsDesk {
 public:
  using Clock = std::chrono::steady_clock;

  /// What happened before is no news. Both lock the night.
  explicit NewsDesk(SharedNight& night);
  /// The document of the campaign at most four times a second, of several spectra only the newest. Throws as
  /// SharedNight::refresh().
  std::vector<News> news(Clock::time_point now);

 private:
  void tell_spectrum(std::vector<News>& news, const Moment& moment) const;
  void tell_experiments(std::vector<News>& news, const Moment& moment) const;
  void tell_campaign(std::vector<News>& news, const Moment& moment, Clock::time_point now);

  SharedNight& night_;
  int replaced_ = 0;
  std::int64_t told_ = 0;   ///< number of the last event
  std::int64_t shown_ = 0;  ///< likewise, when the campaign was told
  std::string campaign_;    ///< as it was told
  Clock::time_point looked_{};
};

}  // namespace nocturne
