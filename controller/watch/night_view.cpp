#include "controller/watch/night_view.hpp"

#include <fmt/format.h>

#include <cmath>

#include "optimizer/emission_problem.hpp"
#include "recipes/bench_file.hpp"

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
  if (header.origin != "campaign") return;
  const BenchDescription bench = parse_bench(header.bench_text, header.bench_file,
                                             std::filesystem::path{header.bench_file}.parent_path());
  for (const FeedDescription& feed : bench.feeds)
    facts_.feeds[feed.stock].syringe_mL = in_milliliters(feed.syringe.volume);
}

const NightFacts& NightView::facts() {
  look_at_reading();
  return facts_;
}

void NightView::take(const Event& event) {
  if (!is<ReadingTaken>(event) && !is<FramesTaken>(event)) look_at_reading();
  facts_.now = event.time;
  reagents_.follow(event);
  if (std::optional<std::string> sentence = journal_.tell(event)) {
    facts_.sentences.emplace_back(event.time, *std::move(sentence));
    if (facts_.sentences.size() > kSentences) facts_.sentences.pop_front();
  }
  if (is<CampaignStarted>(event)) {
    const auto started = read<CampaignStarted>(event);
    facts_.budget = started.experiments;
    for (const Target& target : started.targets) facts_.aims.push_back({target, {}, {}, {}, false});
  }
  if (is<TargetAdded>(event)) facts_.aims.push_back({read<TargetAdded>(event).target, {}, {}, {}, false});
  if (is<StateChanged>(event)) {
    const auto change = read<StateChanged>(event);
    facts_.state = change.to;
    facts_.why = change.why;
    if (change.to != "running") facts_.step.clear();
  }
  if (is<Steered>(event))
    if (const auto& asked = read<Steered>(event).request; asked.experiments)
      facts_.budget = *asked.experiments;
  if (is<Primed>(event)) facts_.step = "filling the tubes";
  if (is<Refilling>(event)) facts_.step = "filling the syringe of " + read<Refilling>(event).stock;
  if (is<Refilled>(event)) facts_.step.clear();
  if (is<Foreseen>(event))
    if (const auto seen = read<Foreseen>(event);
        !seen.why_not.empty() && static_cast<std::size_t>(seen.target) < facts_.aims.size())
      facts_.aims[static_cast<std::size_t>(seen.target)].given_up = true;
  if (is<Decided>(event)) decided(read<Decided>(event));
  if (is<Planned>(event)) planned(read<Planned>(event));
  if (is<ReadingTaken>(event)) reading_ = event;
  if (is<FramesTaken>(event)) framed(read<FramesTaken>(event));
  if (is<Settled>(event)) facts_.step = "steady: absorption";
  if (is<Finished>(event)) finished(read<Finished>(event));
  if (is<Warned>(event)) alarm(read<Warned>(event).what);
  if (is<Tripped>(event)) alarm(read<Tripped>(event).what);
  if (is<Resumed>(event)) facts_.ended = false;
  if (is<CampaignEnded>(event)) {
    const auto end = read<CampaignEnded>(event);
    facts_.ended = true;
    facts_.why = end.why;
    facts_.step.clear();
    facts_.experiment.reset();
  }
}

void NightView::decided(const Decided& event) { decisions_[event.experiment] = event.suggestion.conditions; }

void NightView::planned(const Planned& event) {
  facts_.experiment = event.experiment;
  facts_.conditions = decisions_[event.experiment];
  facts_.target_C = event.plan.temperature.celsius();
  facts_.step = fmt::format("to {:.1f} °C", *facts_.target_C);
  reads_ = 0;
}

void NightView::look_at_reading() {
  if (!reading_) return;
  const auto event = read<ReadingTaken>(*reading_);
  reading_.reset();
  facts_.temperature_C = event.temperature_C;
  facts_.heating = event.output;
  facts_.pressure_bar = event.pressure_bar;
  for (const auto& [stock, flow] : event.flow_uL_min) facts_.feeds[stock].flow_uL_min = flow;
  for (auto& [stock, feed] : facts_.feeds) {
    const auto before = reagents_.before().find(stock);
    const auto now = event.delivered_uL.find(stock);
    feed.used_mL = (before == reagents_.before().end() ? 0.0 : in_milliliters(before->second)) +
                   (now == event.delivered_uL.end() ? 0.0 : 1e-3 * now->second);
  }
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

void NightView::alarm(std::string what) {
  facts_.alarm = std::move(what);
  facts_.alarmed = facts_.now;
}

}  // namespace nocturne
