#pragma once

#include <functional>

#include "devices/clock.hpp"

namespace CLI {
class App;
}

namespace nocturne {

/// Adds `benchmark` to the program. It leaves what it does in `action`; `json` is the program's flag. All
/// outlive the app.
void add_benchmark_command(CLI::App& app, const Clock& wall_clock, bool& json, std::function<int()>& action);

}  // namespace nocturne
