#include "controller/command_line.hpp"

int main(int argc, char** argv) {
  const nocturne::SystemClock wall_clock;
  return nocturne::command_line(argc, argv, wall_clock);
}
