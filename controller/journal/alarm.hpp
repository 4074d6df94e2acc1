#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "devices/clock.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// Tells people through programs of theirs, as child processes on a thread of its own: nothing waits for
/// them, and nothing that they do comes back but a failure, as text.
class Alarm {
 public:
  static constexpr int kMostPending = 8;  ///< alarms that are not sent yet; more are not sent

  /// What alarms say beside their sentence.
  struct Campaign {
    std::string id;
    std::filesystem::path log;
  };

  /// Without [alarm] in the bench file nobody is told anything. Throws FileError, with the line there, if
  /// mail is asked for and no program here sends any. `wall_clock` must outlive the alarm.
  Alarm(const BenchDescription& bench, Campaign campaign, const Clock& wall_clock);
  /// Waits like wait().
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Tells people, returns at once. `event`: "trip", "hold", "disobeyed" or "ended".
  void raise(const std::string& event, const std::string& sentence) noexcept;
  /// Until nothing is pending: at most as long as each may take.
  void wait();

  /// What went wrong since somebody last asked; the same thing once only.
  std::vector<std::string> failures();
  /// Called on any thread when there is a failure; before the first raise().
  void on_failure(std::function<void()> notify);

 private:
  class Sender;
  std::unique_ptr<Sender> sender_;  ///< null = nobody is told
};

}  // namespace nocturne
