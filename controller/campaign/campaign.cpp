#include "controller/campaign/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "controller/campaign/outlook.hpp"
#include "controller/campaign/refill.hpp"
#include "controller/output_lines.hpp"
#include "devices/error.hpp"
#include "optimizer/emission_problem.hpp"
#include "recipes/experiment_cost.hpp"

namespace nocturne {
namespace {

constexpr Duration kListenEvery = std::chrono::seconds{1};
constexpr Duration kLookAtTime = std::chrono::seconds{5};  // how long is left, and how hot it is

/// Says nothing about the conditions: the experiment is done again when the campaign is resumed.
bool is_loss_of_instrument(const Outcome& outcome) {
  const auto* failure = std::get_if<Failure>(&outcome);
  return failure && failure->kind == FailureKind::instrument_lost;
}

FailureKind failure_of(DeviceFault fault) {
  switch (fault) {
    case DeviceFault::stalled:
      return FailureKind::stalled;
    case DeviceFault::out_of_range:
      return FailureKind::unreachable;
    default:
      return FailureKind::instrument_lost;
  }
}

}  // namespace

std::optional<int> CampaignResult::reached_at() const {
  std::optional<int> last;
  for (const TargetResult& target : targets) {
    if (!target.reached_at) return std::nullopt;
    last = std::max(last.value_or(0), *target.reached_at);
  }
  return last;
}

Campaign::Campaign(Laboratory laboratory, const BenchDescription& description,
                   std::map<std::string, FeedLimits> limits, Optimizer& optimizer, const Clock& wall_clock)
    : lab_{std::move(laboratory)},
      description_{description},
      limits_{std::move(limits)},
      optimizer_{optimizer},
      wall_clock_{wall_clock},
      thinker_{lab_.bench.clock},
      stop_{lab_.bench.clock.io()},
      budget_{lab_.recipe.budget},
      steered_{lab_.bench.clock.io()},
      letterbox_{lab_.bench.clock} {
  for (const Target& target : lab_.recipe.targets) result_.targets.push_back({target, {}, {}});
}

void Campaign::note_reached(int experiment, const Outcome& outcome) {
  for (TargetResult& aim : result_.targets)
    if (!aim.reached_at && is_met(aim.target, outcome)) aim.reached_at = experiment;
}

std::optional<int> Campaign::first_meeting(const Target& target) const {
  const auto first =
      std::ranges::find_if(outcomes_, [&](const auto& done) { return is_met(target, done.second); });
  return first == outcomes_.end() ? std::nullopt : std::optional{first->first};
}

void Campaign::restore(const CampaignRecord& record) {
  resumed_ = true;
  ended_before_ = record.ended.has_value();
  began_ = record.armed;
  for (const auto& [experiment, decision] : record.decisions)
    last_experiment_ = std::max(last_experiment_, experiment);
  for (const int experiment : record.unfinished)
    decided_[experiment] = record.decisions.at(experiment).suggestion.conditions;
  outlooks_ = record.outlooks;
  reagents_ = record.reagents;
  refills_ = record.refills;
  primed_ = record.primed;
  if (record.budget) budget_.experiments = *record.budget;
  for (const Target& target : record.added_targets) result_.targets.push_back({target, {}, {}});
  wishes_ = record.wished_targets;
  for (const auto& [experiment, outcome] : record.outcomes) {
    outcomes_[experiment] = outcome;
    ++result_.experiments;
    const auto* failure = std::get_if<Failure>(&outcome);
    failures_in_a_row_ = failure ? failures_in_a_row_ + 1 : 0;
    if (failure) ++result_.failures[name_of(failure->kind)];
    note_reached(experiment, outcome);
  }
}

void Campaign::keep_to(const Schedule& schedule) {
  schedule_ = schedule;
  if (!schedule.end_after) return;
  latest_end_ = lab_.bench.clock.now() + *schedule.end_after;
  if (const auto& quench = lab_.recipe.safety.quench) *latest_end_ -= seconds(quench->lasting.count());
}

void Campaign::request_stop() {
  stop_requested_ = true;
  stop_.notify_all();
}

void Campaign::end(std::string status, std::string why) {
  if (!end_) end_ = End{std::move(status), std::move(why)};
}

Task<void> Campaign::move_to(CampaignState state, std::string why) {
  if (!can_move(state_, state))
    throw std::logic_error{
        fmt::format("the campaign cannot go from {} to {}", name_of(state_), name_of(state))};
  StateChanged change{name_of(state_), name_of(state), std::move(why)};
  co_await lab_.recorder.record(std::move(change));
  state_ = state;
}

Task<CampaignResult> Campaign::run() {
  if (ended_before_)
    if (const std::optional<End> over = due()) {  // with nothing left to do it touches nothing
      end(over->status, over->why);
      co_return result();
    }
  std::string broken;
  try {
    co_await conduct();
  } catch (const std::exception& error) {
    broken = error.what();
  }
  if (!broken.empty()) {  // the log may be what is broken, so nothing is recorded
    const std::vector<std::string> disobeyed = co_await make_safe();
    for (const std::string& what : disobeyed) {
      lab_.progress.report(kDisobeyed + what);
      broken += "; " + (kDisobeyed + what);
    }
    throw CampaignBroken{broken};
  }
  co_return result();
}

Task<void> Campaign::conduct() {
  co_await begin();
  std::string fault;
  try {
    co_await race(work(), listen());
  } catch (const DeviceError& error) {
    fault = error.what();
  }
  if (!fault.empty()) {
    co_await stop_and_tell(fault);
    end("faulted", fault);
  }
  co_await close();
}

CampaignResult Campaign::result() {
  result_.status = end_->status;
  result_.why = end_->why;
  for (std::size_t i = 0; i < result_.targets.size(); ++i) result_.targets[i].best = optimizer_.best(i);
  for (const FeedDescription& feed : description_.feeds)
    result_.reagent_mL += in_milliliters(delivered(feed.stock));
  result_.campaign_hours = in_seconds(lab_.recorder.now()) / 3600.0;
  return result_;
}

Task<void> Campaign::begin() {
  if (resumed_) {
    Resumed resumed;
    for (const auto& [experiment, conditions] : decided_) resumed.unfinished.push_back(experiment);
    co_await lab_.recorder.record(std::move(resumed));
  } else {
    CampaignStarted started{lab_.recipe.targets, lab_.recipe.budget.experiments};
    co_await lab_.recorder.record(std::move(started));
  }
}

Task<void> Campaign::work() {
  co_await wait_for_start();
  if (stop_requested_) {
    end("stopped", stop_why_);
    co_return;
  }
  co_await move_to(CampaignState::arming, resumed_ ? "resumed" : "started");
  if (!began_) began_ = lab_.recorder.now();
  co_await arm(lab_);
  result_.brought_up = true;
  co_await reconcile();
  if (const std::optional<End> over = due()) {  // the process before died while it was ending
    end(over->status, over->why);
    co_return;
  }
  std::optional<Trip> trip = co_await run_supervised();
  while (trip && trip->reaction == Reaction::hold) {
    trip = co_await hold(*trip);
    if (trip || stop_requested_) break;
    trip = co_await run_supervised();
  }
  if (trip) co_await give_up(*trip);
  if (!end_) end("stopped", stop_why_);
}

/// What the pumps counted when they were armed, against the log.
Task<void> Campaign::reconcile() {
  const std::map<std::string, CounterAtArming> counters = counters_of(lab_.bench);
  reagents_.arm(counters);
  for (const std::string& stock : refills_.arm(counters)) {
    std::string what =
        "a refill of " + stock +
        " broke off, and its pump does not know how much it drew: taken as nothing that can be used, "
        "and as all of it before it is filled again";
    co_await warn(lab_, std::move(what));
  }
}

Task<void> Campaign::wait_for_stop() {
  while (!stop_requested_) co_await stop_.wait();
}

Task<std::optional<Trip>> Campaign::run_supervised() {
  std::optional<Trip> trip;
  auto experiments = [&]() -> Task<void> { trip = co_await run_experiments(); };
  co_await race(experiments(), watch(trip), wait_for_stop(), wait_for_latest_end());
  co_return trip;
}

/// What the heated zone needs from now until it may be left alone.
Duration Campaign::still_to_cool() const {
  const std::optional<HeaterReading> heater = lab_.supervisor.heater();
  return heater ? seconds(time_to_cool(description_.reactor, heater->process).count()) : Duration{};
}

Task<void> Campaign::wait_for_latest_end() {
  while (!latest_end_) co_await stop_.wait();
  for (;;) {
    const Instant now = lab_.bench.clock.now(), hot_until = *latest_end_ - still_to_cool();
    if (now >= hot_until) break;
    co_await lab_.bench.clock.sleep_until(std::min(hot_until, now + kLookAtTime));
  }
  end("budget_spent", fmt::format("it is {}", schedule_.end));
}

Task<void> Campaign::wait_for_start() {
  if (schedule_.start_after <= Duration{}) co_return;
  lab_.progress.report(fmt::format("waiting until {}", schedule_.start));
  co_await race(lab_.bench.clock.sleep_for(schedule_.start_after), wait_for_stop());
}

Task<void> Campaign::listen() {
  auto clear = [this] { lab_.people.clear(); };
  co_await letterbox_.run(std::move(clear));
  for (;;) {
    co_await lab_.bench.clock.sleep_for(kListenEvery);
    auto take = [this] { return lab_.people.take(); };
    const std::vector<SteerRequest> requests = co_await letterbox_.run(std::move(take));
    for (const SteerRequest& request : requests) co_await follow(request);
  }
}

Task<void> Campaign::follow(SteerRequest request) {
  Steered steered{request};
  co_await lab_.recorder.record(std::move(steered));
  const std::string by = fmt::format("{}: {}", request.who, request.why);
  lab_.progress.report(fmt::format("{}, by {}", request.what, by));
  if (request.what == "pause") paused_ = by;
  if (request.what == "resume") paused_.clear();
  if (request.what == "budget" && request.experiments) budget_.experiments = *request.experiments;
  if (request.what == "target" && request.target) wishes_.push_back(*request.target);
  if (request.what == "abort") {
    stop_why_ = "aborted by " + by;
    request_stop();
  }
  steered_.notify_all();
}

/// A spectrometer that is lost is a reason to hold: nothing depends on it but the result.
Task<std::optional<Trip>> Campaign::run_experiments() {
  std::optional<DeviceError> lost;
  try {
    co_await run_all();
  } catch (const DeviceError& error) {
    if (error.device() != lab_.bench.flow_cell.name()) throw;
    lost = error;
  }
  if (!lost) co_return std::nullopt;
  co_return Trip{FailureKind::instrument_lost, lost->what(), Reaction::hold};
}

Task<void> Campaign::renew_reference() {
  co_await refill_for(taken_by_reference(lab_.recipe));
  reference_ = co_await take_reference(lab_);
}

Task<void> Campaign::run_all() {
  if (!paused_.empty()) co_await pause();
  co_await prime_dry_lines();
  co_await renew_reference();
  if (state_ != CampaignState::running) co_await move_to(CampaignState::running, "");
  for (;;) {
    co_await grant_wishes();
    if (!paused_.empty()) {
      co_await pause();
      co_await renew_reference();
    }
    if (const std::optional<End> now = due()) {
      end(now->status, now->why);
      co_return;
    }
    co_await run_next();
    if (end_) co_return;
  }
}

Task<void> Campaign::grant_wishes() {
  while (!wishes_.empty()) {
    Target target = wishes_.front();
    wishes_.erase(wishes_.begin());
    co_await add(std::move(target));
  }
}

Task<void> Campaign::add(Target target) {
  TargetAdded added{target};
  co_await lab_.recorder.record(std::move(added));
  result_.targets.push_back({target, first_meeting(target), {}});
  auto learn = [&] { optimizer_.add_target(target); };
  co_await thinker_.run(std::move(learn));
}

/// Whether the campaign is over before another experiment.
std::optional<Campaign::End> Campaign::due() const {
  const bool all_made = result_.experiments >= budget_.experiments;
  const bool out_of_time = began_ && in_seconds(lab_.recorder.now() - *began_) >= budget_.time.count();
  const bool done = std::ranges::none_of(optimizer_.aims(), &Aim::is_open);
  const std::string given_up = why_given_up();
  if (const auto reached = result_.reached_at(); reached && (all_made || out_of_time || done))
    return End{"reached", fmt::format("experiment {}{}{}", *reached, given_up.empty() ? "" : "; ", given_up)};
  if (all_made) return End{"budget_spent", counted_as(result_.experiments, "experiment")};
  if (out_of_time) return End{"budget_spent", fmt::format("{:.1f} h", budget_.time.count() / 3600.0)};
  if (done) return End{"stopped", given_up};
  if (failures_in_a_row_ >= budget_.failures_in_a_row)
    return End{"stopped", counted_as(failures_in_a_row_, "failed experiment") + " in a row"};
  return std::nullopt;
}

/// Of every target that was.
std::string Campaign::why_given_up() const {
  std::string text;
  for (const auto& [target, outlook] : outlooks_)
    if (!outlook.why_not.empty()) text += (text.empty() ? "" : "; ") + outlook.why_not;
  return text;
}

/// Asks the model whether it is worth going on with the target that is next.
Task<bool> Campaign::look_ahead() {
  auto think = [&] { return nocturne::look_ahead(optimizer_, result_.experiments, outlooks_); };
  std::optional<Foreseen> now = co_await thinker_.run(std::move(think));
  if (!now) co_return false;
  const bool gives_up = !now->why_not.empty();
  if (gives_up) optimizer_.give_up(static_cast<std::size_t>(now->target));
  outlooks_.insert_or_assign(now->target, *now);
  Foreseen seen = *std::move(now);
  co_await lab_.recorder.record(std::move(seen));
  co_return gives_up;
}

Task<void> Campaign::decide() {
  std::vector<Conditions> pending;
  const Instant began = wall_clock_.now();
  const Supplies left = left_mL();
  auto think = [&] { return optimizer_.ask(pending, left); };
  Suggestion suggestion = co_await thinker_.run(std::move(think));
  result_.decision_seconds.push_back(in_seconds(wall_clock_.now() - began));
  Decided decision;
  decision.experiment = ++last_experiment_;
  decision.asked = last_experiment_;
  decision.suggestion = std::move(suggestion);
  decision.left_mL = left;
  decided_[decision.experiment] = decision.suggestion.conditions;
  co_await lab_.recorder.record(std::move(decision));
}

Task<void> Campaign::run_next() {
  if (decided_.empty()) {
    if (co_await look_ahead()) co_return;
    co_await decide();
  }
  const auto [experiment, conditions] = *decided_.begin();
  const char* what = optimizer_.standard() == conditions ? "standard: " : "";
  lab_.progress.report(fmt::format("experiment {}: {}{}", experiment, what, text_of(conditions)));
  const auto planned = plan_flows(lab_.recipe, description_, limits_, conditions);
  if (const auto* infeasible = std::get_if<Infeasible>(&planned)) {
    Outcome unreachable = Failure{FailureKind::unreachable, infeasible->reason};
    co_await finish(experiment, std::move(unreachable));
    co_return;
  }
  FlowPlan plan = std::get<FlowPlan>(planned);
  const Taken taken = most_taken(lab_.recipe, description_.reactor, plan);
  co_await refill_for(taken);
  if (std::optional<std::string> lacking = lacking_reagent(taken)) {
    end("stopped", *lacking);
    co_return;
  }
  if (too_late_for(plan)) {
    end("budget_spent", fmt::format("the next experiment would not end before {}", schedule_.end));
    co_return;
  }
  Outcome outcome = co_await make(experiment, std::move(plan));
  lab_.supervisor.expect_end(std::nullopt);
  if (is_loss_of_instrument(outcome)) co_return;
  co_await lab_.supervisor.note_reading();
  co_await finish(experiment, std::move(outcome));
}

bool Campaign::too_late_for(const FlowPlan& plan) const {
  if (!latest_end_) return false;
  const std::optional<HeaterReading> heater = lab_.supervisor.heater();
  const auto from = heater ? std::optional{heater->process} : std::nullopt;
  const Seconds needed = expected_cost(lab_.recipe, description_.reactor, plan, from).time +
                         time_to_cool(description_.reactor, plan.temperature);
  return lab_.bench.clock.now() + seconds(needed.count()) > *latest_end_;
}

/// Ends what is under way with a failure that its conditions may have caused.
Task<void> Campaign::finish_all(Failure failure) {
  const std::map<int, Conditions> under_way = decided_;
  for (const auto& [experiment, conditions] : under_way) {
    Outcome outcome = failure;
    co_await finish(experiment, std::move(outcome));
  }
}

Task<Outcome> Campaign::make(int experiment, FlowPlan plan) {
  Outcome outcome = co_await attempt(experiment, plan);
  const auto* failure = std::get_if<Failure>(&outcome);
  const auto policy = failure ? lab_.recipe.recovery.find(failure->kind) : lab_.recipe.recovery.end();
  if (policy == lab_.recipe.recovery.end() || policy->second == Recovery::skip) co_return outcome;
  const Recovery action = policy->second;
  Failure first = *failure;
  co_await recover(experiment, std::move(first), action);
  const bool again = action == Recovery::retry || action == Recovery::clean;
  if (again && !lacking_reagent(most_taken(lab_.recipe, description_.reactor, plan)) && !too_late_for(plan))
    outcome = co_await attempt(experiment, plan);
  co_return outcome;
}

Task<void> Campaign::recover(int experiment, Failure failure, Recovery action) {
  lab_.progress.report(fmt::format("experiment {}: {}: {}; {}", experiment, name_of(failure.kind),
                                   failure.detail, name_of(action)));
  if (action == Recovery::safe)
    end("faulted", fmt::format("experiment {}: {}: {}", experiment, name_of(failure.kind), failure.detail));
  Recovering recovering{experiment, std::move(failure), action};
  co_await lab_.recorder.record(std::move(recovering));
  if (action == Recovery::standard) {
    auto want = [this] { optimizer_.want_standard(); };
    co_await thinker_.run(std::move(want));
  }
  lab_.supervisor.expect_end(std::nullopt);
  if (action == Recovery::clean) reference_ = co_await clean_cell(lab_);
}

Task<Outcome> Campaign::attempt(int experiment, FlowPlan plan) {
  Planned begins{experiment, plan};
  co_await lab_.recorder.record(std::move(begins));
  lab_.supervisor.expect_end(lab_.bench.clock.now() + longest_experiment(lab_.recipe, plan));
  std::optional<DeviceError> fault;
  try {
    co_return co_await run_experiment(lab_, experiment, std::move(plan), reference_);
  } catch (const DeviceError& error) {
    fault = error;
  }
  if (fault->device() == lab_.bench.flow_cell.name()) throw *fault;
  if (fault->fault() != DeviceFault::out_of_range) end("faulted", fault->what());
  Outcome failed = Failure{failure_of(fault->fault()), fault->what()};
  co_return failed;
}

Task<void> Campaign::finish(int experiment, Outcome outcome) {
  const Conditions conditions = decided_.at(experiment);
  Finished finished;
  finished.experiment = experiment;
  finished.outcome = outcome;
  const auto* failure = std::get_if<Failure>(&outcome);
  const auto* observation = std::get_if<Observation>(&outcome);
  finished.interpreted =
      observation || failure->kind == FailureKind::nanoplatelets || failure->kind == FailureKind::saturated;
  const double hours = hours_of(co_await lab_.recorder.record(std::move(finished)));
  decided_.erase(experiment);
  ++result_.experiments;
  holds_in_a_row_ = 0;
  failures_in_a_row_ = failure ? failures_in_a_row_ + 1 : 0;
  if (failure) {
    ++result_.failures[name_of(failure->kind)];
    lab_.progress.report(
        fmt::format("experiment {} failed: {}: {}", experiment, name_of(failure->kind), failure->detail));
  } else {
    const Estimate& peak = *observation->peak_nm;
    lab_.progress.report(
        fmt::format("experiment {} done: {:.3f} ± {:.3f} nm", experiment, peak.value, peak.standard_error));
  }
  co_await compare_with_standard(conditions, outcome);
  outcomes_[experiment] = outcome;
  note_reached(experiment, outcome);
  auto learn = [&] { optimizer_.tell(conditions, outcome, hours); };
  co_await thinker_.run(std::move(learn));
}

/// Warns if it is the standard, and not what the recipe says that this bench gives.
Task<void> Campaign::compare_with_standard(Conditions conditions, Outcome outcome) {
  const std::optional<StandardProduct>& standard = lab_.recipe.standard;
  const auto* observation = std::get_if<Observation>(&outcome);
  if (!standard || !standard->peak_nm || conditions != standard->conditions || !observation) co_return;
  const Estimate& peak = *observation->peak_nm;
  const double away_nm = std::abs(peak.value - *standard->peak_nm);
  if (away_nm <= standard->tolerance_nm + 2.0 * peak.standard_error) co_return;
  std::string what = fmt::format(
      "the standard gave {:.2f} ± {:.2f} nm instead of {:.2f} ± {:.2f} nm: other stocks, "
      "another temperature, or a spectrometer that is off",
      peak.value, peak.standard_error, *standard->peak_nm, standard->tolerance_nm);
  co_await warn(lab_, std::move(what));
}

}  // namespace nocturne
