#include "controller/plant/plant_command.hpp"

#include <algorithm>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>

#include "controller/plant/plant_truth_json.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/transport_check.hpp"

namespace nocturne {
namespace {

OrderedJson description(const PlantParameters& parameters) {
  OrderedJson variables = OrderedJson::array();
  for (const Variable& variable : parameters.variables)
    variables.push_back(
        {{"name", variable.name}, {"low", variable.low}, {"high", variable.high}, {"unit", variable.unit}});
  return {{"variables", variables}, {"outputs", parameters.outputs}, {"notes", transport_notes(parameters)}};
}

struct Request {
  Conditions conditions;
  std::uint64_t seed = 0;
};

/// Throws std::invalid_argument.
Request request_from(const std::string& line) {
  const OrderedJson json = OrderedJson::parse(line, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument{"not a JSON object"};
  if (!json.contains("conditions") || !json["conditions"].is_object())
    throw std::invalid_argument{"\"conditions\" is missing or no object"};
  Request request;
  for (const auto& [key, value] : json.items()) {
    if (key != "conditions" && key != "seed")
      throw std::invalid_argument{"unknown key \"" + key + "\" (conditions, seed)"};
  }
  for (const auto& [name, value] : json["conditions"].items()) {
    if (!value.is_number()) throw std::invalid_argument{"condition " + name + " is no number"};
    request.conditions[name] = value.get<double>();
  }
  if (json.contains("seed")) {
    if (!json["seed"].is_number_unsigned())
      throw std::invalid_argument{"\"seed\" is no whole number of 0 or above"};
    request.seed = json["seed"].get<std::uint64_t>();
  }
  return request;
}

OrderedJson answer_to(const PlantParameters& parameters, const Material& material, const Request& request) {
  OrderedJson json;
  json["truth"] = json_of(steady_truth(parameters, request.conditions));
  const Outcome outcome = steady_observation(parameters, material, request.conditions, request.seed);
  const auto* failure = std::get_if<Failure>(&outcome);
  json["outcome"] = failure ? name_of(failure->kind) : "ok";
  json["observed"] = OrderedJson::object();
  if (failure) return json;
  for (const auto& [name, estimate] : outputs(std::get<Observation>(outcome))) {
    if (std::ranges::find(parameters.outputs, name) == parameters.outputs.end()) continue;
    json["observed"][name] = estimate.value;
    json["observed"][name + "_se"] = estimate.standard_error;
  }
  return json;
}

}  // namespace

int plant_command(const PlantParameters& parameters, const Material& material, bool describe,
                  std::istream& requests, std::ostream& answers, std::ostream& messages) {
  if (describe) {
    answers << description(parameters).dump() << '\n' << std::flush;
    return 0;
  }
  int wrong = 0;
  std::string line;
  for (int number = 1; std::getline(requests, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      answers << answer_to(parameters, material, request_from(line)).dump() << '\n' << std::flush;
    } catch (const OutsideValidity& error) {
      answers << OrderedJson{{"truth", OrderedJson::object()},
                             {"outcome", name_of(FailureKind::unreachable)},
                             {"why", error.what()},
                             {"observed", OrderedJson::object()}}
                     .dump()
              << '\n'
              << std::flush;
    } catch (const std::invalid_argument& error) {
      ++wrong;
      const OrderedJson answer{{"error", error.what()}};
      answers << answer.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << '\n' << std::flush;
      messages << "nocturne: <stdin>:" << number << ": " << error.what() << '\n';
    }
  }
  return wrong > 0 ? 2 : 0;
}

}  // namespace nocturne
