#include "controller/journal/alarm_events.hpp"

#include <utility>

#include "controller/journal/journal.hpp"

namespace nocturne {

std::vector<AlarmCall> AlarmEvents::take(const Event& event) {
  std::vector<AlarmCall> calls;
  if (is<Warned>(event)) {
    const std::string what = read<Warned>(event).what;
    if (what.starts_with(kDisobeyed))
      disobeyed_ += (disobeyed_.empty() ? "" : "; ") + what.substr(std::string{kDisobeyed}.size());
    return calls;
  }
  if (!disobeyed_.empty()) {
    fault_called_ = true;
    calls.push_back({"disobeyed", as_sentence("Did not obey: " + std::exchange(disobeyed_, ""))});
  }
  if (is<Tripped>(event)) {
    fault_called_ = true;
    calls.push_back({"trip", sentence_of(read<Tripped>(event))});
  }
  if (is<CampaignEnded>(event)) calls.push_back({"ended", sentence_of(read<CampaignEnded>(event))});
  if (is<StateChanged>(event)) {
    const auto change = read<StateChanged>(event);
    if (change.to == "holding") calls.push_back({"hold", sentence_of(change)});
    if (change.to == "faulted" && !fault_called_) calls.push_back({"trip", sentence_of(change)});
  }
  return calls;
}

}  // namespace nocturne
