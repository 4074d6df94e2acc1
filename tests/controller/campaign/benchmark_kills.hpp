#pragma once

#include <cstdint>
#include <string>

namespace nocturne::test {

struct KillSettings {
  std::string bench = "virtual";
  int kills = 100;
  std::uint64_t first_seed = 1;  ///< of the nights, one after the other
};

/// What `kills` deaths by kill -9 did to campaigns that were resumed each time, and how the logs compare with
/// nights that nothing interrupted.
struct KillReport {
  int kills = 0;
  int nights = 0;
  int acknowledged = 0;  ///< experiments that a process said were done
  int lost = 0;          ///< of those, not in the log
  int repeated = 0;      ///< finished experiments that were begun again
  int damaged = 0;       ///< logs that do not open, or whose chain of digests is broken
  int rewritten = 0;     ///< logs whose events from before a death changed
  int comparable =
      0;  ///< decisions before which every outcome is that of the uninterrupted night, bit for bit
  int compared_after_a_kill = 0;    ///< of those, taken by a process that had resumed
  int decided_otherwise = 0;        ///< of the comparable ones
  int decisions = 0;                ///< computed again by one process that lives through the whole log
  int unverified_logs = 0;          ///< with anything that came out otherwise then
  double delivered_mL = 0.0;        ///< by the virtual pumps, in truth
  double accounted_mL = 0.0;        ///< by the logs
  int nights_beyond_1_percent = 0;  ///< between the two
  double worst_night = 0.0;         ///< largest share of a night's volume that its log misses or has too much
  double uninterrupted_worst = 0.0;  ///< the same without kills
};

/// Half of the deaths come at a random instant of virtual time, half after a random time of the wall clock,
/// so also within a decision or a write.
KillReport kill_nights(const KillSettings& settings);

void print(const KillReport& report);

}  // namespace nocturne::test
