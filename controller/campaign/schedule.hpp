#pragma once

#include <optional>
#include <string>

#include "devices/clock.hpp"

namespace nocturne {

/// When a campaign may work, from its start as a program.
struct Schedule {
  Duration start_after{};             ///< nothing is touched before
  std::optional<Duration> end_after;  ///< nothing is hot or flowing afterwards
  std::string start, end;             ///< as the user wrote them: "22:00"
};

/// From `now`, in seconds after midnight, until the clock on the wall shows "22:00" the next time: more than
/// 0, at most 24 h. Throws std::invalid_argument for anything but HH:MM.
Duration until_time_of_day(const std::string& text, Duration now);

/// The schedule of `--start` and `--until`, either of which may be empty, for a program that starts at `now`.
Schedule make_schedule(const std::string& start, const std::string& end, Duration now);

}  // namespace nocturne
