#pragma once

#include <array>
#include <utility>

namespace nocturne {

/// Where a campaign is. Nothing is hot or flowing in idle and done; in holding nothing
/// flows and the heat is kept for a while; in paused nothing flows or heats; in faulted the bench was made
/// safe, as far as it obeyed.
enum class CampaignState { idle, arming, running, holding, paused, stopping, faulted, done };

constexpr std::array<std::pair<CampaignState, CampaignState>, 23> kCampaignMoves{{
    {CampaignState::idle, CampaignState::arming},     {CampaignState::arming, CampaignState::running},
    {CampaignState::arming, CampaignState::stopping}, {CampaignState::arming, CampaignState::faulted},
    {CampaignState::arming, CampaignState::holding},  {CampaignState::running, CampaignState::holding},
    {CampaignState::running, CampaignState::paused},  {CampaignState::running, CampaignState::stopping},
    {CampaignState::running, CampaignState::faulted}, {CampaignState::holding, CampaignState::holding},
    {CampaignState::holding, CampaignState::running}, {CampaignState::holding, CampaignState::stopping},
    {CampaignState::holding, CampaignState::faulted}, {CampaignState::paused, CampaignState::running},
    {CampaignState::paused, CampaignState::stopping}, {CampaignState::paused, CampaignState::faulted},
    {CampaignState::stopping, CampaignState::done},   {CampaignState::stopping, CampaignState::faulted},
    {CampaignState::faulted, CampaignState::done},    {CampaignState::idle, CampaignState::stopping},
    {CampaignState::arming, CampaignState::paused},   {CampaignState::holding, CampaignState::paused},
    {CampaignState::paused, CampaignState::holding},
}};

constexpr bool can_move(CampaignState from, CampaignState to) {
  for (const auto& move : kCampaignMoves)
    if (move.first == from && move.second == to) return true;
  return false;
}

constexpr const char* name_of(CampaignState state) {
  switch (state) {
    case CampaignState::idle:
      return "idle";
    case CampaignState::arming:
      return "arming";
    case CampaignState::running:
      return "running";
    case CampaignState::holding:
      return "holding";
    case CampaignState::paused:
      return "paused";
    case CampaignState::stopping:
      return "stopping";
    case CampaignState::faulted:
      return "faulted";
    case CampaignState::done:
      return "done";
  }
  return "unknown";
}

}  // namespace nocturne
