#include "controller/campaign/event_kinds.hpp"

#include "controller/campaign/campaign_events.hpp"

namespace nocturne {
namespace {

template <class T>
EventKind kind_of(const char* sentence) {
  return {T::kind, sentence, [](const Event& event) { static_cast<void>(read<T>(event)); }};
}

}  // namespace

const std::vector<EventKind>& event_kinds() {
  static const std::vector<EventKind> kinds{
      kind_of<CampaignStarted>("What the campaign aims at, and how many experiments it may make."),
      kind_of<StateChanged>("The campaign's state machine moved: from, to, and why."),
      kind_of<InstrumentArmed>("An instrument is armed, and who it said it is."),
      kind_of<PumpsArmed>("What the pumps had counted when they were armed, by stock."),
      kind_of<Primed>("The dry tube from a syringe to the reactor is full, with this volume."),
      kind_of<DetectorRead>("Calibration and limits of the spectrometer, to which later spectra refer."),
      kind_of<Calibrated>("Darks and references (frames) that hold until the next of the same role."),
      kind_of<Foreseen>(
          "Before a decision: how probably some conditions meet a target, or why it is given up."),
      kind_of<Decided>(
          "The conditions of an experiment, what is predicted of them, and why they were chosen."),
      kind_of<Planned>("An attempt at an experiment begins, with these flows, temperature and times."),
      kind_of<ReadingTaken>("What the supervisor saw, by quantity and by instrument or stock."),
      kind_of<FramesTaken>("Spectra (frames) as they were read, for a purpose, and what was in the cell."),
      kind_of<Settled>(
          "The product is steady; so many of the reads before it, and all after it, are measured."),
      kind_of<Finished>("The outcome of an experiment: an observation with standard errors, or a failure."),
      kind_of<Recovering>("What is done about an experiment that gave no product."),
      kind_of<Refilling>("A syringe leads to its bottle, and its pump begins to draw this volume."),
      kind_of<Refilled>(
          "It has drawn this volume and leads to the reactor again; what the bottle still holds."),
      kind_of<Warned>("Something to know; the campaign goes on."),
      kind_of<Steered>("A person asked for something: what, who and why."),
      kind_of<TargetAdded>("From the next decision on there is one more target."),
      kind_of<Tripped>("The supervisor stopped everything, and why."),
      kind_of<Resumed>("A new process took over; these experiments were not finished."),
      kind_of<CampaignEnded>("The end: status and reason."),
  };
  return kinds;
}

}  // namespace nocturne
