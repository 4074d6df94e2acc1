#include "controller/campaign/schedule.hpp"

#include <regex>
#include <stdexcept>

namespace nocturne {
namespace {

constexpr Duration kDay = std::chrono::hours{24};

}  // namespace

Duration until_time_of_day(const std::string& text, Duration now) {
  static const std::regex shape{"([01]?[0-9]|2[0-3]):([0-5][0-9])"};
  std::smatch parts;
  if (!std::regex_match(text, parts, shape))
    throw std::invalid_argument{"'" + text + "' is no time of day (such as 22:00)"};
  const Duration then = std::chrono::hours{std::stoi(parts[1])} + std::chrono::minutes{std::stoi(parts[2])};
  return then > now ? then - now : then - now + kDay;
}

Schedule make_schedule(const std::string& start, const std::string& end, Duration now) {
  Schedule schedule;
  schedule.start = start;
  schedule.end = end;
  if (!start.empty()) schedule.start_after = until_time_of_day(start, now);
  if (!end.empty())
    schedule.end_after = schedule.start_after + until_time_of_day(end, (now + schedule.start_after) % kDay);
  return schedule;
}

}  // namespace nocturne
