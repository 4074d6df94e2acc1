#include "controller/program.hpp"

#include <ctime>
#include <iostream>

namespace nocturne {

Duration time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return std::chrono::hours{local.tm_hour} + std::chrono::minutes{local.tm_min} +
         std::chrono::seconds{local.tm_sec};
}

void print(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) std::cerr << message << '\n';
}

Log Program::log_to_read() const {
  const Log opened = Log::open(log, Log::Access::read);
  if (const auto damage = opened.damage()) std::cerr << *damage << '\n';
  return opened;
}

}  // namespace nocturne
