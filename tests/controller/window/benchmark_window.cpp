// What the window costs: 50 viewers of a night that runs, requests one after the other, and thousands of
// connections of all sorts, with a thread beside them that keeps time as a campaign would.
// Usage: nocturne_benchmark_window [--viewers N] [--seconds S] [--connections N]
// Ends with status 1 if viewers cost more than a fifth of a core, or descriptors or connections are left
// over.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "served_window.hpp"
#include "support/percentile.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using WallClock = std::chrono::steady_clock;

struct WindowLoad {
  int viewers = 50;
  double seconds = 20.0;
  int connections = 10'000;
};

double seconds_since(WallClock::time_point began) {
  return std::chrono::duration<double>(WallClock::now() - began).count();
}

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++count;
  return count;
}

std::size_t resident_kB() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:" && status >> word) return std::stoul(word);
  return 0;
}

/// A thread that sleeps 50 ms again and again and notes how late it wakes.
class Metronome {
 public:
  ~Metronome() {
    over_ = true;
    thread_.join();
  }
  std::vector<double> take_late_ms() {
    const std::lock_guard lock{mutex_};
    return std::exchange(late_ms_, {});
  }

 private:
  void beat() {
    while (!over_) {
      const auto due = WallClock::now() + 50ms;
      std::this_thread::sleep_until(due);
      const std::lock_guard lock{mutex_};
      late_ms_.push_back(1e3 * seconds_since(due));
    }
  }
  std::mutex mutex_;
  std::vector<double> late_ms_;
  std::atomic<bool> over_ = false;
  std::thread thread_{[this] { beat(); }};
};

void tell_late(const char* when, Metronome& metronome) {
  const std::vector<double> late_ms = metronome.take_late_ms();
  std::printf("  a thread beside it woke late by: median %.2f ms, 99 %% %.2f ms, most %.2f ms (%s)\n",
              percentile(late_ms, 0.5), percentile(late_ms, 0.99), percentile(late_ms, 1.0), when);
}

