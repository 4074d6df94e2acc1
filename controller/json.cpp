#include "controller/json.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace nocturne {
namespace {

double finite(double value) {
  if (!std::isfinite(value))
    throw std::invalid_argument{"a number that is not finite cannot be written as JSON"};
  return value;
}

using Member = std::optional<Estimate> Observation::*;
constexpr std::array<std::pair<const char*, Member>, 8> kEstimates{{
    {"peak_nm", &Observation::peak_nm},
    {"fwhm_meV", &Observation::fwhm_meV},
    {"intensity", &Observation::intensity},
    {"absorbance", &Observation::absorbance},
    {"first_exciton_nm", &Observation::first_exciton_nm},
    {"plqy", &Observation::plqy},
    {"yield", &Observation::yield},
    {"nanoplatelet_fraction", &Observation::nanoplatelet_fraction},
}};

FailureKind failure_kind_of(const std::string& name) {
  if (const auto kind = failure_kind(name)) return *kind;
  throw nlohmann::json::other_error::create(501, "no failure is called " + name, nullptr);
}

/// A standard error of 0 means that none is known.
void put_estimate(Json& json, const std::string& name, const std::string& error_name,
                  const Estimate& estimate) {
  json[name] = finite(estimate.value);
  if (estimate.standard_error != 0.0) json[error_name] = finite(estimate.standard_error);
}

}  // namespace

std::string canonical_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void to_json(Json& json, const Estimate& estimate) {
  json = Json::object();
  put_estimate(json, "value", "se", estimate);
}

void from_json(const Json& json, Estimate& estimate) {
  estimate = {json.at("value").get<double>(), json.value("se", 0.0)};
}

void to_json(Json& json, const Interval& interval) {
  json = {{"value", finite(interval.value)}, {"low", finite(interval.low)}, {"high", finite(interval.high)}};
}

void from_json(const Json& json, Interval& interval) {
  interval = {json.at("value").get<double>(), json.at("low").get<double>(), json.at("high").get<double>()};
}

void to_json(Json& json, const Observation& observation) {
  json = Json::object();
  for (const auto& [name, member] : kEstimates)
    if (const auto& estimate = observation.*member)
      put_estimate(json, name, name + std::string{"_se"}, *estimate);
  if (observation.edge_length_nm) json["edge_length_nm"] = *observation.edge_length_nm;
  json["flags"] = observation.flags;
}

void from_json(const Json& json, Observation& observation) {
  observation = {};
  for (const auto& [name, member] : kEstimates)
    if (json.contains(name))
      observation.*member = Estimate{json.at(name).get<double>(), json.value(name + std::string{"_se"}, 0.0)};
  if (json.contains("edge_length_nm")) observation.edge_length_nm = json.at("edge_length_nm").get<Interval>();
  json.at("flags").get_to(observation.flags);
}

void to_json(Json& json, const Failure& failure) {
  json = {{"kind", name_of(failure.kind)}, {"detail", failure.detail}};
}

void from_json(const Json& json, Failure& failure) {
  failure = {failure_kind_of(json.at("kind").get<std::string>()), json.at("detail").get<std::string>()};
}

void to_json(Json& json, const Outcome& outcome) {
  json = Json::object();
  if (const auto* observation = std::get_if<Observation>(&outcome))
    json["observation"] = *observation;
  else
    json["failure"] = std::get<Failure>(outcome);
}

void from_json(const Json& json, Outcome& outcome) {
  if (json.contains("observation"))
    outcome = json.at("observation").get<Observation>();
  else
    outcome = json.at("failure").get<Failure>();
}

void to_json(Json& json, const FlowPlan& plan) {
  Json feeds = Json::object();
  for (const auto& [stock, rate] : plan.feeds) feeds[stock] = finite(in_microliters_per_minute(rate));
  json = {{"feeds_uL_min", std::move(feeds)},
          {"diluent_uL_min", finite(in_microliters_per_minute(plan.diluent))},
          {"reaction_flow_uL_min", finite(in_microliters_per_minute(plan.reaction_flow))},
          {"temperature_C", finite(plan.temperature.celsius())},
          {"residence_time_s", finite(plan.residence_time.count())},
          {"arrival_time_s", finite(plan.arrival_time.count())},
          {"heated_arrival_time_s", finite(plan.heated_arrival_time.count())},
          {"arrival_spread_s", finite(plan.arrival_spread.count())},
          {"lead_in_cell_mmol_per_L", finite(plan.lead_in_cell.si())}};  // mol/m³ is mmol/L
}

