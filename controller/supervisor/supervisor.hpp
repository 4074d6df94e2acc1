#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/campaign/recorder.hpp"
#include "controller/progress.hpp"
#include "controller/supervisor/flow_watch.hpp"
#include "controller/supervisor/heat_watch.hpp"
#include "controller/supervisor/pressure_watch.hpp"
#include "controller/supervisor/trip.hpp"
#include "devices/bench.hpp"
#include "devices/concurrency.hpp"

namespace nocturne {

struct SupervisorLimits {
  Temperature max_temperature;
  Duration lost_after = std::chrono::seconds{3};  ///< an instrument that gives no reading for so long is lost
  std::optional<HeatingModel> heating;            ///< what the heater's readings have to agree with
  FlowWatchSettings flow;                         ///< likewise the balance's with the pumps'
  std::optional<Quench> quench;                   ///< what flows on when all else is stopped
  Duration period = std::chrono::seconds{1};      ///< between readings of every instrument
  int readings_per_note = 10;                     ///< of which one reaches the log
};

/// Watches every reading on its own and waits for nobody. The experiment tells it what it commanded; the
/// supervisor believes only what the instruments say.
class Supervisor {
 public:
  Supervisor(Bench& bench, Recorder& recorder, Progress& progress, SupervisorLimits limits)
      : bench_{bench}, recorder_{recorder}, progress_{progress}, limits_{limits} {}

  /// The experiment at hand must end before `deadline`; none = no experiment.
  void expect_end(std::optional<Instant> deadline) { deadline_ = deadline; }
  /// The stock is commanded to flow from now on, or to stand still.
  void expect_flow(const std::string& stock, bool flowing);

  /// Reads and judges until something trips. Its readings keep the instruments' own watchdogs content: when
  /// this ends, they fire.
  Task<Trip> watch();
  /// The feeds are told to stand, the heat is kept; reasons to hold trip no more until hold(false).
  void hold(bool on);
  /// Whether no signal is where it means to hold.
  bool is_clear() const;
  /// Stops everything and keeps trying until every instrument has obeyed or `patience` is over; returns what
  /// did not obey in the last attempt. A quench flows on beside that for its time, and is stopped likewise,
  /// unless the last trip forbids to pump.
  Task<std::vector<std::string>> make_safe(Duration patience);
  /// One round of it, before anything is written or computed: make_safe() has to follow, and tells what did
  /// not obey.
  Task<void> stop_at_once();
  /// After the heat was cut: what shows within half a minute that the zone is heated nevertheless, if
  /// anything.
  Task<std::optional<std::string>> watch_cooling();

  /// The last reading of the heater, at most as old as the time after which it is lost; none before the
  /// first.
  std::optional<HeaterReading> heater() const { return heater_; }
  /// What the pump's own counter said last, since this process armed it.
  Volume delivered(const std::string& stock) const;
  /// What has arrived on the balance so far, in g; none without a balance.
  std::optional<double> arrived_g() const;
  /// What the pumps do now, where nobody watches any more. Of one that does not answer the last reading
  /// stands.
  Task<void> read_pumps();
  /// Writes the last readings into the log.
  Task<void> note_reading();

 private:
  using Look = std::function<Task<void>(Instant began)>;
  Task<void> keep_reading(std::string name, Look look);
  void judge_silence();
  Task<void> look_at_heater();
  Task<void> look_at_pump(std::string stock, Pump& pump, Instant began);
  Task<void> look_at(const Interlock& interlock);
  Task<void> look_at_balance();
  Task<void> look_at_tap(std::string stock, const Tap& tap, Instant began);
  Task<void> watch_time();
  Task<void> note_readings();
  void trip(Trip why);
  void trip(FailureKind kind, std::string what) { trip(Trip{kind, std::move(what)}); }
  void judge(const HeaterReading& reading);
  void judge(const Interlock& interlock, const AnalogReading& reading);
  void weigh(const Interlock& interlock, const std::string& signal, double value, const std::string& unit);
  void judge(const std::string& stock, const PumpReading& reading, Instant asked);
  void judge_weight(double grams);
  void judge_pressure(double bar);
  void tell(const std::string& instrument, std::optional<Trip> finding);
  bool should_flow(const std::string& stock, Instant asked) const;

  /// A signal beyond its limit: since when, and whether it has lasted long enough for somebody to be told.
  struct Concern {
    Instant since;
    bool told = false;
  };
  Task<void> tell_warnings();
  bool may_quench() const;
  /// Whatever keeps it from flowing is a warning.
  Task<void> quench(Quench with);
  Task<void> let_flow(Quench with);
  Task<void> keep_content(std::string flowing);
  Task<void> require_room();
  /// make_safe() until it is obeyed, without the feed of the stock `flowing`.
  Task<std::vector<std::string>> insist(Duration patience, std::string flowing);

  Bench& bench_;
  Recorder& recorder_;
  Progress& progress_;
  const SupervisorLimits limits_;
  std::optional<Instant> deadline_;
  std::map<std::string, Instant> flowing_since_;
  /// What an instrument last gave a reading, or threw instead.
  struct Sign {
    Instant last_good;
    std::string trouble;
  };
  std::map<std::string, Sign> signs_;  ///< by instrument
  std::optional<HeaterReading> heater_;
  std::map<std::string, PumpReading> pumps_;
  std::set<std::string> read_now_;  ///< pumps that were read since watch() began, by stock
  std::optional<double> mass_g_;
  std::optional<double> pressure_bar_;
  std::map<const Interlock*, Concern> concerns_;
  std::vector<std::string> warnings_;  ///< not told yet
  std::optional<HeatWatch> heat_watch_;
  FlowWatch flow_watch_{limits_.flow};
  PressureWatch pressure_watch_;
  bool holding_ = false;
  std::optional<Trip> trip_;
  Signal tripped_{bench_.clock.io()};
};

}  // namespace nocturne
