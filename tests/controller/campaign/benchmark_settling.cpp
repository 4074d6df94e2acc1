// When a product counts as steady, against what only the plant knows: sequences of random conditions on the
// virtual bench, each from the steady product of the one before. Usage: nocturne_benchmark_settling
// [--plants NAME...] [--sequences N] [--seed N] [--recipe NAME] [--flush N] [--unmeasured]
// [--drift] [--each]
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "controller/campaign/campaign_files.hpp"
#include "controller/campaign/experiment.hpp"
#include "controller/campaign/night.hpp"
#include "recipes/library.hpp"
#include "recipes/plant_file.hpp"
#include "support/percentile.hpp"
#include "support/tally.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr double kShareOfTolerance = 0.25;  // of the recipe's: what the rule allows the peak to be off
constexpr double kFixedRule = 3.0;          // arrival times from the temperature on
constexpr double kWatched = 3.4;            // arrival times from the end on: everything has come by then
constexpr double kFinal = 0.5;              // arrival times whose mean is the steady peak
constexpr double kThere_K = 1.0;            // of the target, by the probe
constexpr int kInARow = 12;                 // conditions in one night, as far as the syringes go

struct Settings {
  std::vector<std::string> plants{"cspbbr3", "cspbbr3_slow", "cspbbr3_noisy", "cspbbr3_shifted",
                                  "cspbbr3_aging"};
  std::string recipe = "cspbbr3_green_510", bench = "virtual";
  int sequences = 96;
  unsigned first_seed = 1;
  double flush = -1.0;
  bool unmeasured = false, drift = false;
  bool each = false;
};

struct Sample {
  double time_s = 0.0, probe_C = 0.0, peak_nm = NAN;  // NaN: does not emit
};

/// One change of conditions; times are s of the night.
struct Passed {
  double start_s = 0.0, reached_s = 0.0, earliest_s = 0.0, end_s = 0.0;
  double settled_s = NAN;  // NaN: not decided
  double arrival_s = 0.0;
  double final_nm = NAN;     // NaN: does not emit
  double measured_nm = NAN;  // NaN: not measured
  double decided_off_nm = NAN, fixed_off_nm = NAN;
  double fixed_s = 0.0;  // the whole experiment by the fixed rule
  std::string failure;

  double ratio_from(double time_s) const { return (settled_s - time_s) / (earliest_s - time_s); }
};

/// The plans that the recipe allows, in random order.
std::vector<FlowPlan> shuffled_plans(const CampaignFiles& files, const BuiltBench& built, unsigned seed) {
  std::vector<FlowPlan> plans = some_plans(files.recipe, files.bench, built.feed_limits());
  std::mt19937 random{seed};
  for (std::size_t i = plans.size(); i > 1; --i) std::swap(plans[i - 1], plans[random() % i]);
  plans.resize(std::min<std::size_t>(plans.size(), kInARow + 1));
  return plans;
}

/// A night of given plans, with a witness who sees the truth every second.
class WatchedNight {
 public:
  WatchedNight(const CampaignFiles& files, const PlantParameters& plant, unsigned seed)
      : files_{files},
        built_{clock_, files.bench, plant, seed},
        log_{Log::create(folder_.path() / "night.db", files.header)},
        recorder_{clock_, log_, Duration{}},
        supervisor_{built_.bench(), recorder_, progress_, limits()},
        people_{log_.file()},
        lab_{built_.bench(), supervisor_, recorder_, files.recipe,
             files.material, progress_,   people_,   interpretation_settings(files.bench)},
        plans_{shuffled_plans(files, built_, seed)} {}

  std::vector<Passed> run() {
    {
      Background witness{clock_};
      witness.start(watch(), [](const std::exception_ptr& error) { std::rethrow_exception(error); });
      clock_.run(night());
    }
    note_settled();
    passed_.erase(passed_.begin());  // the first began cold
    return std::move(passed_);
  }

 private:
  SupervisorLimits limits() const {
    SupervisorLimits limits;
    limits.max_temperature = files_.bench.limits.max_temperature;
    limits.lost_after = 10s;
    return limits;
  }

  double now_s() const { return in_seconds(clock_.now()); }

  Task<void> night() {
    co_await arm(lab_);
    std::optional<Trip> trip;
    auto supervised = [&]() -> Task<void> { trip = co_await supervisor_.watch(); };
    co_await race(experiments(), supervised());
    if (trip) throw std::runtime_error{"the supervisor tripped: " + trip->what};
    co_await make_safe(built_.bench());
  }

