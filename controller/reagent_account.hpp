#pragma once

#include <map>
#include <optional>
#include <string>

#include "devices/clock.hpp"
#include "devices/pump.hpp"
#include "models/units.hpp"

namespace nocturne {

/// What has left each syringe in all processes of a campaign. What a process did not live to read, the pumps'
/// own counters tell the next one, if they were not switched off meanwhile; until then it is guessed.
class ReagentAccount {
 public:
  /// A reading of the process at hand, by stock: since it armed the pumps, and the rate.
  void read(std::map<std::string, double> delivered_uL, std::map<std::string, double> flow_uL_min,
            Instant when);
  /// The process at hand is no more; its pumps went on for `unseen` after its last reading, as it seems.
  void close(Duration unseen);
  /// From now on the pump counts something else, until it counts again, as if it had been armed at `from`.
  void recount(const std::string& stock, std::optional<Volume> from);
  /// The next process has armed the pumps.
  void arm(const std::map<std::string, CounterAtArming>& counters);

  Instant last_reading() const { return when_; }
  /// Of all processes that are no more.
  const std::map<std::string, Volume>& before() const { return before_; }
  /// How much of that no counter has told.
  const std::map<std::string, Volume>& guessed() const { return guessed_; }

 private:
  std::map<std::string, Volume> before_, guessed_;
  std::map<std::string, double> delivered_uL_, flow_uL_min_;  ///< of the process at hand
  Instant when_{};
  std::map<std::string, double> read_uL_, guessed_uL_;  ///< of the process before, after its last reading
  std::map<std::string, CounterAtArming> armed_;        ///< the last time
};

}  // namespace nocturne
