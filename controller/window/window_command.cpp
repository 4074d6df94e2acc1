#include "controller/window/window_command.hpp"

#include <csignal>
#include <ostream>

#include "controller/knowledge/night_library.hpp"
#include "controller/output_lines.hpp"

namespace nocturne {

int serve(const std::filesystem::path& log, const std::filesystem::path& library,
          const WindowSettings& settings, bool json, std::ostream& out, std::ostream& messages) {
  Window window{settings};
  Site site{{log, library.empty() ? std::vector<std::filesystem::path>{} : logs_in(library), build_digest()}};
  for (const std::string& line : window.invitation()) messages << line << std::endl;
  OrderedJson told;
  told["url"] = window.url();
  told["log"] = log.string();
  out << (json ? line_of(told) : window.url()) << std::endl;
  asio::signal_set interrupts{window.clock().io(), SIGINT, SIGTERM};
  interrupts.add(SIGHUP);
  auto interrupted = [&]() -> Task<void> { co_await interrupts.async_wait(asio::use_awaitable); };
  window.show(site, log, interrupted(), [&](const std::string& line) { messages << line << std::endl; });
  return 0;
}

Departure::Departure() : signals_{clock_.io(), SIGTERM, SIGHUP} {}

void Departure::wait() {
  signals_.add(SIGINT);
  auto signalled = [&]() -> Task<void> { co_await signals_.async_wait(asio::use_awaitable); };
  clock_.run(signalled());
}

}  // namespace nocturne
