// What the campaign has in its syringes and bottles, and how it gets it into the tubes.
#include <fmt/format.h>

#include <algorithm>

#include "controller/campaign/campaign.hpp"
#include "controller/campaign/refill.hpp"

namespace nocturne {

Task<void> Campaign::prime_dry_lines() {
  for (const FeedDescription& feed : description_.feeds) {
    if (feed.line_volume <= Volume{} || primed_.contains(feed.stock)) continue;
    Taken taken{{feed.stock, taken_by_priming(feed)}};
    co_await refill_for(std::move(taken));
    co_await prime(lab_, feed);
    primed_.insert(feed.stock);
  }
}

/// In this process and in those before it.
Volume Campaign::delivered(const std::string& stock) const {
  const auto before = reagents_.before().find(stock);
  return lab_.supervisor.delivered(stock) + (before == reagents_.before().end() ? Volume{} : before->second);
}

FeedStore Campaign::store_of(const std::string& stock) const {
  const auto feed = std::ranges::find(description_.feeds, stock, &FeedDescription::stock);
  return nocturne::store_of(*feed, reagents_, refills_, lab_.supervisor.delivered(stock));
}

/// What an experiment can take, after its syringes were filled again.
Supplies Campaign::left_mL() const {
  Supplies left;
  for (const FeedDescription& feed : description_.feeds)
    left[feed.stock] = in_milliliters(store_of(feed.stock).in_all());
  return left;
}

std::vector<std::string> Campaign::to_refill(const Taken& taken) const {
  std::vector<std::string> stocks;
  for (const auto& [stock, needed] : taken) {
    const FeedStore store = store_of(stock);
    if (needed > store.in_syringe && needed <= store.in_all()) stocks.push_back(stock);
  }
  return stocks;
}

/// The other feeds flow on, so that nothing stands in the hot tube; then one of them may lack something, too.
Task<void> Campaign::refill_for(Taken taken) {
  for (std::vector<std::string> stocks = to_refill(taken); !stocks.empty(); stocks = to_refill(taken)) {
    for (const std::string& stock : stocks) {
      lab_.supervisor.expect_flow(stock, false);
      co_await lab_.bench.feeds.at(stock)->stop();
    }
    for (const std::string& stock : stocks) co_await refill(lab_, stock, store_of(stock).can_draw, refills_);
  }
}

/// Which syringe would run dry during the longest form of this experiment, if any.
std::optional<std::string> Campaign::lacking_reagent(const Taken& taken) const {
  for (const auto& [stock, needed] : taken) {
    const FeedStore store = store_of(stock);
    if (needed <= store.in_syringe) continue;
    const std::string bottle = lab_.bench.taps.contains(stock)
                                   ? fmt::format(" and its bottle {:.1f} mL", in_milliliters(store.in_bottle))
                                   : "";
    return fmt::format("the syringe of {} holds {:.1f} mL{}, the next experiment needs {:.1f} mL", stock,
                       in_milliliters(store.in_syringe), bottle, in_milliliters(needed));
  }
  return std::nullopt;
}

}  // namespace nocturne
