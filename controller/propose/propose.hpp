#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "models/study.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/space_file.hpp"

namespace nocturne {

struct ProposeOptions {
  std::uint64_t seed = 1;
  /// Sobol points before the model is asked; empty = as AskTell::default_initial_design() has it.
  std::optional<int> initial_design = std::nullopt;
  std::vector<Study> earlier{};              ///< what is known from elsewhere
  std::string optimizer = kDefaultStrategy;  ///< of strategy_names()
  std::filesystem::path checkpoint{};        ///< what is said goes into it, and on from there; empty = none
};

/// The space as a problem for any strategy.
AskTell::Options options_of(const Space& space, const ProposeOptions& options);

/// Ask and tell over JSON lines, for any outside experiment. In:
///   {"tell": {"x": {...}, "y": {...}}}  outputs as numbers, as {"value", "standard_error"}, or null where
///                                       not measured; a null y, or only nulls, is a failed experiment;
///                                       "hours" beside them tells when, never before the last tell's
///   {"ask": n}, {"ask_from": [{...}, ...]}, {"predict": [{...}, ...]}, {"state": true}
/// Out, one line for all but tells: {"x": [...], "predicted": [...]}, {"index", "x", "predicted"},
/// {"predicted"}, {"told": n, "running": [...]}. Points that were asked and not yet told count as running. A
/// line that cannot be understood, or has a value outside the space, gives {"error"} and is otherwise
/// skipped. With a checkpoint, tells and asks are on disk before they are answered. Returns 0, or 2 if there
/// was an error. The same lines and options give the same asks. Throws FileError for a checkpoint that cannot
/// be used.
int propose(const Space& space, const ProposeOptions& options, std::istream& in, std::ostream& out,
            std::ostream& messages);

}  // namespace nocturne
