#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/campaign_record.hpp"
#include "controller/knowledge/earlier_studies.hpp"

namespace nocturne {

/// What answers in a night that might have been.
enum class Answers {
  model,     ///< what a model of all logged outcomes expects
  outcomes,  ///< the logged experiment that is nearest to the wish, each once; of an import its rows are the
             ///< pool
};

/// What is to be different from the logged campaign.
struct WhatIf {
  std::vector<double> targets_nm;        ///< empty = the log's
  std::optional<std::string> optimizer;  ///< of strategy_names()
  std::optional<int> budget;             ///< experiments
  std::optional<std::uint64_t> seed;
  EarlierRequest earlier;  ///< besides what the campaign began with
  Answers answers = Answers::model;
  std::string log = "the log";  ///< its file, for messages
};

/// One experiment that was not made.
struct Imagined {
  Conditions conditions;  ///< of the answer
  Outcome outcome;
  std::optional<Interval> peak_nm;  ///< 90 %, where a model answers
  std::optional<int> experiment;    ///< in the log, where its outcomes answer
  double away = 0.0;  ///< of the wish from the answer, as a share of the variables' ranges (RMS)
};

struct ImaginedNight {
  std::vector<Imagined> experiments;
  struct Aimed {
    Target target;
    std::optional<int> reached_at;      ///< number in `experiments`, from 1
    std::optional<int> reached_in_log;  ///< the first logged experiment that met it
    std::string given_up;               ///< why, as a campaign gives a target up; empty = it was not
  };
  std::vector<Aimed> targets;
  std::string caveat;  ///< what this does not say
};

/// Lets an optimizer choose once more, on answers from the log, until every target is met or given up. Throws
/// FileError: an imported log that a model is to answer for or without a target, a log without a product,
/// targets or studies that do not fit; std::invalid_argument for an unknown optimizer.
ImaginedNight imagine(const CampaignRecord& record, const WhatIf& change);

/// `replay --what-if`: a line per experiment to `out`, JSON or for people. Returns the exit status: 0 if
/// every target was reached, else 1.
int replay_what_if(const CampaignRecord& record, const WhatIf& change, bool json, std::ostream& out);

}  // namespace nocturne
