#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "devices/virtual/reply_faults.hpp"

namespace nocturne {

/// What can go wrong with one virtual instrument, by name: how scenario files and people at a terminal break
/// things. Every fault can be healed.
class FaultBoard {
 public:
  using Switch = std::function<void(bool on)>;

  FaultBoard& add(std::string name, Switch turn);
  /// A fault that is a flag of the instrument, which must outlive the board.
  FaultBoard& add(std::string name, bool& flag);
  /// What strikes in a moment and needs no healing.
  FaultBoard& add_once(std::string name, std::function<void()> strike);
  /// silence, deaf, late_reply, truncated, wrong_checksum, wrong_address, garbage and disconnect.
  FaultBoard& add(ReplyFaults& faults);

  std::vector<std::string> names() const;
  /// Throws std::invalid_argument for a name that the instrument does not know, with those that it does.
  void require(const std::string& name) const;
  /// Throws like require().
  void set(const std::string& name, bool on);

 private:
  std::map<std::string, Switch> switches_;
};

}  // namespace nocturne
