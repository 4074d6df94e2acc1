#include "controller/campaign/night.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "controller/journal/journal.hpp"
#include "controller/replay/replay.hpp"
#include "controller/virtual/fault_player.hpp"

namespace nocturne {
namespace {

constexpr std::uint64_t kPlantSeedStep =
    1'000'003;  // a resumed plant is another evening, not the same noise again

}  // namespace

std::uint64_t Night::plant_seed(const CampaignFiles& files, const CampaignRecord* record) {
  const int evening = record ? record->resumes + 1 : 0;
  return files.header.seed + kPlantSeedStep * static_cast<std::uint64_t>(evening);
}

/// Virtual syringes begin where the log left them: with all that may have been drawn into them.
BenchHistory Night::history_of(const CampaignFiles& files, const CampaignRecord* record) {
  BenchHistory history;
  if (!record) return history;
  history.primed = record->primed;
  for (const FeedDescription& feed : files.bench.feeds)
    history.contents[feed.stock] = std::min(
        feed.syringe.volume, store_of(feed, record->reagents, record->refills, Volume{}).most_in_syringe);
  return history;
}

SupervisorLimits Night::limits_of(const CampaignFiles& files) {
  SupervisorLimits limits;
  limits.max_temperature = std::min(files.bench.limits.max_temperature, files.recipe.safety.max_temperature);
  limits.lost_after = seconds(files.bench.limits.lost_after.count());
  limits.heating = files.bench.reactor.heating;
  limits.quench = files.recipe.safety.quench;
  limits.flow = flow_watch_settings(files.recipe, files.bench);
  return limits;
}

Night::Night(const CampaignFiles& files, const Log& log, const CampaignRecord* record, Progress& progress,
             const Clock& wall_clock)
    : clock_{clock_for(files.bench)},
      built_{
          *clock_, files.bench, files.plant, plant_seed(files, record), nullptr, history_of(files, record)},
      recorder_{*clock_, log, record ? record->last_time.time_since_epoch() : Duration{}},
      supervisor_{built_.bench(), recorder_, progress, limits_of(files)},
      people_{log.file()},
      optimizer_{make_optimizer(files, built_.feed_limits())},
      campaign_{Laboratory{built_.bench(), supervisor_, recorder_, files.recipe, files.material, progress,
                           people_, interpretation_settings(files.bench), files.bench.limits.max_total_flow},
                files.bench, built_.feed_limits(), *optimizer_, wall_clock},
      has_alarm_{files.bench.alarm.has_value()},
      alarm_failed_{std::make_shared<Signal>(clock_->io())},
      progress_{progress},
      alarm_{files.bench, {log.header().id, std::filesystem::absolute(log.file())}, wall_clock} {
  progress.keep_time([this] { return recorder_.now(); });
  if (has_alarm_)
    recorder_.listen([this](const Event& event) {
      for (const AlarmCall& call : alarm_events_.take(event)) alarm_.raise(call.event, call.sentence);
    });
  alarm_.on_failure([this] { asio::post(clock_->io(), [failed = alarm_failed_] { failed->notify_all(); }); });
  if (!record) return;
  restore(*optimizer_, *record);
  campaign_.restore(*record);
}

void Night::rehearse(FaultScenario scenario) {
  check(scenario, built_.virtual_side());
  faults_ = std::move(scenario);
}

CampaignResult Night::run() {
  std::optional<CampaignBroken> broken;
  CampaignResult result;
  try {
    result = conduct();
  } catch (const CampaignBroken& error) {
    broken = error;
    alarm_.raise("ended", as_sentence("The campaign broke off, and the log does not say so: " +
                                      std::string{error.what()}));
  }
  finish_alarms();
  if (broken) throw *broken;
  return result;
}

/// An alarm that did not go through is told, and changes nothing else. Never ends by itself.
Task<void> Night::tell_failed_alarms() {
  for (;;) {
    take_failures();
    if (untold_.empty()) {
      co_await alarm_failed_->wait();
      continue;
    }
    Warned warning{untold_.front()};
    try {
      co_await recorder_.record(std::move(warning));
    } catch (const LogError&) {  // the campaign will meet it, too
    }
    progress_.report(untold_.front());
    untold_.pop_front();
  }
}

void Night::take_failures() {
  for (std::string& failure : alarm_.failures()) untold_.push_back(std::move(failure));
}

/// The loop has ended: what is left to tell is written without it.
void Night::finish_alarms() {
  alarm_.wait();
  take_failures();
  for (const std::string& failure : untold_) {
    progress_.report(failure);
    try {
      recorder_.record_after_loop(Warned{failure});
    } catch (const LogError&) {  // told at least
    }
  }
  untold_.clear();
}

CampaignResult Night::conduct() {
  Background mishaps{*clock_};
  if (faults_)
    mishaps.start(play(*clock_, *built_.virtual_side(), *faults_),
                  [](const std::exception_ptr& failure) { std::rethrow_exception(failure); });
  asio::signal_set interrupts{clock_->io(), SIGINT, SIGTERM};
  interrupts.add(SIGHUP);  // the terminal was closed
  interrupts.add(SIGQUIT);
  interrupts.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) campaign_.request_stop();
  });
  CampaignResult result;
  auto campaign = [&]() -> Task<void> { result = co_await campaign_.run(); };
  auto beside = [&]() -> Task<void> { co_await race(campaign(), tell_failed_alarms()); };
  clock_->run(has_alarm_ ? beside() : campaign());
  return result;
}

}  // namespace nocturne
