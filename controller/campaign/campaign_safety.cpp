// How the campaign stands still, and how it comes to its end.
#include <fmt/format.h>

#include <algorithm>

#include "controller/campaign/campaign.hpp"
#include "controller/campaign/procedures.hpp"
#include "controller/campaign/refill.hpp"
#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "recipes/experiment_cost.hpp"

namespace nocturne {
namespace {

constexpr Duration kPatience = std::chrono::seconds{60};
constexpr Duration kPatienceUnarmed = std::chrono::seconds{5};
constexpr Duration kLookAgain = std::chrono::seconds{5};  // whether a reason to hold is over, or it is cool
constexpr Duration kLongestCooling = std::chrono::minutes{30};
constexpr int kMostHolds = 2;  // without a finished experiment between them

/// Whether the conditions of the experiment may have caused it.
bool may_blame_conditions(FailureKind kind) {
  return kind != FailureKind::instrument_lost && kind != FailureKind::leak;
}

}  // namespace

/// Between experiments: everything stands and cools until somebody resumes. Nothing moves before the log says
/// that it will.
Task<void> Campaign::pause() {
  co_await move_to(CampaignState::paused, paused_);
  lab_.supervisor.hold(true);
  const std::vector<std::string> disobeyed = co_await lab_.supervisor.make_safe(Duration{});
  if (!disobeyed.empty())
    throw DeviceError{DeviceFault::refused, "bench", "did not obey: " + disobeyed.front()};
  while (!paused_.empty()) co_await steered_.wait();
  co_await move_to(CampaignState::running, "resumed");
  lab_.supervisor.hold(false);
}

Task<std::optional<Trip>> Campaign::hold(Trip why) {
  why.reaction = Reaction::safe;
  if (++holds_in_a_row_ > kMostHolds) co_return why;
  lab_.supervisor.hold(true);
  lab_.supervisor.expect_end(std::nullopt);
  co_await move_to(CampaignState::holding, why.what);
  lab_.progress.report("holding: " + why.what);
  std::vector<std::string> disobeyed = co_await nocturne::hold(lab_.bench);
  std::erase_if(disobeyed, [&](const std::string& what) { return what.starts_with("lights off"); });
  if (!disobeyed.empty()) co_return why;
  co_await end_refills(lab_, refills_);
  std::optional<Trip> worse;
  bool well = false;
  const Duration patience = seconds(description_.limits.hold_for.count());
  co_await race(wait_until_well(well), watch(worse), wait_for_stop(), lab_.bench.clock.sleep_for(patience));
  lab_.supervisor.hold(false);
  if (well || stop_requested_) co_return std::nullopt;
  co_return worse ? *worse : why;
}

Task<void> Campaign::wait_until_well(bool& well) {
  while (!well) {
    co_await lab_.bench.clock.sleep_for(kLookAgain);
    if (!lab_.supervisor.is_clear()) continue;
    try {
      static_cast<void>(co_await lab_.bench.flow_cell.arm());
      well = true;
    } catch (const DeviceError&) {
    }
  }
}

/// Neither waits for the other: a log may take seconds to be written, a pump that is silent to be missed.
Task<void> Campaign::stop_and_tell(std::string what) {
  Tripped tripped{std::move(what)};
  auto tell = [&]() -> Task<void> { co_await lab_.recorder.record(std::move(tripped)); };
  std::vector<Task<void>> both;
  both.push_back(lab_.supervisor.stop_at_once());
  both.push_back(tell());
  co_await all(std::move(both));
}

Task<void> Campaign::give_up(Trip why) {
  co_await stop_and_tell(why.what);
  lab_.progress.report("stopped by the supervisor: " + why.what);
  end("faulted", why.what);
  Failure failure{why.kind, why.what};
  if (may_blame_conditions(why.kind)) co_await finish_all(std::move(failure));
}

Task<void> Campaign::close() {
  const bool faulted = end_->status == "faulted";
  co_await move_to(faulted ? CampaignState::faulted : CampaignState::stopping, end_->why);
  lab_.progress.step("making the bench safe");
  std::vector<std::string> disobeyed = co_await make_safe();
  std::string broken;                                 // what went wrong since
  const bool unwatched = faulted || stop_requested_;  // and in a minute the pumps' own watchdogs speak up
  if (unwatched && result_.brought_up) co_await lab_.supervisor.read_pumps();
  if (disobeyed.empty()) co_await end_interrupted_refills();
  if (!faulted && disobeyed.empty() && !stop_requested_) {
    const std::optional<Trip> trip = co_await cool_down();
    if (trip) {
      broken = "while cooling: " + trip->what;
      co_await stop_and_tell(trip->what);
      lab_.progress.report(broken);
      disobeyed = co_await make_safe();
    }
  }
  if (faulted && result_.brought_up) {
    std::optional<std::string> heats = co_await lab_.supervisor.watch_cooling();
    if (heats) disobeyed.push_back(*std::move(heats));
  }
  co_await lab_.supervisor.note_reading();
  for (const std::string& what : disobeyed) {
    Warned warning{kDisobeyed + what};
    co_await lab_.recorder.record(std::move(warning));
  }
  result_.disobeyed = disobeyed;
  if (!disobeyed.empty() && broken.empty()) broken = "the bench did not obey: " + disobeyed.front();
  if (!broken.empty() && !faulted) {
    end_ = End{"faulted", broken};
    co_await move_to(CampaignState::faulted, broken);
  }
  CampaignEnded ended{end_->status, end_->why};
  co_await lab_.recorder.record(std::move(ended));
  co_await move_to(CampaignState::done, "");
}

/// What an instrument does not tell now, it may tell the next process.
Task<void> Campaign::end_interrupted_refills() {
  if (refills_.open().empty()) co_return;
  try {
    co_await end_refills(lab_, refills_);
  } catch (const DeviceError&) {
  }
}

Task<std::optional<Trip>> Campaign::cool_down() {
  std::optional<Trip> trip;
  auto cooled = [&]() -> Task<void> {
    for (;;) {
      co_await lab_.bench.clock.sleep_for(kLookAgain);
      const std::optional<HeaterReading> heater = lab_.supervisor.heater();
      if (!heater || heater->process <= kCool) co_return;
      lab_.progress.step(fmt::format("cooling, {:.0f} °C", heater->process.celsius()));
    }
  };
  co_await race(cooled(), watch(trip), wait_for_stop(), lab_.bench.clock.sleep_for(kLongestCooling));
  const std::optional<HeaterReading> heater = lab_.supervisor.heater();
  if (!trip && heater && heater->process > kCool) {
    std::string what = fmt::format("the heated zone is still at {:.0f} °C, and nobody watches it any more",
                                   heater->process.celsius());
    co_await warn(lab_, std::move(what));
  }
  co_return trip;
}

Task<void> Campaign::watch(std::optional<Trip>& trip) { trip = co_await lab_.supervisor.watch(); }

Task<std::vector<std::string>> Campaign::make_safe() {
  // Until every instrument is armed nothing was told to flow or to heat.
  return lab_.supervisor.make_safe(result_.brought_up ? kPatience : kPatienceUnarmed);
}

}  // namespace nocturne
