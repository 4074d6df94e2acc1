#include <csignal>

#include "controller/command_line.hpp"

int main(int argc, char** argv) {
  // Neither nobody reading along nor a log that may not grow must end a night with the heater on.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const nocturne::SystemClock wall_clock;
  return nocturne::command_line(argc, argv, wall_clock);
}
