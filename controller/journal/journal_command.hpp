#pragma once

#include <cstdint>
#include <iosfwd>

#include "controller/log/log.hpp"

namespace nocturne {

/// `journal`: the log in plain sentences, one a line, of the events after number `since`. With `json` one
/// object a line: {"seq", "time_s", "kind", "experiment" if there is one, "text"}. `messages` learns if the
/// log has no end. Only reads. Returns the exit status 0.
int tell_journal(const Log& log, std::int64_t since, bool json, std::ostream& out, std::ostream& messages);

}  // namespace nocturne
