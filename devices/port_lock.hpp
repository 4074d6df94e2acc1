#pragma once

namespace nocturne {

/// Claims an open serial port for this process, so that no second one commands the same instruments. Given up
/// when the descriptor is closed, however the process ends. Returns 0, or EBUSY if another has it.
int claim_port(int descriptor);

}  // namespace nocturne
