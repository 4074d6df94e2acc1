#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/campaign/campaign_events.hpp"
#include "devices/clock.hpp"
#include "devices/pump.hpp"
#include "models/units.hpp"

namespace nocturne {

/// What has left each syringe in all processes of a campaign. What a process did not live to read, the pumps'
/// own counters tell the next one, if they were not switched off meanwhile; until then it is guessed.
class ReagentAccount {
 public:
  /// The log's next event. It must see every event, in order. Throws LogError if an event is damaged; of
  /// readings it looks at the last before a process ended only.
  void follow(const Event& event);
  /// The process at hand is no more. Unless it ended its campaign, its pumps are taken to have gone on from
  /// its last reading until its death: halfway between the log's last event and the next reading.
  void close();
  /// The next process has armed the pumps.
  void arm(const std::map<std::string, CounterAtArming>& counters);

  /// Of all processes that are no more.
  const std::map<std::string, Volume>& before() const { return before_; }
  /// How much of that no counter has told.
  const std::map<std::string, Volume>& guessed() const { return guessed_; }

 private:
  /// From now on the pump counts something else, until it counts again, as if it had been armed at `from`.
  void recount(const std::string& stock, std::optional<Volume> from);
  Duration unseen(Instant last_reading) const;

  std::map<std::string, Volume> before_, guessed_;
  std::optional<Event> last_reading_;  ///< of the process at hand
  Instant last_event_{};
  bool ended_ = false;  ///< the process at hand brought the campaign to its end
  std::map<std::string, double> read_uL_, guessed_uL_;  ///< of the process before, after its last reading
  std::map<std::string, CounterAtArming> armed_;        ///< the last time
};

}  // namespace nocturne
