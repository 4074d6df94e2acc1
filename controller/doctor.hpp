#pragma once

#include <iosfwd>

namespace nocturne {

/// `doctor`: what this machine has and what it lacks for a night: versions, surrogate, shipped files, serial
/// ports and the right to open them, disk, clock. Returns 0, or 1 if something would stop a run.
int doctor(bool json, std::ostream& out);

}  // namespace nocturne
