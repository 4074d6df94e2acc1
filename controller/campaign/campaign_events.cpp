#include "controller/campaign/campaign_events.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "controller/json.hpp"

namespace nocturne {
namespace {

template <class T>
Event make(Instant time, const Json& body, std::optional<int> experiment = std::nullopt,
           std::vector<SpectrumRecord> spectra = {}) {
  Event event;
  event.time = time;
  event.kind = T::kind;
  event.experiment = experiment;
  event.body = canonical_text(body);
  event.spectra = std::move(spectra);
  return event;
}

/// Hands the body to `take`; whatever does not fit becomes a LogError that names the event.
template <class T, class Take>
void parse_body(const Event& event, Take take) {
  const std::string where = "event " + std::to_string(event.seq) + " (" + event.kind + "): ";
  if (!is<T>(event)) throw LogError{where + "is no " + T::kind};
  try {
    take(Json::parse(event.body));
  } catch (const nlohmann::json::exception& error) {
    throw LogError{where + "its body is damaged: " + error.what()};
  }
}

int experiment_of(const Event& event) {
  if (!event.experiment)
    throw LogError{"event " + std::to_string(event.seq) + " (" + event.kind + "): names no experiment"};
  return *event.experiment;
}

/// Without the values that an instrument could not give.
std::map<std::string, double> measured(std::map<std::string, double> values) {
  std::erase_if(values, [](const auto& entry) { return !std::isfinite(entry.second); });
  return values;
}

}  // namespace

Event event_of(Instant time, const CampaignStarted& event) {
  return make<CampaignStarted>(time, {{"targets", event.targets}, {"experiments", event.experiments}});
}

void parse(const Event& event, CampaignStarted& result) {
  parse_body<CampaignStarted>(event, [&](const Json& body) {
    body.at("targets").get_to(result.targets);
    body.at("experiments").get_to(result.experiments);
  });
}

Event event_of(Instant time, const StateChanged& event) {
  return make<StateChanged>(time, {{"from", event.from}, {"to", event.to}, {"why", event.why}});
}

void parse(const Event& event, StateChanged& result) {
  parse_body<StateChanged>(event, [&](const Json& body) {
    body.at("from").get_to(result.from);
    body.at("to").get_to(result.to);
    body.at("why").get_to(result.why);
  });
}

Event event_of(Instant time, const InstrumentArmed& event) {
  return make<InstrumentArmed>(time, {{"name", event.name}, {"identity", event.identity}});
}

void parse(const Event& event, InstrumentArmed& result) {
  parse_body<InstrumentArmed>(event, [&](const Json& body) {
    body.at("name").get_to(result.name);
    body.at("identity").get_to(result.identity);
  });
}

Event event_of(Instant time, const PumpsArmed& event) {
  Json found = Json::object(), from = Json::object(), drawn = Json::object();
  for (const auto& [stock, counter] : event.counters) {
    found[stock] = in_microliters(counter.found);
    from[stock] = in_microliters(counter.from);
    if (counter.drawn) drawn[stock] = in_microliters(*counter.drawn);
  }
  return make<PumpsArmed>(time, {{"found_uL", found}, {"from_uL", from}, {"drawn_uL", drawn}});
}

void parse(const Event& event, PumpsArmed& result) {
  parse_body<PumpsArmed>(event, [&](const Json& body) {
    for (const auto& [stock, found] : body.at("found_uL").items())
      result.counters[stock] = {microliters(found.get<double>()),
                                microliters(body.at("from_uL").at(stock).get<double>()), std::nullopt};
    if (!body.contains("drawn_uL")) return;  // as older versions wrote it
    for (const auto& [stock, drawn] : body.at("drawn_uL").items())
      result.counters[stock].drawn = microliters(drawn.get<double>());
  });
}

Event event_of(Instant time, const Primed& event) {
  return make<Primed>(time, {{"stock", event.stock}, {"volume_mL", event.volume_mL}});
}

void parse(const Event& event, Primed& result) {
  parse_body<Primed>(event, [&](const Json& body) {
    body.at("stock").get_to(result.stock);
    body.at("volume_mL").get_to(result.volume_mL);
  });
}

Event event_of(Instant time, const Refilling& event) {
  return make<Refilling>(time, {{"stock", event.stock}, {"volume_mL", event.volume_mL}});
}

void parse(const Event& event, Refilling& result) {
  parse_body<Refilling>(event, [&](const Json& body) {
    body.at("stock").get_to(result.stock);
    body.at("volume_mL").get_to(result.volume_mL);
  });
}

Event event_of(Instant time, const Refilled& event) {
  Json body{{"stock", event.stock}, {"volume_mL", event.volume_mL}, {"bottle_left_mL", event.bottle_left_mL}};
  if (event.counts_from_uL) body["counts_from_uL"] = *event.counts_from_uL;
  return make<Refilled>(time, body);
}

void parse(const Event& event, Refilled& result) {
  parse_body<Refilled>(event, [&](const Json& body) {
    body.at("stock").get_to(result.stock);
    body.at("volume_mL").get_to(result.volume_mL);
    body.at("bottle_left_mL").get_to(result.bottle_left_mL);
    if (body.contains("counts_from_uL")) result.counts_from_uL = body.at("counts_from_uL").get<double>();
  });
}

Event event_of(Instant time, const DetectorRead& event) {
  return make<DetectorRead>(time, Json(event.detector));
}

void parse(const Event& event, DetectorRead& result) {
  parse_body<DetectorRead>(event, [&](const Json& body) { body.get_to(result.detector); });
}

Event event_of(Instant time, const Calibrated& event) {
  return make<Calibrated>(time, {{"purpose", event.purpose}}, std::nullopt, event.spectra);
}

void parse(const Event& event, Calibrated& result) {
  parse_body<Calibrated>(event, [&](const Json& body) {
    body.at("purpose").get_to(result.purpose);
    result.spectra = event.spectra;
  });
}

Event event_of(Instant time, const Decided& event) {
  Json body = event.suggestion;
  body["asked"] = event.asked;
  body["pending"] = event.pending;
  if (!event.left_mL.empty()) body["left_mL"] = event.left_mL;
  return make<Decided>(time, body, event.experiment);
}

void parse(const Event& event, Decided& result) {
  parse_body<Decided>(event, [&](const Json& body) {
    result.experiment = experiment_of(event);
    body.at("asked").get_to(result.asked);
    body.get_to(result.suggestion);
    body.at("pending").get_to(result.pending);
    if (body.contains("left_mL")) body.at("left_mL").get_to(result.left_mL);
  });
}

Event event_of(Instant time, const Foreseen& event) {
  Json body{{"experiments", event.experiments},
            {"target", event.target},
            {"probability", event.probability},
            {"why_not", event.why_not}};
  if (event.narrowing_meV) body["narrowing_meV"] = *event.narrowing_meV;
  return make<Foreseen>(time, body);
}

void parse(const Event& event, Foreseen& result) {
  parse_body<Foreseen>(event, [&](const Json& body) {
    body.at("experiments").get_to(result.experiments);
    body.at("target").get_to(result.target);
    body.at("probability").get_to(result.probability);
    body.at("why_not").get_to(result.why_not);
    if (body.contains("narrowing_meV")) result.narrowing_meV = body["narrowing_meV"].get<double>();
  });
}

Event event_of(Instant time, const Planned& event) {
  return make<Planned>(time, Json(event.plan), event.experiment);
}

void parse(const Event& event, Planned& result) {
  parse_body<Planned>(event, [&](const Json& body) {
    result.experiment = experiment_of(event);
    body.get_to(result.plan);
  });
}

Event event_of(Instant time, const ReadingTaken& event) {
  Json body{{"temperature_C", measured(event.temperature_C)},
            {"output", measured(event.output)},
            {"flow_uL_min", measured(event.flow_uL_min)},
            {"delivered_uL", measured(event.delivered_uL)},
            {"pressure_bar", measured(event.pressure_bar)}};
  if (!event.mass_g.empty()) body["mass_g"] = measured(event.mass_g);
  return make<ReadingTaken>(time, body);
}

void parse(const Event& event, ReadingTaken& result) {
  parse_body<ReadingTaken>(event, [&](const Json& body) {
    body.at("temperature_C").get_to(result.temperature_C);
    body.at("output").get_to(result.output);
    body.at("flow_uL_min").get_to(result.flow_uL_min);
    body.at("delivered_uL").get_to(result.delivered_uL);
    body.at("pressure_bar").get_to(result.pressure_bar);
    if (body.contains("mass_g")) body.at("mass_g").get_to(result.mass_g);
  });
}

Event event_of(Instant time, const FramesTaken& event) {
  Json body{{"purpose", event.purpose}};
  if (event.arrived) body["arrived"] = *event.arrived;
  if (event.temperature_C) body["temperature_C"] = *event.temperature_C;
  return make<FramesTaken>(time, body, event.experiment, event.spectra);
}

void parse(const Event& event, FramesTaken& result) {
  parse_body<FramesTaken>(event, [&](const Json& body) {
    result.experiment = experiment_of(event);
    body.at("purpose").get_to(result.purpose);
    if (body.contains("arrived")) result.arrived = body.at("arrived").get<double>();
    if (body.contains("temperature_C")) result.temperature_C = body.at("temperature_C").get<double>();
    result.spectra = event.spectra;
  });
}

Event event_of(Instant time, const Settled& event) {
  return make<Settled>(time, {{"why", event.why}, {"reads", event.reads}}, event.experiment);
}

void parse(const Event& event, Settled& result) {
  parse_body<Settled>(event, [&](const Json& body) {
    result.experiment = experiment_of(event);
    body.at("why").get_to(result.why);
    body.at("reads").get_to(result.reads);
  });
}

Event event_of(Instant time, const Finished& event) {
  Json body = event.outcome;
  body["interpreted"] = event.interpreted;
  return make<Finished>(time, body, event.experiment);
}

void parse(const Event& event, Finished& result) {
  parse_body<Finished>(event, [&](const Json& body) {
    result.experiment = experiment_of(event);
    body.get_to(result.outcome);
    body.at("interpreted").get_to(result.interpreted);
  });
}

Event event_of(Instant time, const Warned& event) { return make<Warned>(time, {{"what", event.what}}); }

void parse(const Event& event, Warned& result) {
  parse_body<Warned>(event, [&](const Json& body) { body.at("what").get_to(result.what); });
}

Event event_of(Instant time, const Steered& event) {
  const SteerRequest& request = event.request;
  Json body{{"what", request.what}, {"who", request.who}, {"why", request.why}};
  if (request.experiments) body["experiments"] = *request.experiments;
  if (request.target) body["target"] = *request.target;
  return make<Steered>(time, body);
}

void parse(const Event& event, Steered& result) {
  parse_body<Steered>(event, [&](const Json& body) {
    body.at("what").get_to(result.request.what);
    body.at("who").get_to(result.request.who);
    body.at("why").get_to(result.request.why);
    if (body.contains("experiments")) result.request.experiments = body.at("experiments").get<int>();
    if (body.contains("target")) result.request.target = body.at("target").get<Target>();
  });
}

Event event_of(Instant time, const TargetAdded& event) {
  return make<TargetAdded>(time, {{"target", event.target}});
}

void parse(const Event& event, TargetAdded& result) {
  parse_body<TargetAdded>(event, [&](const Json& body) { body.at("target").get_to(result.target); });
}

Event event_of(Instant time, const Recovering& event) {
  const Json body{{"failure", name_of(event.failure.kind)},
                  {"detail", event.failure.detail},
                  {"action", name_of(event.action)}};
  return make<Recovering>(time, body, event.experiment);
}

void parse(const Event& event, Recovering& result) {
  parse_body<Recovering>(event, [&](const Json& body) {
    result.experiment = experiment_of(event);
    const std::string failure = body.at("failure"), action = body.at("action");
    const auto kind = failure_kind(failure);
    const auto recovery = recovery_named(action);
    if (!kind || !recovery)
      throw LogError{"event " + std::to_string(event.seq) + " (recovering): there is no " +
                     (kind ? "recovery " + action : "failure " + failure)};
    result.failure = {*kind, body.at("detail").get<std::string>()};
    result.action = *recovery;
  });
}

Event event_of(Instant time, const Tripped& event) { return make<Tripped>(time, {{"what", event.what}}); }

void parse(const Event& event, Tripped& result) {
  parse_body<Tripped>(event, [&](const Json& body) { body.at("what").get_to(result.what); });
}

Event event_of(Instant time, const Resumed& event) {
  return make<Resumed>(time, {{"unfinished", event.unfinished}});
}

void parse(const Event& event, Resumed& result) {
  parse_body<Resumed>(event, [&](const Json& body) { body.at("unfinished").get_to(result.unfinished); });
}

Event event_of(Instant time, const CampaignEnded& event) {
  return make<CampaignEnded>(time, {{"status", event.status}, {"why", event.why}});
}

void parse(const Event& event, CampaignEnded& result) {
  parse_body<CampaignEnded>(event, [&](const Json& body) {
    body.at("status").get_to(result.status);
    body.at("why").get_to(result.why);
  });
}

}  // namespace nocturne
