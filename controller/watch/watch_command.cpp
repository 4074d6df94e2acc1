#include "controller/watch/watch_command.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ostream>

#include "controller/output_lines.hpp"
#include "controller/watch/screen.hpp"
#include "devices/concurrency.hpp"

namespace nocturne {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLook = 1s;
constexpr Duration kFrame = 200ms;
constexpr std::int64_t kAtOnce = 1'000;  // events in memory while a night is watched again

/// A terminal whose whole content is replaced without being wiped, so that it does not flicker.
class Terminal {
 public:
  Terminal(bool is_terminal, std::ostream& out) : is_terminal_{is_terminal}, out_{out} {
    if (is_terminal_) out_ << "\x1b[?25l\x1b[2J";
  }
  ~Terminal() {
    if (is_terminal_) out_ << "\x1b[?25h\n" << std::flush;
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void show(const NightFacts& facts, const std::optional<Life>& life, const std::string& note) {
    const std::vector<std::string> lines = screen_of(facts, verdict_on(facts, life), size(), note);
    std::string text = is_terminal_ ? "\x1b[H" : "";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text += lines[i];
      if (is_terminal_) text += "\x1b[K";
      if (!is_terminal_ || i + 1 < lines.size()) text += '\n';
    }
    out_ << text << std::flush;
  }

 private:
  ScreenSize size() const {
    ScreenSize size;
    winsize window{};
    if (is_terminal_ && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col >= 40 &&
        window.ws_row >= 12)
      size = {window.ws_col, window.ws_row};
    return size;
  }

  const bool is_terminal_;
  std::ostream& out_;
};

/// Runs until it has ended or a person interrupts.
void run_until_interrupted(SystemClock& clock, Task<void> work) {
  asio::signal_set interrupts{clock.io(), SIGINT, SIGTERM};
  auto interrupted = [&]() -> Task<void> { co_await interrupts.async_wait(asio::use_awaitable); };
  auto both = [&]() -> Task<void> { co_await race(std::move(work), interrupted()); };
  clock.run(both());
}

std::vector<Event> some_events(const Log& log, std::int64_t first, std::int64_t last) {
  std::vector<Event> events;
  log.for_each([&](const Event& event) { events.push_back(event); },
               {.first = first, .last = last, .detail = LogDetail::outline});
  return events;
}

void catch_up(const Log& log, NightView& view, std::int64_t& next) {
  log.for_each(
      [&](const Event& event) {
        view.take(event);
        next = event.seq + 1;
      },
      {.first = next, .detail = LogDetail::brief});
}

}  // namespace

int watch_night(const Log& log, bool is_terminal, std::ostream& out) {
  SystemClock clock;
  NightView view{log.header()};
  std::int64_t next = 1;
  catch_up(log, view, next);
  Terminal terminal{is_terminal, out};
  terminal.show(view.facts(), life_of(log), "");
  if (!is_terminal) return 0;
  auto watch = [&]() -> Task<void> {
    while (!view.facts().ended) {
      co_await clock.sleep_for(kLook);
      catch_up(log, view, next);
      terminal.show(view.facts(), life_of(log), "");
    }
  };
  run_until_interrupted(clock, watch());
  return 0;
}

int watch_again(const Log& log, double speed, bool is_terminal, std::ostream& out) {
  SystemClock clock;
  NightView view{log.header()};
  Journal journal;
  const std::int64_t size = log.size();
  Terminal terminal{is_terminal, out};
  auto play = [&]() -> Task<void> {
    const Instant began = clock.now();
    Instant shown{};
    for (std::int64_t first = 1; first <= size; first += kAtOnce) {
      const std::vector<Event> events = some_events(log, first, first + kAtOnce - 1);
      for (const Event& event : events) {
        const Instant due = began + seconds(in_seconds(event.time) / speed);
        co_await clock.sleep_until(due);
        view.take(event);
        if (const auto sentence = journal.tell(event); sentence && !is_terminal)
          out << clock_text(event.time) << "  " << *sentence << std::endl;
        if (is_terminal && clock.now() - shown >= kFrame) {
          terminal.show(view.facts(), std::nullopt, fmt::format("again, {:g} times as fast", speed));
          shown = clock.now();
        }
      }
    }
  };
  run_until_interrupted(clock, play());
  if (is_terminal) terminal.show(view.facts(), std::nullopt, "");
  return 0;
}

}  // namespace nocturne
