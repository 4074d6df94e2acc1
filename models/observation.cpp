#include "models/observation.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace nocturne {
namespace {

constexpr std::array<std::pair<FailureKind, const char*>, 13> kFailureNames{{
    {FailureKind::no_emission, "no_emission"},
    {FailureKind::nanoplatelets, "nanoplatelets"},
    {FailureKind::not_settled, "not_settled"},
    {FailureKind::bubble, "bubble"},
    {FailureKind::saturated, "saturated"},
    {FailureKind::stalled, "stalled"},
    {FailureKind::over_temperature, "over_temperature"},
    {FailureKind::over_pressure, "over_pressure"},
    {FailureKind::leak, "leak"},
    {FailureKind::interlock, "interlock"},
    {FailureKind::instrument_lost, "instrument_lost"},
    {FailureKind::unreachable, "unreachable"},
    {FailureKind::interrupted, "interrupted"},
}};

using Member = std::optional<Estimate> Observation::*;
constexpr std::array<std::pair<const char*, Member>, 8> kOutputs{{
    {"peak_nm", &Observation::peak_nm},
    {"fwhm_meV", &Observation::fwhm_meV},
    {"intensity", &Observation::intensity},
    {"absorbance", &Observation::absorbance},
    {"first_exciton_nm", &Observation::first_exciton_nm},
    {"plqy", &Observation::plqy},
    {"yield", &Observation::yield},
    {"nanoplatelet_fraction", &Observation::nanoplatelet_fraction},
}};

constexpr double kNinetyPercent =
    1.6448536269514722;  // half width of a normal 90 % interval, in standard errors

}  // namespace

const char* name_of(FailureKind kind) {
  const auto* found = std::ranges::find(kFailureNames, kind, [](const auto& entry) { return entry.first; });
  return found->second;
}

std::optional<FailureKind> failure_kind(const std::string& name) {
  for (const auto& [kind, text] : kFailureNames)
    if (name == text) return kind;
  return std::nullopt;
}

std::optional<Estimate> output(const Observation& observation, const std::string& name) {
  for (const auto& [text, member] : kOutputs)
    if (name == text) return observation.*member;
  if (name != "edge_length_nm") throw std::invalid_argument{"no output is called " + name};
  if (!observation.edge_length_nm) return std::nullopt;
  const Interval& size = *observation.edge_length_nm;
  return Estimate{size.value, (size.high - size.low) / (2.0 * kNinetyPercent)};
}

std::vector<std::pair<std::string, Estimate>> outputs(const Observation& observation) {
  std::vector<std::pair<std::string, Estimate>> all;
  for (const auto& [text, member] : kOutputs)
    if (observation.*member) all.emplace_back(text, *(observation.*member));
  if (const auto size = output(observation, "edge_length_nm")) all.emplace_back("edge_length_nm", *size);
  return all;
}

}  // namespace nocturne
