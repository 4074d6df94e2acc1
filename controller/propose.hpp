#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "optimizer/ask_tell.hpp"
#include "recipes/space_file.hpp"

namespace nocturne {

/// The space as a problem for any strategy.
AskTell::Options options_of(const Space& space, std::uint64_t seed, std::optional<int> initial_design);

/// Ask and tell over JSON lines, for any outside experiment. In: {"tell": {"x": {...}, "y": {...}}} (a null y
/// is a failed experiment, a null output was not measured), {"ask": n}, {"ask_from": [{...}, ...]}. Out, one
/// line per ask: {"x": [...], "predicted": [...]} or {"index", "x", "predicted"}. Points that were asked and
/// not yet told count as running. A line that cannot be understood, or has a value outside the space, gives
/// {"error"} and is otherwise skipped. The first `initial_design` asks are Sobol points; empty = as
/// AskTell::default_initial_design() has it. `optimizer` is one of strategy_names(). Returns 0, or 2 if there
/// was such a line. The same lines and seed give the same asks.
int propose(const Space& space, std::uint64_t seed, std::istream& in, std::ostream& out,
            std::ostream& messages, std::optional<int> initial_design = std::nullopt,
            const std::string& optimizer = "composite");

}  // namespace nocturne
