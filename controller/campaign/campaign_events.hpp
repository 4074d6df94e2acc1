#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/steering.hpp"
#include "controller/log/log.hpp"
#include "devices/pump.hpp"
#include "models/observation.hpp"
#include "optimizer/suggestion.hpp"
#include "recipes/flow_plan.hpp"

// One struct per kind of event. event_of() makes the Event (without seq); read<T>() gives the struct back and
// throws LogError if the event is of another kind or its body is not what this version writes.
namespace nocturne {

/// "campaign_started": what the campaign aims at, after the command line's overrides.
struct CampaignStarted {
  static constexpr const char* kind = "campaign_started";
  std::vector<Target> targets;
  int experiments = 0;  ///< the budget
};

/// "state": the campaign's state machine moved.
struct StateChanged {
  static constexpr const char* kind = "state";
  std::string from, to, why;
};

/// "instrument": armed, and who it said it is.
struct InstrumentArmed {
  static constexpr const char* kind = "instrument";
  std::string name, identity;
};

/// "counters": what the pumps had counted when they were armed, by stock.
struct PumpsArmed {
  static constexpr const char* kind = "counters";
  std::map<std::string, CounterAtArming> counters;
};

/// "primed": the dry tube from a syringe to the reactor is full.
struct Primed {
  static constexpr const char* kind = "primed";
  std::string stock;
  double volume_mL = 0.0;  ///< that was pumped for it
};

/// "refilling": a syringe stands and leads to its bottle; its pump begins to draw.
struct Refilling {
  static constexpr const char* kind = "refilling";
  std::string stock;
  double volume_mL = 0.0;  ///< to be drawn
};

/// "refilled": it has drawn, and leads to the reactor again.
struct Refilled {
  static constexpr const char* kind = "refilled";
  std::string stock;
  double volume_mL = 0.0;  ///< by the pump's own counter
  double bottle_left_mL = 0.0;
  /// The pump's counter of what it delivers, as in "counters"; none = it cannot be told from what was drawn.
  std::optional<double> counts_from_uL;
};

/// "detector": calibration and limits of the spectrometer, which later spectra refer to.
struct DetectorRead {
  static constexpr const char* kind = "detector";
  Detector detector;
};

/// "calibration": darks and references that hold until the next of the same role.
struct Calibrated {
  static constexpr const char* kind = "calibration";
  std::string purpose;
  std::vector<SpectrumRecord> spectra;
};

/// "decision": the optimizer's ask number `asked` (1, 2, ...) became experiment `experiment`.
struct Decided {
  static constexpr const char* kind = "decision";
  int experiment = 0;
  int asked = 0;
  Suggestion suggestion;
  std::vector<Conditions> pending;  ///< as given to ask()
  Supplies left_mL;                 ///< as given to ask()
};

/// "outlook": before a decision, how probably some conditions meet the target aimed at, or what there is
/// still to gain on one that is met.
struct Foreseen {
  static constexpr const char* kind = "outlook";
  int experiments = 0;  ///< that were finished by then
  int target = 0;       ///< which of the campaign's, from 0
  double probability = 0.0;
  std::optional<double> narrowing_meV;  ///< expected of the next experiment, if the target is met
  std::string why_not;                  ///< why the target is given up here; empty = it is not
};

/// "plan": an attempt at the experiment begins.
struct Planned {
  static constexpr const char* kind = "plan";
  int experiment = 0;
  FlowPlan plan;
};

/// "reading": what the supervisor saw, by instrument or stock name. Values that are not finite are left out.
struct ReadingTaken {
  static constexpr const char* kind = "reading";
  std::map<std::string, double> temperature_C;
  std::map<std::string, double> output;  ///< heating power, 0..1
  std::map<std::string, double> flow_uL_min;
  std::map<std::string, double> delivered_uL;  ///< since this process armed the pump
  std::map<std::string, double> pressure_bar;
  std::map<std::string, double> mass_g;  ///< on the balance, as it reads; absent in older logs
};

/// "frames": spectra as they were read, for people `purpose` says what for.
struct FramesTaken {
  static constexpr const char* kind = "frames";
  int experiment = 0;
  std::string purpose;
  std::vector<SpectrumRecord> spectra;
  /// What was in the cell, as far as that is known: the share that is this experiment's product, 0..1 by the
  /// spread of the residence time, and the heated zone's temperature now.
  std::optional<double> arrived = std::nullopt, temperature_C = std::nullopt;
};

/// "settled": the product at the cell is steady. Of the frames before this event the last `reads` of each
/// role belong to the measurement, and so does every frame after it.
struct Settled {
  static constexpr const char* kind = "settled";
  int experiment = 0;
  std::string why;
  int reads = 0;
};

/// "outcome": the experiment is finished; it is told to the optimizer right after. `interpreted`: computed
/// from the measurement's frames alone, so that replay can do it again.
struct Finished {
  static constexpr const char* kind = "outcome";
  int experiment = 0;
  Outcome outcome;
  bool interpreted = true;
};

/// How a warning begins that tells what could not be made safe.
constexpr const char* kDisobeyed = "did not obey: ";

/// "warning": something to know; the campaign goes on.
struct Warned {
  static constexpr const char* kind = "warning";
  std::string what;
};

/// "steered": a person asked for something, and it was done.
struct Steered {
  static constexpr const char* kind = "steered";
  SteerRequest request;
};

/// "target_added": from the next decision on the campaign has one more target, after all others.
struct TargetAdded {
  static constexpr const char* kind = "target_added";
  Target target;
};

/// "recovering": what is done about an experiment that gave no product, beside telling the optimizer.
struct Recovering {
  static constexpr const char* kind = "recovering";
  int experiment = 0;
  Failure failure;
  Recovery action = Recovery::retry;
};

/// "trip": the supervisor stopped everything.
struct Tripped {
  static constexpr const char* kind = "trip";
  std::string what;
};

/// "resumed": a new process took over. Frames of unfinished experiments from before do not count.
struct Resumed {
  static constexpr const char* kind = "resumed";
  std::vector<int> unfinished;
};

/// "campaign_ended": status as in `run --json`.
struct CampaignEnded {
  static constexpr const char* kind = "campaign_ended";
  std::string status, why;
};

Event event_of(Instant time, const CampaignStarted& event);
Event event_of(Instant time, const StateChanged& event);
Event event_of(Instant time, const InstrumentArmed& event);
Event event_of(Instant time, const PumpsArmed& event);
Event event_of(Instant time, const Primed& event);
Event event_of(Instant time, const Refilling& event);
Event event_of(Instant time, const Refilled& event);
Event event_of(Instant time, const DetectorRead& event);
Event event_of(Instant time, const Calibrated& event);
Event event_of(Instant time, const Decided& event);
Event event_of(Instant time, const Foreseen& event);
Event event_of(Instant time, const Planned& event);
Event event_of(Instant time, const ReadingTaken& event);
Event event_of(Instant time, const FramesTaken& event);
Event event_of(Instant time, const Settled& event);
Event event_of(Instant time, const Finished& event);
Event event_of(Instant time, const Warned& event);
Event event_of(Instant time, const Steered& event);
Event event_of(Instant time, const TargetAdded& event);
Event event_of(Instant time, const Recovering& event);
Event event_of(Instant time, const Tripped& event);
Event event_of(Instant time, const Resumed& event);
Event event_of(Instant time, const CampaignEnded& event);

void parse(const Event& event, CampaignStarted& result);
void parse(const Event& event, StateChanged& result);
void parse(const Event& event, InstrumentArmed& result);
void parse(const Event& event, PumpsArmed& result);
void parse(const Event& event, Primed& result);
void parse(const Event& event, Refilling& result);
void parse(const Event& event, Refilled& result);
void parse(const Event& event, DetectorRead& result);
void parse(const Event& event, Calibrated& result);
void parse(const Event& event, Decided& result);
void parse(const Event& event, Foreseen& result);
void parse(const Event& event, Planned& result);
void parse(const Event& event, ReadingTaken& result);
void parse(const Event& event, FramesTaken& result);
void parse(const Event& event, Settled& result);
void parse(const Event& event, Finished& result);
void parse(const Event& event, Warned& result);
void parse(const Event& event, Steered& result);
void parse(const Event& event, TargetAdded& result);
void parse(const Event& event, Recovering& result);
void parse(const Event& event, Tripped& result);
void parse(const Event& event, Resumed& result);
void parse(const Event& event, CampaignEnded& result);

template <class T>
bool is(const Event& event) {
  return event.kind == T::kind;
}

template <class T>
T read(const Event& event) {
  T result;
  parse(event, result);
  return result;
}

}  // namespace nocturne
