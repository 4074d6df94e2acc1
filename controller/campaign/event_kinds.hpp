#pragma once

#include <string>
#include <vector>

#include "controller/log/log.hpp"

namespace nocturne {

/// One of the structs of campaign_events.hpp.
struct EventKind {
  std::string name;
  const char* sentence;         ///< what it says, for people
  void (*parse)(const Event&);  ///< throws LogError unless the event is readable
};

/// All of them, in the order in which a campaign meets them.
const std::vector<EventKind>& event_kinds();

}  // namespace nocturne
