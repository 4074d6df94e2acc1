#include <csignal>

#include "controller/command_line.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // nobody reading along must not end a night with the heater on
  const nocturne::SystemClock wall_clock;
  return nocturne::command_line(argc, argv, wall_clock);
}
