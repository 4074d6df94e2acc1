#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/reagent_account.hpp"

namespace nocturne {

/// A name as people say it, without its unit ("temperature_C": "temperature"). A ratio ("br_pb") keeps its
/// name.
std::string spoken(const std::string& name);
/// "br_pb 4.2, temperature 150 °C"
std::string conditions_in_words(const Conditions& conditions);
/// "peak 490 ± 2 nm, width at most 90 meV"
std::string target_in_words(const Target& target);

/// One line, with a full stop at its end.
std::string as_sentence(std::string text);

std::string sentence_of(const StateChanged& change);
std::string sentence_of(const Recovering& event);
std::string sentence_of(const Tripped& trip);
std::string sentence_of(const CampaignEnded& end);

/// Whether an event is of something that went wrong.
bool tells_of_trouble(const Event& event);

/// A campaign in plain sentences, from its events alone.
class Journal {
 public:
  /// What there is to say about the next event of the log, if anything. It must see every event, in order;
  /// readings that another one follows may be left out.
  std::optional<std::string> tell(const Event& event);
  /// Whether the events so far are a campaign that came to its end.
  bool has_ended() const { return ended_; }

 private:
  std::string started(const CampaignStarted& event);
  std::string added(const TargetAdded& event);
  std::string decided(const Decided& event) const;
  std::optional<std::string> planned(const Planned& event);
  std::string finished(const Finished& event);
  std::string foreseen(const Foreseen& event) const;
  std::string resumed(const Resumed& event);
  std::string ended(const CampaignEnded& event);

  std::vector<Target> targets_;
  std::set<int> planned_;  ///< experiments that began at least once
  int finished_ = 0, failed_ = 0;
  ReagentAccount reagents_;
  bool ended_ = false;
};

}  // namespace nocturne
