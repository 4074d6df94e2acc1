#pragma once

#include <string>
#include <vector>

#include "controller/campaign/campaign_events.hpp"

namespace nocturne {

/// What somebody has to be told of: "trip", "hold", "disobeyed" or "ended", and one sentence.
struct AlarmCall {
  std::string event, sentence;
};

/// Which of a campaign's events are alarms. Pure: the same events, the same calls.
class AlarmEvents {
 public:
  /// Events come in the order of the log. What did not obey is told in one call, with the event after it; a
  /// fault that is no trip of the supervisor is a "trip", too.
  std::vector<AlarmCall> take(const Event& event);

 private:
  std::string disobeyed_;
  bool fault_called_ = false;
};

}  // namespace nocturne
