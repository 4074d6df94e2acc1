#pragma once

#include "devices/clock.hpp"

namespace nocturne {

/// Reads the command line, does what it says and returns the exit status: 0 done, 1 not achieved, 2 bad
/// input, 3 bench fault. Whatever goes wrong is one line on stderr.
int command_line(int argc, char** argv, const Clock& wall_clock);

}  // namespace nocturne