  Task<void> experiments() {
    const Frame reference = co_await take_reference(lab_);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      const FlowPlan plan = plans_[i];
      Passed one;
      one.arrival_s = plan.arrival_time.count();
      one.start_s = now_s();
      const Outcome outcome = co_await run_experiment(lab_, static_cast<int>(i) + 1, plan, reference);
      one.end_s = now_s();
      if (const auto* failure = std::get_if<Failure>(&outcome)) one.failure = name_of(failure->kind);
      if (const auto* seen = std::get_if<Observation>(&outcome); seen && seen->peak_nm)
        one.measured_nm = seen->peak_nm->value;
      co_await clock_.sleep_for(seconds(kWatched * one.arrival_s + 60.0));
      judge_truth(one, plan.temperature.celsius());
      passed_.push_back(one);
      samples_of_.push_back(std::move(samples_));
      samples_.clear();
    }
  }

  Task<void> watch() {
    VirtualWorld& world = built_.virtual_side()->world();
    for (;;) {
      co_await clock_.sleep_for(1s);
      const PlantTruth truth = world.plant().truth(now_s());
      samples_.push_back({now_s(), world.probe_celsius(clock_.now()), truth.emits ? truth.peak_nm : NAN});
    }
  }

  static double tolerance_nm(const Recipe& recipe) {
    return kShareOfTolerance * recipe.targets.front().tolerance;
  }

  void judge_truth(Passed& one, double target_C) const {
    const double until_s = samples_.back().time_s;
    Tally last;
    for (const Sample& sample : samples_)
      if (sample.time_s > until_s - kFinal * one.arrival_s) last.add(sample.peak_nm);
    one.final_nm = last.mean();
    one.reached_s = one.earliest_s = one.start_s;
    for (const Sample& sample : samples_) {
      if (std::abs(sample.probe_C - target_C) > kThere_K && sample.time_s < one.end_s)
        one.reached_s = sample.time_s;
      if (!(std::abs(sample.peak_nm - one.final_nm) <= tolerance_nm(files_.recipe)))
        one.earliest_s = sample.time_s;
    }
  }

  static double off_nm(const Passed& one, const std::vector<Sample>& samples, double time_s) {
    const auto at = std::ranges::lower_bound(samples, time_s, {}, &Sample::time_s);
    return at == samples.end() ? NAN : at->peak_nm - one.final_nm;
  }

  void note_settled() {
    for (const Event& event : log_.events())
      if (is<Settled>(event))
        passed_.at(static_cast<std::size_t>(*event.experiment) - 1).settled_s = in_seconds(event.time);
    const MeasurementPlan& m = files_.recipe.measurement;
    const double reads_s = m.reads * m.scans * m.led_exposure.count();
    for (std::size_t i = 0; i < passed_.size(); ++i) {
      Passed& one = passed_[i];
      const double fixed_s = one.reached_s + kFixedRule * one.arrival_s;
      one.decided_off_nm = off_nm(one, samples_of_[i], one.settled_s);
      one.fixed_off_nm = off_nm(one, samples_of_[i], fixed_s);
      one.fixed_s = fixed_s - one.start_s + reads_s + (one.end_s - one.settled_s);
    }
  }

  const CampaignFiles& files_;
  TemporaryFolder folder_;
  VirtualClock clock_;
  BuiltBench built_;
  Progress progress_{Progress::Style::silent};
  Log log_;
  Recorder recorder_;
  Supervisor supervisor_;
  SteerBox people_;
  Laboratory lab_;
  std::vector<FlowPlan> plans_;
  std::vector<Sample> samples_;  // of the conditions at hand
  std::vector<std::vector<Sample>> samples_of_;
  std::vector<Passed> passed_;
};

std::string interval(int count, int of) {
  using Binomial = boost::math::binomial_distribution<>;
  if (of == 0) return "none";
  const double low = Binomial::find_lower_bound_on_p(of, count, 0.025);
  const double high = Binomial::find_upper_bound_on_p(of, count, 0.025);
  return fmt::format("{:.1f} ({:.1f}-{:.1f}) %", 100.0 * count / of, 100.0 * low, 100.0 * high);
}

void print_each(const Passed& one) {
  std::printf(
      "  heated %4.0f s, earliest %4.0f, settled %4.0f, arrival %4.0f s; off %6.2f nm, measured %6.2f; %s\n",
      one.reached_s - one.start_s, one.earliest_s - one.start_s, one.settled_s - one.start_s, one.arrival_s,
      one.decided_off_nm, one.measured_nm - one.final_nm, one.failure.c_str());
}

struct Sums {
  int all = 0, emit = 0, decided = 0, wrong = 0, not_settled = 0, in_time = 0;
  std::vector<double> from_start, from_reached;
  Tally hours, fixed_hours;
  std::vector<double> off, fixed_off, measured_off;

