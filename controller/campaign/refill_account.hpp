#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_events.hpp"
#include "devices/pump.hpp"
#include "models/units.hpp"

namespace nocturne {

/// What was drawn from each bottle into its syringe in all processes of a campaign. A refill that broke off
/// counts twice over: as nothing that can be used, and as all of it where the syringe could get too full;
/// until the pump's own counter tells how much it was.
class RefillAccount {
 public:
  /// The log's next event. Throws LogError if it is damaged.
  void follow(const Event& event);
  /// A refill of the stock begins. At most one of a stock is open.
  void begin(const std::string& stock, Volume volume);
  /// It came to its end, or its pump told what had been drawn when it broke off.
  void end(const std::string& stock, Volume drawn);
  /// A new process has armed the pumps: what broke off is over. Returns the stocks whose pumps do not know
  /// how much that was.
  std::vector<std::string> arm(const std::map<std::string, CounterAtArming>& counters);

  Volume drawn(const std::string& stock) const { return of(stock).drawn; }
  /// Perhaps drawn besides.
  Volume perhaps(const std::string& stock) const;
  /// Stocks with a refill that has not come to its end.
  std::vector<std::string> open() const;

 private:
  struct Entry {
    Volume drawn, perhaps;
    std::optional<Volume> open;
  };
  Entry of(const std::string& stock) const;

  std::map<std::string, Entry> entries_;
};

}  // namespace nocturne
