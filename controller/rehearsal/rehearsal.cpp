#include "controller/rehearsal/rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "controller/campaign/night.hpp"
#include "controller/campaign/procedures.hpp"
#include "controller/scratch_folder.hpp"
#include "recipes/plant_file.hpp"

namespace nocturne {
namespace {

constexpr Duration kSample = std::chrono::milliseconds{100};
constexpr Duration kAfterwards = std::chrono::minutes{3};  // what instruments do once nobody talks to them
constexpr double kOvershoot_K = 8.0;                       // of the zone when a device's own limit cuts in

// What is promised, in seconds. README, "A night that can be left alone".
constexpr double kNoticed_s = 3.0;     // a lost link, a stall, a broken sensor
constexpr double kOff_s = 2.0;         // from noticing until an instrument that obeys is off
constexpr double kPumpAlone_s = 15.0;  // until a pump that hears nothing has stopped by itself
constexpr double kHeatAlone_s = 75.0;  // likewise a heater
constexpr double kHold_s = 5.0;        // beyond the bench's hold_for
constexpr double kUnseen_mL = 3.0;     // until a balance shows that nothing, or a quarter less, arrives
constexpr double kLeakShare = 0.25;
constexpr double kBlind_s = 305.0;  // of flow, until a balance that shows no weight counts as lost

bool is_lost(const std::string& fault) {
  return std::set<std::string>{"deaf", "silence", "disconnect"}.contains(fault);
}
bool is_stuck(const std::string& fault) { return fault == "runaway" || fault == "stuck_output"; }

/// What the plant does at one moment.
struct Sample {
  double time_s;
  double flow_uL_min;  ///< of all feeds but the one that quenches
  double quench_uL_min;
  double leaking_uL_min;
  double heating, celsius;
  double all_uL_min() const { return flow_uL_min + quench_uL_min; }
};

/// A night and what was seen of it from outside.
struct Watched {
  CampaignResult result;
  std::string broken;
  std::vector<Sample> samples;
  double astray_uL = 0.0;  ///< into a bottle, or out of the reactor
  std::vector<Event> events;
};

Task<void> look_on(Night& night, std::string quench, std::vector<Sample>& samples) {
  VirtualWorld& world = night.built().virtual_side()->world();
  for (;;) {
    const Instant now = night.clock().now();
    const double celsius = world.probe_celsius(now);  // time passes there
    const double quenching = world.flow_uL_min(quench);
    samples.push_back({in_seconds(now), world.flow_uL_min() - quenching, quenching, world.leaking_uL_min(),
                       world.heating(), celsius});
    co_await night.clock().sleep_until(now + kSample);
  }
}

Watched watch(const CampaignFiles& files, std::optional<Mishap> mishap) {
  const ScratchFolder folder;
  const SystemClock wall_clock;
  Progress progress{Progress::Style::silent};
  Log log = Log::create(folder.path() / "rehearsal.db", files.header);
  Watched seen;
  {
    Night night{files, log, nullptr, progress, wall_clock};
    if (mishap) {
      FaultScenario scenario;
      scenario.events.push_back({mishap->phase.at, mishap->instrument, mishap->fault, std::nullopt, 0});
      night.rehearse(std::move(scenario));
    }
    Background watching{night.clock()};
    const auto& quench = files.recipe.safety.quench;
    watching.start(look_on(night, quench ? quench->stock : "", seen.samples),
                   [](const std::exception_ptr& e) { std::rethrow_exception(e); });
    try {
      seen.result = night.run();
    } catch (const CampaignBroken& error) {
      seen.broken = error.what();
    }
    night.clock().run(night.clock().sleep_for(kAfterwards));
    VirtualWorld& world = night.built().virtual_side()->world();
    for (const FeedDescription& feed : files.bench.feeds) {
      const MovedVolumes moved = world.moved(feed.stock);
      seen.astray_uL += moved.to_bottle + moved.from_reactor;
    }
  }
  seen.events = log.events();
  return seen;
}

double seconds_of(const Event& event) { return in_seconds(event.time); }

/// What the log says that shows that something is wrong; empty = nothing.
std::string complaint(const Event& event) {
  if (is<Warned>(event)) return read<Warned>(event).what;
  if (is<Tripped>(event)) return read<Tripped>(event).what;
  if (is<StateChanged>(event)) {
    const auto change = read<StateChanged>(event);
    return change.to == "holding" || change.to == "faulted" ? change.why : "";
  }
  if (!is<Finished>(event)) return "";
  const auto finished = read<Finished>(event);
  const auto* failure = std::get_if<Failure>(&finished.outcome);
  return failure ? fmt::format("{}: {}", name_of(failure->kind), failure->detail) : "";
}

/// From `since_s` until it is nothing for good; nothing if it never is.
std::optional<double> off_for_good(const std::vector<Sample>& samples, double Sample::*what, double since_s) {
  if (samples.back().*what > 0.0) return std::nullopt;
  double last_s = since_s;
  for (const Sample& sample : samples)
    if (sample.*what > 0.0) last_s = std::max(last_s, sample.time_s);
  return last_s - since_s;
}

double mL_between(const std::vector<Sample>& samples, double from_s, double to_s, double Sample::*flow) {
  double mL = 0.0;
  for (const Sample& sample : samples)
    if (sample.time_s >= from_s && sample.time_s < to_s) mL += sample.*flow * in_seconds(kSample) / 60e3;
  return mL;
}

void count_lost(const Watched& seen, Rehearsed& night) {
  bool under_way = false;
  double began_s = 0.0;
  const auto lose = [&](double until_s) {
    if (!under_way) return;
    ++night.attempts_lost;
    night.reagent_lost_mL += mL_between(seen.samples, began_s, until_s, &Sample::flow_uL_min) +
                             mL_between(seen.samples, began_s, until_s, &Sample::quench_uL_min);
  };
  for (const Event& event : seen.events) {
    const bool finished = is<Finished>(event);
    if (!finished && !is<Planned>(event)) continue;
    if (!finished || std::holds_alternative<Failure>(read<Finished>(event).outcome)) lose(seconds_of(event));
    under_way = !finished;
    began_s = seconds_of(event);
  }
  lose(seen.samples.back().time_s);
}

void count_unseen(const Watched& seen, double struck_s, Rehearsed& night) {
  const double until_s = struck_s + night.noticed_s.value_or(1e9);
  const auto pumped = [&](double Sample::*flow) { return mL_between(seen.samples, struck_s, until_s, flow); };
  night.leaked_unseen_mL = pumped(&Sample::leaking_uL_min);
  night.pumped_unseen_mL = pumped(&Sample::flow_uL_min) + pumped(&Sample::quench_uL_min);
}

/// From `since_s` until nothing flows, looked for from `from_s` on.
std::optional<double> first_still(const std::vector<Sample>& samples, double since_s, double from_s) {
  for (const Sample& sample : samples)
    if (sample.time_s >= from_s && sample.all_uL_min() == 0.0) return sample.time_s - since_s;
  return std::nullopt;
}

/// The longest time that heat was on while nothing flowed, after the mishap.
double longest_held(const std::vector<Sample>& samples, double since_s) {
  double longest_s = 0.0, began_s = 0.0;
  bool held = false;
  for (const Sample& sample : samples) {
    const bool now = sample.time_s > since_s && sample.all_uL_min() == 0.0 && sample.heating > 0.0;
    if (now && !held) began_s = sample.time_s;
    held = now;
    if (held) longest_s = std::max(longest_s, sample.time_s - began_s);
  }
  return longest_s;
}

void measure_heat(const std::vector<Sample>& samples, double limit_C, Rehearsed& night) {
  std::optional<double> crossed_s;
  for (const Sample& sample : samples) {
    night.hottest_C = std::max(night.hottest_C, sample.celsius);
    if (!crossed_s && sample.celsius > limit_C) crossed_s = sample.time_s;
    if (crossed_s && !night.limit_to_off_s && sample.heating == 0.0)
      night.limit_to_off_s = sample.time_s - *crossed_s;
  }
}

bool is_unwatched(const CampaignFiles& files, const std::string& instrument) {
  const auto& all = files.bench.instruments;
  const auto found = std::ranges::find(all, instrument, &InstrumentDescription::name);
  return found != all.end() && found->settings.contains("unwatched");
}

/// Null if no feed comes from it: it is no pump.
const FeedDescription* feed_from(const CampaignFiles& files, const std::string& instrument) {
  const auto feed = std::ranges::find(files.bench.feeds, instrument, &FeedDescription::pump);
  return feed == files.bench.feeds.end() ? nullptr : &*feed;
}

bool is_tap(const CampaignFiles& files, const std::string& instrument) {
  return std::ranges::any_of(files.bench.feeds, [&](const FeedDescription& feed) {
    return feed.refill && feed.refill->valve == instrument;
  });
}

/// Whether it shows at once: a pump that is told to stand cannot stall.
bool is_plain(const CampaignFiles& files, const Mishap& mishap) {
  const std::string& phase = mishap.phase.name;
  if (mishap.fault != "stall") return is_lost(mishap.fault) || mishap.fault == "sensor_break";
  const FeedDescription* feed = feed_from(files, mishap.instrument);
  const bool dilutes = feed && feed->stock == files.recipe.diluent;
  return phase == "settling" || phase == "measuring" ||
         (!dilutes && (phase == "heating" || phase == "flushing"));
}

/// A night that held tries again, so what counts is each hold, and that all is off at the end.
void judge_hold(const CampaignFiles& files, double alarmed_s, Rehearsed& night) {
  const auto breach = [&](std::string what) { night.breaches.push_back(std::move(what)); };
  if (night.stood_s.value_or(1e9) > alarmed_s + kOff_s) breach("the flow was not stopped in time");
  if (night.heat_held_s > files.bench.limits.hold_for.count() + kHold_s)
    breach("the heat was held for too long");
  if (!night.flow_off_s || !night.quench_off_s || !night.heat_off_s) breach("left on at the end");
}

/// What a balance cannot miss: besides what shows only in time, what fills dry tubes.
double allowed_unseen_mL(const CampaignFiles& files, const Phase& phase) {
  double mL = kUnseen_mL;
  if (phase.name != "priming") return mL;
  for (const FeedDescription& feed : files.bench.feeds)
    if (feed.line_volume > Volume{}) mL += in_milliliters(taken_by_priming(feed));
  return mL;
}

/// A balance that stands still looks as if nothing arrived.
void judge_arrival(const CampaignFiles& files, Rehearsed& night) {
  if (files.bench.balance.empty()) return;
  const bool leaks =
      night.mishap.fault == "leak" && night.leaked_unseen_mL > kLeakShare * night.pumped_unseen_mL;
  const bool stands =
      night.mishap.instrument == files.bench.balance && night.mishap.fault == "frozen_reading";
  const double unseen_mL = leaks ? night.leaked_unseen_mL : stands ? night.pumped_unseen_mL : 0.0;
  const double allowed_mL = allowed_unseen_mL(files, night.mishap.phase);
  if (unseen_mL > allowed_mL)
    night.breaches.push_back(fmt::format("{:.1f} mL did not arrive before it was noticed (allowed: {:g} mL)",
                                         unseen_mL, allowed_mL));
}

void judge(const CampaignFiles& files, bool held, Rehearsed& night) {
  const auto breach = [&](std::string what) { night.breaches.push_back(std::move(what)); };
  const std::string& instrument = night.mishap.instrument;
  const std::string& fault = night.mishap.fault;
  const bool heater = instrument == files.bench.heater, pump = feed_from(files, instrument) != nullptr;
  const bool supervised = heater || pump || instrument == files.bench.pressure ||
                          instrument == files.bench.balance || is_tap(files, instrument);
  if (supervised && is_plain(files, night.mishap) && night.noticed_s.value_or(1e9) > kNoticed_s)
    breach(fmt::format("noticed later than after {:.0f} s", kNoticed_s));
  judge_arrival(files, night);
  const double limit_C = files.bench.limits.max_temperature.celsius();
  if (night.hottest_C > limit_C + kOvershoot_K) breach("left the temperature envelope");
  if (!is_stuck(fault) && night.limit_to_off_s.value_or(0.0) > kOff_s)
    breach(fmt::format("heated for more than {:.0f} s above the limit", kOff_s));
  const double alarmed_s = night.alarmed_s.value_or(0.0);
  const bool alone = is_lost(fault) && is_unwatched(files, instrument);
  const double blind_s = fault == "overload" || fault == "underload" ? kBlind_s : 0.0;
  const double flow_may_s = alarmed_s + blind_s + (pump ? kPumpAlone_s : kOff_s);
  if (held) return judge_hold(files, alarmed_s, night);
  const bool ended_by_it = night.status == "faulted";
  if (ended_by_it && !(alone && pump) && night.flow_off_s.value_or(1e9) > flow_may_s)
    breach("the flow was not stopped in time");
  const auto& quench = files.recipe.safety.quench;
  const double quench_may_s = flow_may_s + (quench ? quench->lasting.count() + kOff_s : 0.0);
  if (ended_by_it && !(alone && pump) && night.quench_off_s.value_or(1e9) > quench_may_s)
    breach("the quench was not stopped in time");
  const double heat_may_s = alarmed_s + blind_s + (heater ? kHeatAlone_s : kOff_s);
  if (ended_by_it && !(alone && heater) && !is_stuck(fault) && night.heat_off_s.value_or(1e9) > heat_may_s)
    breach("the heat was not off in time");
  if (!ended_by_it && (!night.flow_off_s || !night.quench_off_s || !night.heat_off_s))
    breach("left on at the end");
}

}  // namespace

void make_virtual(CampaignFiles& files, const std::filesystem::path& plant) {
  for (LineDescription& line : files.bench.lines) {
    line.kind = "virtual";
    line.device.clear();
    line.host.clear();
    line.port = 0;
  }
  if (!files.plant) files.plant = read_plant(plant);
  files.bench.alarm.reset();  // nobody is called for a rehearsal
}

std::vector<Phase> phases_of(const CampaignFiles& files) {
  const Watched seen = watch(files, std::nullopt);
  if (seen.result.experiments == 0 || seen.result.status == "faulted")
    throw FileError{fmt::format("{}: the night without faults ends as {}: {}", files.recipe.file,
                                seen.result.status, seen.result.why)};
  std::vector<Phase> phases;
  const auto begins = [&](const char* name, const Event& event, double later_s) {
    if (std::ranges::find(phases, name, &Phase::name) == phases.end())
      phases.push_back({name, Seconds{seconds_of(event) + later_s}});
  };
  for (const Event& event : seen.events) {
    if (is<DetectorRead>(event)) begins("priming", event, 3.0);
    if (is<Planned>(event)) begins("heating", event, 20.0);
    if (is<FramesTaken>(event)) {
      const auto frames = read<FramesTaken>(event);
      if (frames.spectra.front().role == "transmission_dark") begins("flushing", event, 5.0);
      if (frames.purpose == "settling") begins("settling", event, 0.5);
    }
    if (is<Settled>(event)) begins("measuring", event, 0.5);
    if (is<Refilling>(event)) begins("refilling", event, 5.0);
    if (is<StateChanged>(event) && read<StateChanged>(event).to == "stopping") begins("cooling", event, 15.0);
  }
  return phases;
}

std::vector<std::pair<std::string, std::string>> faults_of(const CampaignFiles& files) {
  const std::unique_ptr<Clock> clock = clock_for(files.bench);
  BuiltBench built{*clock, files.bench, files.plant, files.header.seed};
  std::vector<std::pair<std::string, std::string>> faults;
  for (const InstrumentDescription& instrument : files.bench.instruments)
    for (const std::string& fault : built.virtual_side()->faults(instrument.name).names())
      faults.emplace_back(instrument.name, fault);
  return faults;
}

Rehearsed rehearse(const CampaignFiles& files, const Mishap& mishap) {
  const Watched seen = watch(files, mishap);
  Rehearsed night;
  night.mishap = mishap;
  const double struck_s = mishap.phase.at.count();
  const Instant struck = Instant{} + seconds(struck_s);
  bool held = false;
  for (const Event& event : seen.events) {
    if (event.time < struck) continue;
    held = held || (is<StateChanged>(event) && read<StateChanged>(event).to == "holding");
    const std::string what = complaint(event);
    if (what.empty()) continue;
    if (!night.alarmed_s && !is<Finished>(event)) night.alarmed_s = in_seconds(event.time - struck);
    if (night.noticed_s) continue;
    night.noticed_s = in_seconds(event.time - struck);
    night.noticed_as = what;
  }
  night.status = seen.result.status;
  night.flow_off_s = off_for_good(seen.samples, &Sample::flow_uL_min, struck_s);
  night.quench_off_s = off_for_good(seen.samples, &Sample::quench_uL_min, struck_s);
  night.heat_off_s = off_for_good(seen.samples, &Sample::heating, struck_s);
  if (held) night.heat_held_s = longest_held(seen.samples, struck_s);
  if (night.alarmed_s) night.stood_s = first_still(seen.samples, struck_s, struck_s + *night.alarmed_s);
  measure_heat(seen.samples,
               std::min(files.bench.limits.max_temperature, files.recipe.safety.max_temperature).celsius(),
               night);
  count_lost(seen, night);
  count_unseen(seen, struck_s, night);
  judge(files, held, night);
  if (seen.astray_uL > 0.0 && mishap.fault != "coupling_slips")  // which nothing can notice
    night.breaches.push_back(fmt::format("{:.0f} µL went the wrong way through a valve", seen.astray_uL));
  if (!seen.broken.empty()) night.breaches.push_back("the program broke: " + seen.broken);
  return night;
}

}  // namespace nocturne
