#pragma once

#include <filesystem>
#include <string>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "controller/log/log.hpp"
#include "recipes/library.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {

inline Instant at_second(double s) { return Instant{} + std::chrono::duration_cast<Duration>(Seconds{s}); }

inline SpectrumRecord some_spectrum(const std::string& role, double counts) {
  SpectrumRecord spectrum;
  spectrum.role = role;
  spectrum.frame = {Eigen::VectorXd::LinSpaced(3, counts, counts + 1.0), 0.3, 9, false, false, true};
  return spectrum;
}

inline FlowPlan some_plan() {
  FlowPlan plan;
  plan.feeds = {{"cs_pb", microliters_per_minute(60.0)}, {"bromide", microliters_per_minute(120.0)}};
  plan.diluent = microliters_per_minute(900.0);
  plan.reaction_flow = microliters_per_minute(180.0);
  plan.temperature = Temperature::from_celsius(150.0);
  plan.residence_time = Seconds{100.0};
  return plan;
}

/// The header of a campaign on the virtual bench whose stock cs_pb has the lot "A-12, \"old\"".
inline CampaignHeader header_with_lot() {
  CampaignHeader header = read_campaign_files(find_shipped("cspbbr3_green_510", ""),
                                              find_shipped("virtual", "benches"), CampaignOverrides{})
                              .header;
  header.recipe_text =
      replaced(header.recipe_text, "name = \"cs_pb\"", "name = \"cs_pb\"\nlot = 'A-12, \"old\"'");
  header.started = "2026-11-22T22:00:00.250Z";
  return header;
}

inline void decide(Log& log, double s, int experiment) {
  Decided decided;
  decided.experiment = decided.asked = experiment;
  decided.suggestion.conditions = {{"br_pb", 4.0 + experiment}, {"temperature_C", 150.0}};
  decided.suggestion.reason = "design, \"first\"\nline";
  decided.suggestion.predicted.outputs["peak_nm"] = {500.0, 490.0, 510.0};
  log.append(event_of(at_second(s), decided));
}

/// Experiment 1 is observed, 2 fails by a stalled pump, 3 is chosen and never begins. With `end`, the
/// campaign ends as "stopped".
inline void write_small_campaign(const std::filesystem::path& file, bool end = true) {
  Log log = Log::create(file, header_with_lot());
  Detector detector;
  detector.model = "FX";
  detector.serial = "7";
  detector.wavelength_nm = Eigen::Vector3d{400.0, 500.5, 600.0};
  log.append(event_of(at_second(0), DetectorRead{detector}));
  log.append(event_of(at_second(1), Calibrated{"dark", {some_spectrum("emission_dark", 1.0)}}));
  decide(log, 2, 1);
  log.append(event_of(at_second(3), Planned{1, some_plan()}));
  ReadingTaken reading;
  reading.temperature_C["oven"] = 149.5;
  reading.output["oven"] = 0.25;
  reading.flow_uL_min["cs_pb"] = 60.0;
  reading.delivered_uL["cs_pb"] = 512.0;
  log.append(event_of(at_second(4), reading));
  log.append(
      event_of(at_second(5), FramesTaken{1, "settling", {some_spectrum("emission", 10.0)}, 0.5, 149.0}));
  log.append(event_of(
      at_second(6),
      FramesTaken{1, "read", {some_spectrum("emission", 20.0), some_spectrum("transmission", 0.1)}}));
  Observation observation;
  observation.peak_nm = Estimate{507.25, 0.125};
  observation.yield = Estimate{0.5, 0.25};
  observation.edge_length_nm = Interval{8.0, 7.5, 8.75};
  observation.flags = {"a", "b"};
  log.append(event_of(at_second(7), Finished{1, observation, true}));
  decide(log, 8, 2);
  log.append(event_of(at_second(9), Planned{2, some_plan()}));
  log.append(event_of(at_second(10), Tripped{"pump stands"}));
  log.append(event_of(at_second(11), Finished{2, Failure{FailureKind::stalled, "pump, \"left\""}, false}));
  decide(log, 12, 3);
  if (end) log.append(event_of(at_second(13), CampaignEnded{"stopped", "by hand"}));
}

}  // namespace nocturne::test
