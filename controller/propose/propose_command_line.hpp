#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nocturne {

/// Adds `propose` to the program. It leaves what it does in `action`; `json` is the program's flag. Both
/// outlive the app.
void add_propose_command(CLI::App& app, bool& json, std::function<int()>& action);

}  // namespace nocturne