void from_json(const Json& json, FlowPlan& plan) {
  plan = {};
  for (const auto& [stock, rate] : json.at("feeds_uL_min").items())
    plan.feeds[stock] = microliters_per_minute(rate.get<double>());
  plan.diluent = microliters_per_minute(json.at("diluent_uL_min").get<double>());
  plan.reaction_flow = microliters_per_minute(json.at("reaction_flow_uL_min").get<double>());
  plan.temperature = Temperature::from_celsius(json.at("temperature_C").get<double>());
  plan.residence_time = Seconds{json.at("residence_time_s").get<double>()};
  plan.arrival_time = Seconds{json.at("arrival_time_s").get<double>()};
  plan.heated_arrival_time = Seconds{json.value("heated_arrival_time_s", plan.arrival_time.count())};
  plan.arrival_spread = Seconds{json.value("arrival_spread_s", 0.0)};
  plan.lead_in_cell = Concentration::from_si(json.value("lead_in_cell_mmol_per_L", 0.0));
}

void to_json(Json& json, const Prediction& prediction) {
  Json outputs = Json::object();
  for (const auto& [name, interval] : prediction.outputs)
    outputs[name] = {
        {"mean", finite(interval.value)}, {"low", finite(interval.low)}, {"high", finite(interval.high)}};
  json = {{"predicted", std::move(outputs)}, {"probability", finite(prediction.probability)}};
}

void from_json(const Json& json, Prediction& prediction) {
  prediction = {};
  for (const auto& [name, interval] : json.at("predicted").items())
    prediction.outputs[name] = {interval.at("mean").get<double>(), interval.at("low").get<double>(),
                                interval.at("high").get<double>()};
  prediction.probability = json.at("probability").get<double>();
}

void to_json(Json& json, const Suggestion& suggestion) {
  json = suggestion.predicted;
  for (const auto& [name, value] : suggestion.conditions) finite(value);
  json["conditions"] = suggestion.conditions;
  json["reason"] = suggestion.reason;
}

void from_json(const Json& json, Suggestion& suggestion) {
  json.get_to(suggestion.predicted);
  json.at("conditions").get_to(suggestion.conditions);
  json.at("reason").get_to(suggestion.reason);
}

void to_json(Json& json, const Target& target) {
  json = {{"output", target.output},
          {"value", finite(target.value)},
          {"tolerance", finite(target.tolerance)},
          {"fwhm_max_meV", finite(target.fwhm_max_meV)},
          {"narrowest", target.narrowest},
          {"plqy_min", finite(target.plqy_min)},
          {"yield_min", finite(target.yield_min)}};
}

void from_json(const Json& json, Target& target) {
  target = {json.at("output").get<std::string>(), json.at("value").get<double>(),
            json.at("tolerance").get<double>(),   json.at("fwhm_max_meV").get<double>(),
            json.value("narrowest", false),       json.value("plqy_min", 0.0),
            json.value("yield_min", 0.0)};
}

void to_json(Json& json, const Study& study) {
  Json records = Json::array();
  for (const StudyRecord& record : study.records) {
    for (const auto& [name, value] : record.conditions) finite(value);
    records.push_back({{"conditions", record.conditions}, {"measured", record.measured}});
  }
  json = {{"name", study.name},
          {"source", study.source},
          {"same_bench", study.same_bench},
          {"records", std::move(records)}};
}

void from_json(const Json& json, Study& study) {
  study = {json.at("name").get<std::string>(),
           json.at("source").get<std::string>(),
           {},
           json.value("same_bench", false)};
  for (const Json& record : json.at("records"))
    study.records.push_back({record.at("conditions").get<Conditions>(),
                             record.at("measured").get<std::map<std::string, Estimate>>()});
}

void to_json(Json& json, const Detector& detector) {
  Json wavelengths = Json::array();
  for (const double wavelength : detector.wavelength_nm) wavelengths.push_back(finite(wavelength));
  for (const double coefficient : detector.nonlinearity) finite(coefficient);
  json = {{"model", detector.model},
          {"serial", detector.serial},
          {"wavelength_nm", std::move(wavelengths)},
          {"saturation_counts", finite(detector.saturation_counts)},
          {"nonlinearity", detector.nonlinearity},
          {"gain_electrons_per_count", finite(detector.gain_electrons_per_count)},
          {"read_noise_counts", finite(detector.read_noise_counts)}};
  if (!detector.unlit_pixels.empty()) json["unlit_pixels"] = detector.unlit_pixels;
}

void from_json(const Json& json, Detector& detector) {
  const auto wavelengths = json.at("wavelength_nm").get<std::vector<double>>();
  detector.model = json.at("model").get<std::string>();
  detector.serial = json.at("serial").get<std::string>();
  detector.wavelength_nm = Eigen::Map<const Eigen::VectorXd>(wavelengths.data(), std::ssize(wavelengths));
  detector.saturation_counts = json.at("saturation_counts").get<double>();
  detector.nonlinearity = json.at("nonlinearity").get<std::vector<double>>();
  detector.gain_electrons_per_count = json.at("gain_electrons_per_count").get<double>();
  detector.read_noise_counts = json.at("read_noise_counts").get<double>();
  detector.unlit_pixels = json.value("unlit_pixels", std::vector<Eigen::Index>{});
}

}  // namespace nocturne
