// How late the supervisor is in real time while a thread fits 1,000 observations, one fit after the other: a
// campaign on the bench of many makers, whose virtual instruments live in another process, behind
// pseudo-terminals and TCP. Usage: nocturne_benchmark_tick [MINUTES] [--bench NAME] [--observations N]
// Ends with status 1 if anything came more than 100 ms late.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "controller/bench/bench_builder.hpp"
#include "controller/campaign/night.hpp"
#include "devices/tcp_link.hpp"
#include "models/plant/plant.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/library.hpp"
#include "support/percentile.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr double kPromised_ms = 100.0;
constexpr Instant kNever{std::chrono::hours{24 * 365}};
constexpr Duration kBeat = 50ms;  // every fifth is when the supervisor judges silence

struct Settings {
  std::string bench = "virtual_mixed";
  double minutes = 60.0;
  int observations = 1000;
};

CampaignFiles files_for(const Settings& settings, const std::string& optimizer) {
  CampaignOverrides overrides;
  overrides.targets_nm = {540.0};  // beyond bulk CsPbBr3: never met
  overrides.budget = 100'000;
  overrides.optimizer = optimizer;
  CampaignFiles files = read_campaign_files(find_shipped("cspbbr3_green_510", ""),
                                            find_shipped(settings.bench, "benches"), overrides);
  files.recipe.budget.failures_in_a_row = 100'000;
  return files;
}

/// A process that does its work until it is killed, with this one at the latest.
class Child {
 public:
  template <class Work>
  explicit Child(Work work) : id_{::fork()} {
    if (id_ < 0) throw std::runtime_error{"no process"};
    if (id_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    SystemClock clock;
    work(clock);
    ::_exit(1);
  }
  ~Child() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  pid_t id_;
};

/// Offers the instruments, and tells where in `told`: a line "LINE ENDPOINT" each, then an empty one.
void be_the_instruments(SystemClock& clock, CampaignFiles files, int told) {
  for (LineDescription& line : files.bench.lines)
    if (line.port != 0) line.port = TcpListener{clock, "127.0.0.1", 0}.port();  // a free one
  VirtualSide side{clock, files.bench, *files.plant, files.header.seed};
  std::ostringstream text;
  for (const VirtualSide::Offer& offer : side.offer()) text << offer.line << ' ' << offer.endpoint << '\n';
  text << '\n';
  if (::write(told, text.str().data(), text.str().size()) > 0) clock.run(clock.sleep_until(kNever));
}

/// The bench's line, as it is reached from here.
void lead(BenchDescription& bench, const std::string& name, const std::string& endpoint) {
  LineDescription& line = *std::ranges::find(bench.lines, name, &LineDescription::name);
  if (endpoint.starts_with("tcp://")) {
    line.kind = "tcp";
    line.host = "127.0.0.1";
    line.port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
    return;
  }
  line.kind = "serial";
  line.device = endpoint;
  if (line.baud == 0) line.baud = 115200;
}

/// Starts the instruments, and leads the bench to them.
std::unique_ptr<Child> served(CampaignFiles& files) {
  std::array<int, 2> told{};
  if (::pipe(told.data()) != 0) throw std::runtime_error{"no pipe"};
  auto child =
      std::make_unique<Child>([&](SystemClock& clock) { be_the_instruments(clock, files, told[1]); });
  ::close(told[1]);
  std::string text;
  for (char c = 0; !text.ends_with("\n\n") && ::read(told[0], &c, 1) == 1;) text += c;
  ::close(told[0]);
  std::istringstream lines{text};
  for (std::string line, endpoint; lines >> line >> endpoint;) lead(files.bench, line, endpoint);
  return child;
}

/// Tells at every beat how late a coroutine woke that slept until then. Never ends.
Task<void> keep_time(SystemClock& clock, std::function<void(double late_ms)> tell) {
  for (Instant due = clock.now() + kBeat;; due = std::max(due + kBeat, clock.now())) {
    co_await clock.sleep_until(due);
    tell(1e3 * in_seconds(clock.now() - due));
  }
}

/// How late readings begin: each a period after the one before.
class Readings {
 public:
  explicit Readings(const Clock& clock) : clock_{clock} {}

  void begin() {
    const Instant now = clock_.now();
    if (last_) late_ms_.push_back(1e3 * in_seconds(now - *last_ - SupervisorLimits{}.period));
    last_ = now;
  }
  const std::vector<double>& late_ms() const { return late_ms_; }

