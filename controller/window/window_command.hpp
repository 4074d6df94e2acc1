#pragma once

#include <boost/asio/signal_set.hpp>
#include <iosfwd>

#include "controller/window/window.hpp"

namespace nocturne {

/// `serve`: pages and API of a log until somebody presses Ctrl-C; the logs (*.db) in `library`, if it is not
/// empty, for Replay. Tells the address on `out`, with `json` as {"url", "log"}, and the token in `messages`
/// only. Returns the exit status 0. Throws LogError, FileError, std::invalid_argument.
int serve(const std::filesystem::path& log, const std::filesystem::path& library,
          const WindowSettings& settings, bool json, std::ostream& out, std::ostream& messages);

/// When the window of a campaign that is over closes: a campaign that ends by itself is still there to be
/// looked at, a process that is told to end, or whose terminal was closed, is not kept.
class Departure {
 public:
  /// Notices SIGTERM and SIGHUP from now on.
  Departure();
  /// Until Ctrl-C is pressed from now on, or one of those comes or has come.
  void wait();

 private:
  SystemClock clock_;
  asio::signal_set signals_;
};

}  // namespace nocturne
