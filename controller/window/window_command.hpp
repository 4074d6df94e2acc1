#pragma once

#include <iosfwd>

#include "controller/window/window.hpp"

namespace nocturne {

/// `serve`: pages and API of a log until somebody presses Ctrl-C; the logs (*.db) in `library`, if it is not
/// empty, for Replay. Tells the address on `out`, with `json` as {"url", "log"}, and the token in `messages`
/// only. Returns the exit status 0. Throws LogError, FileError, std::invalid_argument.
int serve(const std::filesystem::path& log, const std::filesystem::path& library,
          const WindowSettings& settings, bool json, std::ostream& out, std::ostream& messages);

}  // namespace nocturne
