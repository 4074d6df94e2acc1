#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nocturne {

/// Adds `calibrate` and its five commands to the program. The one that was named leaves what it does in
/// `action`; `json` is the program's flag. Both outlive the app.
void add_calibrate_commands(CLI::App& app, bool& json, std::function<int()>& action);

}  // namespace nocturne
