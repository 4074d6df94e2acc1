#include "controller/campaign/feed_store.hpp"

#include <algorithm>

namespace nocturne {
namespace {

constexpr double kFullest = 0.98;    // of the syringe: its plunger stays in
constexpr double kLeastDraw = 0.02;  // likewise; less is not worth stopping for

Volume of_stock(const std::map<std::string, Volume>& volumes, const std::string& stock) {
  const auto found = volumes.find(stock);
  return found == volumes.end() ? Volume{} : found->second;
}

}  // namespace

FeedStore store_of(const FeedDescription& feed, const ReagentAccount& reagents, const RefillAccount& refills,
                   Volume delivered_now) {
  const Volume capacity = feed.syringe.volume, drawn = refills.drawn(feed.stock),
               perhaps = refills.perhaps(feed.stock);
  const Volume delivered = delivered_now + of_stock(reagents.before(), feed.stock);
  FeedStore store;
  store.in_syringe = std::max(Volume{}, capacity - delivered + drawn);
  store.most_in_syringe = store.in_syringe + perhaps + of_stock(reagents.guessed(), feed.stock);
  if (!feed.refill) return store;
  store.in_bottle = std::max(Volume{}, feed.refill->bottle - drawn - perhaps);
  const Volume room = std::max(Volume{}, kFullest * capacity - store.most_in_syringe);
  store.can_draw = std::min(room, store.in_bottle);
  if (store.can_draw < kLeastDraw * capacity) store.can_draw = Volume{};
  return store;
}

}  // namespace nocturne