 private:
  const Clock& clock_;
  std::optional<Instant> last_;
  std::vector<double> late_ms_;
};

class TimedHeater final : public Heater {
 public:
  TimedHeater(Heater& heater, const Clock& clock) : heater_{heater}, readings_{clock} {}

  const std::string& name() const override { return heater_.name(); }
  Temperature max_target() const override { return heater_.max_target(); }
  Task<std::string> arm() override { return heater_.arm(); }
  Task<Temperature> set_target(Temperature target) override { return heater_.set_target(target); }
  Task<HeaterReading> read() override {
    readings_.begin();
    return heater_.read();
  }
  Task<void> off() override { return heater_.off(); }
  const Readings& readings() const { return readings_; }

 private:
  Heater& heater_;
  Readings readings_;
};

class TimedPump final : public Pump {
 public:
  TimedPump(Pump& pump, const Clock& clock) : pump_{pump}, readings_{clock} {}

  const std::string& name() const override { return pump_.name(); }
  FlowRate min_flow() const override { return pump_.min_flow(); }
  FlowRate max_flow() const override { return pump_.max_flow(); }
  Task<std::string> arm() override { return pump_.arm(); }
  CounterAtArming counter() const override { return pump_.counter(); }
  Task<FlowRate> set_flow(FlowRate flow) override { return pump_.set_flow(flow); }
  Task<PumpReading> read() override {
    readings_.begin();
    return pump_.read();
  }
  Task<void> stop() override { return pump_.stop(); }
  Task<Volume> draw(Volume volume, FlowRate flow) override { return pump_.draw(volume, flow); }
  const Readings& readings() const { return readings_; }

 private:
  Pump& pump_;
  Readings readings_;
};

/// The bench, with a stopwatch at every reading of heater and pumps.
class TimedBench {
 public:
  explicit TimedBench(Bench& bench) : heater_{bench.reactor, bench.clock} {
    std::map<std::string, Pump*> feeds;
    for (const auto& [stock, pump] : bench.feeds)
      feeds[stock] = pumps_.emplace_back(std::make_unique<TimedPump>(*pump, bench.clock)).get();
    bench_.reset(new Bench{bench.clock, std::move(feeds), heater_, bench.flow_cell, bench.pressure,
                           bench.balance, bench.collector, bench.interlocks, bench.taps});
  }
  Bench& bench() { return *bench_; }
  std::vector<double> late_ms() const {
    std::vector<double> all = heater_.readings().late_ms();
    for (const auto& pump : pumps_) std::ranges::copy(pump->readings().late_ms(), std::back_inserter(all));
    return all;
  }

 private:
  TimedHeater heater_;
  std::vector<std::unique_ptr<TimedPump>> pumps_;
  std::unique_ptr<Bench> bench_;
};

/// What is told to the optimizer: the plant at points spread evenly, as the bench would see it.
struct Known {
  std::vector<Conditions> conditions;
  std::vector<Outcome> outcomes;
};

Known known_of(const CampaignFiles& files, int count) {
  const DecisionSpace space{files.recipe.variables};
  const Eigen::MatrixXd points = sobol_points(count, space.dimensions(), files.header.seed);
  Known known;
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    known.conditions.push_back(space.to_conditions(points.row(i)));
    known.outcomes.push_back(steady_observation(*files.plant, files.material, known.conditions.back(),
                                                derived_seed(1, static_cast<std::uint64_t>(i))));
  }
  return known;
}

/// Of the calling thread, on a processor.
double thread_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

/// A process that does nothing but keep time: how late the machine itself is.
class Bystander {
 public:
  std::vector<double> late_ms() const {
    std::ifstream file{folder_ / "late_ms"};
    return {std::istream_iterator<double>{file}, std::istream_iterator<double>{}};
  }

 private:
  TemporaryFolder folder_;
  Child child_{[this](SystemClock& clock) {
    std::ofstream file{folder_ / "late_ms"};
    clock.run(keep_time(clock, [&](double late_ms) { file << late_ms << std::endl; }));
  }};
};

void print(const char* what, const std::vector<double>& late_ms) {
  std::printf("%-9s %zu, late by: median %.2f ms, 99.9 %% %.2f ms, most %.2f ms\n", what, late_ms.size(),
              percentile(late_ms, 0.5), percentile(late_ms, 0.999), percentile(late_ms, 1.0));
}

/// A campaign in real time, and beside it a thread that makes decisions one after the other.
class BusyNight {
 public:
  BusyNight(const CampaignFiles& files, const CampaignFiles& thinking, const Known& known)
      : files_{files}, thinking_{thinking}, known_{known} {}

