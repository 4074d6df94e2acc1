#include <fmt/format.h>

#include "controller/campaign/feed_store.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"

namespace nocturne {
namespace {

std::string mL_text(Volume volume) { return fmt::format("{:.2f} mL", in_milliliters(volume)); }

Volume volume_of(const std::map<std::string, Volume>& volumes, const std::string& stock) {
  const auto found = volumes.find(stock);
  return found == volumes.end() ? Volume{} : found->second;
}

}  // namespace

Html reagents_section(const LoggedNight& night) {
  if (night.imported())
    return section("reagents", "Reagents", paragraph("Imported experiments tell nothing of what was used."));
  const CampaignRecord& record = night.record;
  TextTable table{{"stock", "used", "of that estimated", "refills", "drawn from the bottle",
                   "left in the syringe", "left in the bottle"},
                  {}};
  for (const FeedDescription& feed : night.campaign->files.bench.feeds) {
    const FeedStore store = store_of(feed, record.reagents, record.refills, Volume{});
    const auto refills = night.refills.find(feed.stock);
    table.rows.push_back({feed.stock, mL_text(volume_of(record.reagents.before(), feed.stock)),
                          mL_text(volume_of(record.reagents.guessed(), feed.stock)),
                          std::to_string(refills == night.refills.end() ? 0 : refills->second),
                          mL_text(record.refills.drawn(feed.stock)), mL_text(store.in_syringe),
                          feed.refill ? mL_text(store.in_bottle) : "no bottle"});
  }
  return section(
      "reagents", "Reagents",
      html_of(table) +
          paragraph("Used is what the pumps counted. Estimated is what no counter told, after a process or a "
                    "bench died. "
                    "Left is at least so much, if the syringes were full when the campaign began.") +
          element("p", data_link(table, "reagents.csv")));
}

}  // namespace nocturne
