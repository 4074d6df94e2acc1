#include "controller/watch/night_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/campaign/feed_store.hpp"
#include "optimizer/emission_problem.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kSentences = 20;

/// Whether an outcome is nearer to a target than what was nearest so far.
bool is_nearer(const NightFacts::Aim& aim, const Estimate& peak_nm) {
  return !aim.nearest_nm ||
         std::abs(peak_nm.value - aim.target.value) < std::abs(aim.nearest_nm->value - aim.target.value);
}

}  // namespace

NightView::NightView(const CampaignHeader& header) {
  facts_.name = header.name;
  facts_.imported = header.origin != "campaign";
  if (facts_.imported) return;
  facts_.budget_time = parse_recipe(header.recipe_text, header.recipe_file).budget.time;
  const BenchDescription bench = parse_bench(header.bench_text, header.bench_file,
                                             std::filesystem::path{header.bench_file}.parent_path());
  feeds_ = bench.feeds;
  for (const FeedDescription& feed : feeds_)
    facts_.feeds[feed.stock].syringe_mL = in_milliliters(feed.syringe.volume);
  take_stock({});
}

void NightView::take(const Event& event) {
  facts_.now = event.time;
  reagents_.follow(event);
  refills_.follow(event);
  if (std::optional<std::string> sentence = journal_.tell(event)) {
    facts_.sentences.emplace_back(event.time, *std::move(sentence));
    if (facts_.sentences.size() > kSentences) facts_.sentences.pop_front();
  }
  if (is<CampaignStarted>(event)) {
    const auto started = nocturne::read<CampaignStarted>(event);
    facts_.budget = started.experiments;
    for (const Target& target : started.targets) facts_.aims.push_back({target, {}, {}, {}, false});
  }
  if (is<TargetAdded>(event))
    facts_.aims.push_back({nocturne::read<TargetAdded>(event).target, {}, {}, {}, false});
  if (is<StateChanged>(event)) {
    const auto change = nocturne::read<StateChanged>(event);
    facts_.state = change.to;
    if (!facts_.ended) facts_.why = change.why;
    if (change.to != "running") facts_.step.clear();
  }
  if (is<Steered>(event)) steered(nocturne::read<Steered>(event).request);
  if (is<Primed>(event)) facts_.step = "filling the tubes";
  if (is<Refilling>(event)) facts_.step = "filling the syringe of " + nocturne::read<Refilling>(event).stock;
  if (is<Refilled>(event)) facts_.step.clear();
  if (is<Foreseen>(event))
    if (const auto seen = nocturne::read<Foreseen>(event);
        !seen.why_not.empty() && static_cast<std::size_t>(seen.target) < facts_.aims.size())
      facts_.aims[static_cast<std::size_t>(seen.target)].given_up = true;
  if (is<Decided>(event)) decided(nocturne::read<Decided>(event));
  if (is<Planned>(event)) planned(nocturne::read<Planned>(event));
  if (is<ReadingTaken>(event)) read(nocturne::read<ReadingTaken>(event));
  if (is<FramesTaken>(event)) framed(nocturne::read<FramesTaken>(event));
  if (is<Settled>(event)) facts_.step = "steady: absorption";
  if (is<Finished>(event)) finished(nocturne::read<Finished>(event));
  if (is<Warned>(event)) {
    const std::string what = nocturne::read<Warned>(event).what;
    facts_.alarm = {event.time, what, what.starts_with(kDisobeyed)};
  }
  if (is<Tripped>(event)) facts_.alarm = {event.time, nocturne::read<Tripped>(event).what, true};
  if (is<Resumed>(event)) {
    facts_.ended = false;
    facts_.status.clear();
  }
  if (is<CampaignEnded>(event)) {
    const auto end = nocturne::read<CampaignEnded>(event);
    facts_.ended = true;
    facts_.status = end.status;
    facts_.why = end.why;
    facts_.step.clear();
    facts_.experiment.reset();
  }
}

void NightView::decided(const Decided& event) {
  decisions_[event.experiment] = event.suggestion.conditions;
  if (!last_end_) last_end_ = facts_.now;
}

void NightView::planned(const Planned& event) {
  facts_.experiment = event.experiment;
  facts_.conditions = decisions_[event.experiment];
  facts_.target_C = event.plan.temperature.celsius();
  facts_.step = "reaching the temperature";
  reads_ = 0;
}

void NightView::read(const ReadingTaken& event) {
  facts_.temperature_C = event.temperature_C;
  facts_.heating = event.output;
  facts_.pressure_bar = event.pressure_bar;
  for (const auto& [stock, flow] : event.flow_uL_min) facts_.feeds[stock].flow_uL_min = flow;
  take_stock(event.delivered_uL);
}

void NightView::take_stock(const std::map<std::string, double>& delivered_uL) {
  for (const FeedDescription& description : feeds_) {
    NightFacts::Feed& feed = facts_.feeds[description.stock];
    const auto before = reagents_.before().find(description.stock);
    const auto now = delivered_uL.find(description.stock);
    const Volume delivered_now = now == delivered_uL.end() ? Volume{} : microliters(now->second);
    feed.used_mL = in_milliliters(delivered_now) +
                   (before == reagents_.before().end() ? 0.0 : in_milliliters(before->second));
    feed.left_mL = in_milliliters(store_of(description, reagents_, refills_, delivered_now).in_all());
  }
}

void NightView::steered(const SteerRequest& request) {
  if (request.experiments) facts_.budget = *request.experiments;
  if (request.what == "acknowledge" && facts_.alarm) facts_.alarm->seen = request;
}

void NightView::framed(const FramesTaken& event) {
  if (event.purpose.starts_with("darks")) facts_.step = "flushing";
  if (event.purpose != "settling") return;
  ++reads_;
  facts_.step = fmt::format("emission, read {}", reads_);
  if (event.arrived)
    facts_.step += fmt::format(", {:.0f} % of the product has arrived", 100.0 * *event.arrived);
}

void NightView::finished(const Finished& event) {
  ++facts_.finished;
  facts_.experiment.reset();
  facts_.step.clear();
  decisions_.erase(event.experiment);
  const double took_s = in_seconds(facts_.now - last_end_.value_or(facts_.now));
  took_s_.insert(std::ranges::upper_bound(took_s_, took_s), took_s);
  facts_.usual_experiment_s = took_s_[took_s_.size() / 2];
  last_end_ = facts_.now;
  const auto* seen = std::get_if<Observation>(&event.outcome);
  if (!seen) {
    ++facts_.failed;
    return;
  }
  for (NightFacts::Aim& aim : facts_.aims) {
    if (!aim.reached_at && is_met(aim.target, event.outcome)) aim.reached_at = event.experiment;
    if (!seen->peak_nm || !is_nearer(aim, *seen->peak_nm)) continue;
    aim.nearest = event.experiment;
    aim.nearest_nm = seen->peak_nm;
  }
}

}  // namespace nocturne
