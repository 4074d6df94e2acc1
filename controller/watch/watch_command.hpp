#pragma once

#include <iosfwd>

#include "controller/log/log.hpp"
#include "devices/clock.hpp"

namespace nocturne {

/// `watch`: the night that writes this log, on a terminal, until it has ended or somebody presses Ctrl-C.
/// Where `out` is no terminal the screen is written once. Returns the exit status 0.
int watch_night(const Log& log, bool is_terminal, std::ostream& out);

/// `replay --watch`: a logged night, `speed` times as fast as it was, likewise; where `out` is no terminal
/// every sentence of its journal in its time.
int watch_again(const Log& log, double speed, bool is_terminal, std::ostream& out);

}  // namespace nocturne
