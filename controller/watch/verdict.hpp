#pragma once

#include <optional>
#include <string>

#include "controller/watch/night_view.hpp"

namespace nocturne {

/// Whether a process writes the log, and the wall seconds since it last did.
struct Life {
  bool is_live = false;
  double quiet_s = 0.0;
};

Life life_of(const Log& log);

/// Whether a night is well, as one glance has to tell it.
struct Verdict {
  std::string word;  ///< "fine", "look", "trouble", "done", or "ended" = over, but not all that was wanted
  std::string text;  ///< one plain sentence
};

/// `life`: of the night as it is now; none = it is looked at as it stood at some time.
Verdict verdict_on(const NightFacts& facts, const std::optional<Life>& life);

/// "Have a look": the word for people.
std::string heading_of(const Verdict& verdict);

/// An estimate: until the budget is spent, if experiments go on to take what they took so far. None before
/// the first outcome, and after the end.
std::optional<double> expected_left_s(const NightFacts& facts, Instant now);

}  // namespace nocturne
