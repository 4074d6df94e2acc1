#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/variable.hpp"

namespace nocturne {

constexpr int kMostExperiments = 100'000;  // that a budget may be

/// What a person asks of a campaign that runs in another process.
struct SteerRequest {
  std::string what;                ///< of steer_words()
  std::optional<int> experiments;  ///< of "budget": how many in all
  std::optional<Target> target;    ///< of "target": one more
  std::string who, why;
  friend bool operator==(const SteerRequest&, const SteerRequest&) = default;
};

/// "pause", "resume", "abort", "budget", "target", "acknowledge" (an alarm was seen; nothing else is done)
const std::vector<std::string>& steer_words();

/// Requests travel in a file beside the log, one line of JSON each; whoever runs the campaign takes them out.
class SteerBox {
 public:
  explicit SteerBox(const std::filesystem::path& log);

  /// Throws LogError if the file cannot be written.
  void post(const SteerRequest& request) const;
  /// What was posted since the last take; lines that are no request are left out.
  std::vector<SteerRequest> take();
  /// Forgets what was posted to an earlier process.
  void clear();

 private:
  std::filesystem::path file_;
};

/// The target at this peak that a campaign may get besides its own, everything else as its first one has it.
/// Throws FileError if the campaign cannot aim at it.
Target further_target(const std::filesystem::path& log, double peak_nm);

/// `steer`: posts a request to the campaign that writes `log`, and waits until it is taken. Returns 0, or 1
/// if nobody takes it. Throws LogError if there is no such log or nobody writes it.
int steer(const std::filesystem::path& log, const SteerRequest& request, std::ostream& out);

}  // namespace nocturne
