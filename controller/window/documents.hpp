#pragma once

#include <nlohmann/json.hpp>

#include "controller/json_types.hpp"
#include "controller/watch/verdict.hpp"
#include "controller/window/followed_night.hpp"
#include "controller/window/parameters.hpp"

// The documents of the window's API, each in a file of its own with its schema. They read what they may be
// asked for out of the parameters; what cannot be answered throws Problem.
namespace nocturne {

/// `life` counts only for a night as it is now.
inline Verdict verdict_of(const Moment& moment, const Life& life) {
  return verdict_on(moment.facts, moment.is_now ? std::optional{life} : std::nullopt);
}

OrderedJson campaign_document(const Moment& moment, const std::string& id, const Life& life);
OrderedJson campaign_schema();

/// The last of the sentences after a number.
OrderedJson journal_document(const Moment& moment, Parameters& asked);
OrderedJson json_of(const FollowedNight::Sentence& sentence);
OrderedJson journal_schema();
OrderedJson sentence_schema();

OrderedJson experiments_document(const Moment& moment);
/// One row of it.
OrderedJson experiment_document(const Moment& moment, int experiment);
OrderedJson experiments_schema();
OrderedJson experiment_schema();
/// The same as a table, as `export` writes it.
std::string experiments_csv(const Moment& moment);

/// What spectra there are, without their values.
OrderedJson spectra_document(const Moment& moment);
OrderedJson spectra_schema();
/// `which`: the number of an event, or "latest".
OrderedJson spectrum_document(const Moment& moment, const std::string& which);
OrderedJson spectrum_schema();

OrderedJson bench_document(const Moment& moment);
OrderedJson bench_schema();

OrderedJson trend_document(const Moment& moment, Parameters& asked);
OrderedJson trend_schema();
/// What was read of any instrument or stock, by the names in the log.
std::vector<std::string> quantities_read(const FollowedNight& night);
/// The last value up to a campaign time; nothing before the first.
std::optional<double> value_at(const FollowedNight::Series& series, double time_s);

/// For Prometheus, in its text format.
std::string metrics_document(const Moment& moment, const Life& life);
/// Likewise, when the log cannot be read.
std::string metrics_without_log();

}  // namespace nocturne
