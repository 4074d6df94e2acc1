#pragma once

#include "controller/campaign/reagent_account.hpp"
#include "controller/campaign/refill_account.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What a feed has, on the safe side of what is not known.
struct FeedStore {
  Volume in_syringe;       ///< at least
  Volume most_in_syringe;  ///< at most
  Volume in_bottle;        ///< at least; nothing without a bottle
  Volume can_draw;         ///< of that, without pulling the plunger out; nothing if it is not worth the while

  Volume in_all() const { return in_syringe + can_draw; }
};

/// `delivered_now`: by the process at hand, beside what `reagents` holds of those before it.
FeedStore store_of(const FeedDescription& feed, const ReagentAccount& reagents, const RefillAccount& refills,
                   Volume delivered_now);

}  // namespace nocturne
