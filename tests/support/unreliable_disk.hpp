#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <random>

namespace nocturne::test {

/// A disk under SQLite whose power can fail, or that hangs. While it lives, all that SQLite opens in `folder` is on it; one
/// disk at a time. Of every file it knows what was synced and which writes and truncations came later; of
/// every name, which files it stood for since the folder was synced. SQLite's shared memory is not on the
/// disk.
class UnreliableDisk {
 public:
  /// What lies in `folder` already is synced.
  explicit UnreliableDisk(const std::filesystem::path& folder);
  ~UnreliableDisk();
  UnreliableDisk(const UnreliableDisk&) = delete;
  UnreliableDisk& operator=(const UnreliableDisk&) = delete;

  /// The power fails within operation number `operation`; it and all later ones return an error.
  void cut_power_at(std::size_t operation);
  /// From now on no operation returns any more, as on a network drive that is gone.
  void hang();
  /// Writes, truncations, syncs, creations and deletions so far.
  std::size_t operations() const;
  bool is_dead() const;

  /// What may be found in `folder` when the power is back: what was synced, any of the later operations, and
  /// of writes also some sectors of 512 bytes alone.
  void leave_in(const std::filesystem::path& folder, std::mt19937_64& random) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne::test