  void run(Duration length) {
    clock_.run([&]() -> Task<void> { co_await race(conduct(), think(), beat(), end_after(length)); }());
  }

  /// Whether it lasted, and nothing came later than promised.
  bool tell() const {
    const std::vector<double> readings_ms = timed_.late_ms();
    print("readings", readings_ms);
    print("wake-ups", late_ms_);
    std::printf("loop      worked for at most %.2f ms between two wake-ups\n", percentile(worked_ms_, 1.0));
    std::printf("fits      %zu of %zu observations: median %.1f s, longest %.1f s\n", fits_s_.size(),
                known_.outcomes.size(), percentile(fits_s_, 0.5), percentile(fits_s_, 1.0));
    std::printf("campaign  %s (%s): %d experiments, %lld events in the log\n", result_.status.c_str(),
                result_.why.c_str(), result_.experiments, static_cast<long long>(log_.size()));
    const double latest_ms = std::max(percentile(readings_ms, 1.0), percentile(late_ms_, 1.0));
    return lasted_ && latest_ms <= kPromised_ms;
  }

 private:
  Task<void> conduct() { result_ = co_await campaign_.run(); }

  Task<void> end_after(Duration length) {
    co_await clock_.sleep_for(length);
    lasted_ = true;
    campaign_.request_stop();
    co_await clock_.sleep_until(kNever);
  }

  Task<void> beat() {
    auto note = [this, worked_s = thread_seconds()](double late_ms) mutable {
      if (lasted_) return;
      late_ms_.push_back(late_ms);
      worked_ms_.push_back(1e3 * (thread_seconds() - worked_s));
      worked_s = thread_seconds();
    };
    return keep_time(clock_, std::move(note));
  }

  Task<void> think() {
    for (;;) {
      const Instant began = clock_.now();
      auto decide = [this] { return decision(); };
      static_cast<void>(co_await thinker_.run(std::move(decide)));
      fits_s_.push_back(in_seconds(clock_.now() - began));
    }
  }

  Suggestion decision() const {
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(thinking_, built_.feed_limits());
    for (std::size_t i = 0; i < known_.outcomes.size(); ++i)
      optimizer->tell(known_.conditions[i], known_.outcomes[i]);
    return optimizer->ask();
  }

  const CampaignFiles& files_;
  const CampaignFiles& thinking_;
  const Known& known_;
  TemporaryFolder folder_;
  SystemClock clock_;
  BuiltBench built_{clock_, files_.bench, std::nullopt, files_.header.seed};
  TimedBench timed_{built_.bench()};
  Log log_ = Log::create(folder_ / "night.db", files_.header);
  Progress progress_{Progress::Style::silent};
  Recorder recorder_{clock_, log_, Duration{}};
  Supervisor supervisor_{timed_.bench(), recorder_, progress_, Night::limits_of(files_)};
  SteerBox people_{log_.file()};
  std::unique_ptr<Optimizer> optimizer_ = make_optimizer(files_, built_.feed_limits());
  Campaign campaign_{
      Laboratory{timed_.bench(), supervisor_, recorder_, files_.recipe, files_.material, progress_, people_,
                 interpretation_settings(files_.bench), files_.bench.limits.max_total_flow},
      files_.bench, built_.feed_limits(), *optimizer_, clock_};
  CampaignResult result_;
  std::vector<double> late_ms_, worked_ms_, fits_s_;
  bool lasted_ = false;
  Worker thinker_{clock_};  // last: its thread ends before what it looks at
};

bool measure(const Settings& settings) {
  CampaignFiles files = files_for(settings, "sobol");  // decides at once
  const std::unique_ptr<Child> instruments = served(files);
  const CampaignFiles thinking = files_for(settings, kDefaultStrategy);
  const Known known = known_of(thinking, settings.observations);
  const Bystander bystander;
  BusyNight night{files, thinking, known};
  night.run(seconds(60.0 * settings.minutes));
  const bool kept = night.tell();
  print("bystander", bystander.late_ms());
  return kept;
}

}  // namespace
}  // namespace nocturne::test

int main(int count, char** words) {
  nocturne::test::Settings settings;
  CLI::App app{"How late the supervisor is while a thread fits"};
  app.add_option("minutes", settings.minutes, "how long")->capture_default_str();
  app.add_option("--bench", settings.bench, "a virtual bench")->capture_default_str();
  app.add_option("--observations", settings.observations, "that are fitted")->capture_default_str();
  CLI11_PARSE(app, count, words);
  return nocturne::test::measure(settings) ? 0 : 1;
}