/// News as a night in real time has them at its busiest: the campaign four times a second, a spectrum every
/// second, a sentence every two. Returns the end of what is published.
std::string publish_a_quarter_second(StandIn& night, int quarter) {
  std::string last(3'000, 'c');
  night.publish("campaign", last);
  if (quarter % 4 == 0) night.publish("spectrum", last = std::string(60'000, 's'));
  if (quarter % 8 == 0) night.publish("sentence", last = std::string(120, 't'));
  return last + "\n\n";
}

bool measure_viewers(const WindowLoad& load, Metronome& metronome) {
  ServedWindow window;
  std::vector<std::unique_ptr<LoopbackClient>> viewers;
  for (int i = 0; i < load.viewers; ++i) {
    viewers.push_back(std::make_unique<LoopbackClient>(window.port()));
    viewers.back()->send(window.request("GET", "/api/v1/stream"));
  }
  if (!window.comes_to([&](const auto& counts) { return counts.viewers == viewers.size(); })) return false;
  const double cpu_before = window.cpu_seconds();
  const auto began = WallClock::now();
  std::vector<double> arrival_ms;
  const int quarters = static_cast<int>(4.0 * load.seconds);
  for (int quarter = 0; quarter < quarters; ++quarter) {
    std::this_thread::sleep_until(began + quarter * 250ms);
    const auto published = WallClock::now();
    const std::string last = publish_a_quarter_second(window.stand_in, quarter);
    for (const auto& viewer : viewers)
      if (viewer->until(last).empty()) return false;
    arrival_ms.push_back(1e3 * seconds_since(published));
  }
  const double share = (window.cpu_seconds() - cpu_before) / seconds_since(began);
  std::printf(
      "%d viewers: %.1f %% of a core; everything had reached the last of them after %.0f ms (median), "
      "%.0f ms (most)\n",
      load.viewers, 100.0 * share, percentile(arrival_ms, 0.5), percentile(arrival_ms, 1.0));
  tell_late("viewers", metronome);
  return share <= 0.2;
}

void measure_requests(const WindowLoad& load, Metronome& metronome) {
  ServedWindow window;
  LoopbackClient client{window.port()};
  const double cpu_before = window.cpu_seconds();
  const auto began = WallClock::now();
  int requests = 0;
  for (; seconds_since(began) < load.seconds / 4.0; ++requests) {
    client.send(window.request("GET", "/api/v1/campaign"));
    if (client.reply().status != 200) break;
  }
  std::printf("requests one after the other: %.0f a second, %.0f us of CPU each\n",
              requests / seconds_since(began), 1e6 * (window.cpu_seconds() - cpu_before) / requests);
  tell_late("requests", metronome);
}

/// One of all sorts: whole requests, half ones, noise, streams; most leave without waiting for the reply.
void connect_somehow(const ServedWindow& window, std::vector<std::unique_ptr<LoopbackClient>>& open,
                     std::mt19937_64& random) {
  const std::string from = "127.0." + std::to_string(random() % 8) + ".1";
  open.push_back(std::make_unique<LoopbackClient>(window.port(), from.c_str()));
  switch (random() % 5) {
    case 0:
      open.back()->send(window.request("GET", "/"));
      break;
    case 1:
      open.back()->send("GET /api/v1/camp");
      break;
    case 2:
      open.back()->send(std::string(random() % 30'000, static_cast<char>(random() % 256)));
      break;
    case 3:
      open.back()->send(window.request("GET", "/api/v1/stream"));
      break;
    default:
      break;
  }
  if (open.size() > 400) open[random() % open.size()].swap(open.back());
  if (open.size() > 400) open.pop_back();
}

bool measure_connections(const WindowLoad& load, Metronome& metronome) {
  WindowLimits limits = wide_limits();
  limits.connections = 300;
  ServedWindow window{limits};
  const auto is_alone = [](const HttpServer::Counts& counts) { return counts.connections == 0; };
  if (window.ask("GET", "/").status != 200 || !window.comes_to(is_alone)) return false;
  const std::size_t files_before = open_files(), kB_before = resident_kB();
  const double cpu_before = window.cpu_seconds();
  const auto began = WallClock::now();
  std::mt19937_64 random{10'000};
  {
    std::vector<std::unique_ptr<LoopbackClient>> open;
    for (int i = 0; i < load.connections; ++i) connect_somehow(window, open, random);
  }
  const double cpu_s = window.cpu_seconds() - cpu_before, wall_s = seconds_since(began);
  const bool all_ended = window.comes_to(is_alone);
  const HttpServer::Counts counts = window.counts();
  std::printf(
      "%llu connections in %.1f s: %.0f us of CPU each; %llu turned away, %llu requests, %zu left over\n",
      static_cast<unsigned long long>(counts.accepted), wall_s, 1e6 * cpu_s / load.connections,
      static_cast<unsigned long long>(counts.turned_away), static_cast<unsigned long long>(counts.requests),
      counts.connections);
  std::printf("  open files %zu before, %zu after; memory %zu kB before, %zu kB after\n", files_before,
              open_files(), kB_before, resident_kB());
  tell_late("connections", metronome);
  return all_ended && open_files() == files_before && window.ask("GET", "/").status == 200;
}

bool measure_window(const WindowLoad& load) {
  Metronome metronome;
  std::this_thread::sleep_for(std::chrono::duration<double>(load.seconds / 4.0));
  std::printf("before:\n");
  tell_late("nothing", metronome);
  const bool viewers_are_cheap = measure_viewers(load, metronome);
  measure_requests(load, metronome);
  return measure_connections(load, metronome) && viewers_are_cheap;
}

}  // namespace
}  // namespace nocturne::test

int main(int count, char** words) {
  nocturne::test::WindowLoad load;
  CLI::App app{"What the window costs"};
  app.add_option("--viewers", load.viewers, "of the stream")->capture_default_str();
  app.add_option("--seconds", load.seconds, "how long they look on")->capture_default_str();
  app.add_option("--connections", load.connections, "of all sorts")->capture_default_str();
  CLI11_PARSE(app, count, words);
  return nocturne::test::measure_window(load) ? 0 : 1;
}
