#pragma once

#include <iosfwd>

#include "controller/campaign/campaign_files.hpp"
#include "controller/campaign/run.hpp"
#include "optimizer/inverse_design.hpp"

namespace nocturne {

/// The campaign of one experiment that makes `candidate`, as `known` (recipe, bench, stocks) would make it
/// towards `wish`. Its seed is another one, so that a virtual bench has another night.
CampaignHeader campaign_of(const DesignCandidate& candidate, const Target& wish, const CampaignHeader& known);

/// `design --verify-on-bench`: makes the first candidate on the bench of `header` (see campaign_of()) and
/// writes a line to `out`, JSON or for people: what was expected and what came. Returns the exit status: 0 if
/// it meets the wish, 1 if not, 3 for a bench fault. Throws FileError, LogError.
int verify_on_bench(const DesignCandidate& candidate, const CampaignHeader& header, const RunOptions& options,
                    const Clock& wall_clock, std::ostream& out);

}  // namespace nocturne
