#include "controller/window/news_desk.hpp"

#include <algorithm>
#include <utility>

#include "controller/output_lines.hpp"
#include "controller/window/problem.hpp"

namespace nocturne {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenCampaigns = 250ms;
constexpr auto kBetweenLooks = 1s;  // without any event: the process may have gone

/// What follows from the wall clock alone is no change.
std::string without_clock(OrderedJson campaign) {
  campaign.erase("quiet_s");
  return line_of(campaign);
}

}  // namespace

NewsDesk::NewsDesk(SharedNight& night) : night_{night} {
  const std::lock_guard lock{night_.mutex};
  const Moment moment = night_.night().at(std::nullopt);
  told_ = shown_ = moment.last;
  campaign_ = without_clock(campaign_document(moment, night_.id(), night_.life()));
}

/// An outcome brings its fit.
void NewsDesk::tell_spectrum(std::vector<News>& news, const Moment& moment) const {
  const auto& spectra = moment.night.spectra();
  const auto is_finished = [&](const auto& one) { return one.second.finished_seq > told_; };
  if (spectra.empty() ||
      (spectra.back().seq <= told_ && std::ranges::none_of(moment.night.experiments(), is_finished)))
    return;
  try {
    news.push_back({"spectrum", line_of(spectrum_document(moment, "latest"))});
  } catch (const Problem&) {  // one that cannot be used is told to those who ask for it
  }
}

void NewsDesk::tell_experiments(std::vector<News>& news, const Moment& moment) const {
  for (const auto& [number, experiment] : moment.night.experiments())
    if (experiment.decided_seq > told_ || experiment.finished_seq > told_)
      news.push_back({"experiment", line_of(experiment_document(moment, number))});
}

void NewsDesk::tell_campaign(std::vector<News>& news, const Moment& moment, Clock::time_point now) {
  const Clock::duration pause = moment.last > shown_ ? Clock::duration{kBetweenCampaigns} : kBetweenLooks;
  if (now - looked_ < pause) return;
  looked_ = now;
  shown_ = moment.last;
  const OrderedJson document = campaign_document(moment, night_.id(), night_.life());
  std::string told = without_clock(document);
  if (told == campaign_) return;
  campaign_ = std::move(told);
  news.push_back({"campaign", line_of(document)});
}

std::vector<News> NewsDesk::news(Clock::time_point now) {
  const std::lock_guard lock{night_.mutex};
  night_.refresh();
  const Moment moment = night_.night().at(std::nullopt);
  if (std::exchange(replaced_, night_.replaced()) != night_.replaced()) told_ = shown_ = moment.last;
  std::vector<News> news;
  if (moment.last > told_) {
    tell_spectrum(news, moment);
    for (auto one = moment.night.sentences_after(told_); one != moment.night.sentences().end(); ++one)
      news.push_back({"sentence", line_of(json_of(*one))});
    tell_experiments(news, moment);
    told_ = moment.last;
  }
  tell_campaign(news, moment, now);
  return news;
}

}  // namespace nocturne