  void add(const Passed& one, double tolerance_nm) {
    ++all;
    if (std::isnan(one.final_nm)) return;
    ++emit;
    not_settled += one.failure == "not_settled";
    if (std::isnan(one.settled_s)) return;
    ++decided;
    wrong += !(std::abs(one.decided_off_nm) <= tolerance_nm);
    // Where the peak was right all the time there is no moment to compare with.
    if (one.earliest_s > one.start_s) from_start.push_back(one.ratio_from(one.start_s));
    if (one.earliest_s > one.reached_s + 10.0) from_reached.push_back(one.ratio_from(one.reached_s));
    hours.add((one.end_s - one.start_s) / 3600.0);
    fixed_hours.add(one.fixed_s / 3600.0);
    off.push_back(std::abs(one.decided_off_nm));
    fixed_off.push_back(std::abs(one.fixed_off_nm));
    if (!std::isnan(one.measured_nm)) measured_off.push_back(std::abs(one.measured_nm - one.final_nm));
  }

  void print(const std::string& name) const {
    std::printf(
        "%-16s %3d %3d | %4.2f %4.2f | %4.2f %4.2f | %-19s | %-18s | %.3f %.3f | %4.2f %4.2f | %4.2f %4.2f "
        "%4.2f\n",
        name.c_str(), emit, decided, percentile(from_start, 0.5), percentile(from_start, 0.9),
        percentile(from_reached, 0.5), percentile(from_reached, 0.9), interval(wrong, decided).c_str(),
        interval(not_settled, emit).c_str(), hours.mean(), fixed_hours.mean(), percentile(off, 0.5),
        percentile(off, 0.95), percentile(fixed_off, 0.5), percentile(fixed_off, 0.95),
        percentile(measured_off, 0.95));
    std::fflush(stdout);
  }
};

void print_heading() {
  std::puts(
      "Ratio: moment of the decision over the earliest correct one, from the experiment's start and from "
      "the\n"
      "temperature; median, 90th percentile. False: the true peak is off by more than a quarter of the "
      "tolerance.\n"
      "Hours: of an experiment, and of one that waits 3 arrival times at temperature. Off: |true peak at the "
      "decision -\n"
      "final|, nm, median and 95th percentile; the same after the fixed wait; 95th percentile of |measured - "
      "final|.\n"
      "plant            emit dec |  start    |  heated   | false steady        | not settled        | hours "
      "fixed | off       | fixed     meas");
}

void settle(const Settings& settings) {
  CampaignFiles files = read_campaign_files(find_shipped(settings.recipe, ""),
                                            find_shipped(settings.bench, "benches"), CampaignOverrides{});
  if (settings.flush >= 0.0) files.recipe.measurement.flush_residences = settings.flush;
  const double tolerance_nm = kShareOfTolerance * files.recipe.targets.front().tolerance;
  print_heading();
  for (const std::string& name : settings.plants) {
    PlantParameters plant = read_plant(find_shipped(name, "plants"));
    if (!settings.drift) plant.reproducibility.drift_share = 0.0;  // runs differ, but each has a final peak
    // The bench file belongs to a plant with slugs; of laminar flow it would say nothing.
    if (settings.unmeasured || !plant.geometry.segmented)
      files.bench.reactor.bodenstein = ReactorGeometry{}.bodenstein;
    else
      files.bench.reactor.bodenstein = 1.0 / plant.geometry.dispersion_number;
    Sums sums;
    for (unsigned seed = settings.first_seed; sums.all < settings.sequences; ++seed) {
      WatchedNight night{files, plant, seed};
      for (const Passed& one : night.run()) {
        sums.add(one, tolerance_nm);
        if (settings.each) print_each(one);
      }
    }
    sums.print(name);
  }
}

}  // namespace
}  // namespace nocturne::test

int main(int count, char** words) {
  nocturne::test::Settings settings;
  CLI::App app{"When a product counts as steady"};
  app.add_option("--plants", settings.plants, "shipped plants or files")->capture_default_str();
  app.add_option("--sequences", settings.sequences, "changes of conditions per plant")->capture_default_str();
  app.add_option("--seed", settings.first_seed, "of the first night")->capture_default_str();
  app.add_option("--recipe", settings.recipe, "recipe")->capture_default_str();
  app.add_option("--flush", settings.flush, "flush_residences instead of the recipe's");
  app.add_flag("--unmeasured", settings.unmeasured, "the bench tells nothing of dispersion");
  app.add_flag("--drift", settings.drift, "the chemistry drifts while one waits, so a peak is never final");
  app.add_flag("--each", settings.each, "a line for every change");
  CLI11_PARSE(app, count, words);
  nocturne::test::settle(settings);
}
