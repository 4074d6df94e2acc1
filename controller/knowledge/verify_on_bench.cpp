#include "controller/knowledge/verify_on_bench.hpp"

#include <fmt/format.h>

#include <sstream>

#include "controller/campaign/campaign_record.hpp"
#include "controller/campaign/outlook.hpp"
#include "controller/output_lines.hpp"
#include "optimizer/emission_problem.hpp"

namespace nocturne {
namespace {

constexpr int kMade = 0, kNotMade = 1;

OrderedJson json_of(const Interval& interval) {
  return {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

std::string in_words(const Observation& seen, const std::map<std::string, Interval>& expected) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : outputs(seen)) {
    const auto found = expected.find(name);
    if (found == expected.end()) continue;
    const Interval& interval = found->second;
    const bool held = value.value >= interval.low && value.value <= interval.high;
    parts.push_back(fmt::format("{} {}, expected of one product {:.5g} ({:.5g} to {:.5g}): {}", name,
                                with_unit(text_of(value), name), interval.value, interval.low, interval.high,
                                held ? "as expected" : "not expected"));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

CampaignHeader campaign_of(const DesignCandidate& candidate, const Target& wish,
                           const CampaignHeader& known) {
  CampaignHeader header = known;
  header.first = candidate.conditions;
  header.targets = {wish};
  header.budget = 1;
  header.seed = known.seed + 1;
  header.id = campaign_id(header.name, header.seed);
  header.versions = library_versions();
  header.started.clear();
  return header;
}

int verify_on_bench(const DesignCandidate& candidate, const CampaignHeader& header, const RunOptions& options,
                    const Clock& wall_clock, std::ostream& out) {
  const CampaignFiles files = campaign_files_of(header);
  std::ostringstream of_campaign;
  const int status = run(files, options, wall_clock, of_campaign);
  const CampaignRecord record = read_campaign(Log::open(options.log, Log::Access::read));
  const auto made = record.outcomes.find(1);
  const Target& wish = header.targets.front();
  const bool met = made != record.outcomes.end() && is_met(wish, made->second);
  const auto* seen = made == record.outcomes.end() ? nullptr : std::get_if<Observation>(&made->second);
  if (options.json) {
    OrderedJson json{{"verified", met}, {"target_nm", wish.value}, {"log", options.log.string()}};
    for (const auto& [name, interval] : candidate.one_product.outputs)
      json["expected"][name] = json_of(interval);
    if (seen)
      for (const auto& [name, value] : outputs(*seen)) put(json["measured"], name, value);
    else if (made != record.outcomes.end())
      json["failure"] = std::get<Failure>(made->second).detail;
    out << line_of(json) << '\n';
  } else if (seen) {
    out << fmt::format("made, log {}: {}; {:g} ± {:g} nm is {}met\n", options.log.string(),
                       in_words(*seen, candidate.one_product.outputs), wish.value, wish.tolerance,
                       met ? "" : "not ");
  } else {
    const std::string why = made == record.outcomes.end() ? std::string{"it was not made"}
                                                          : std::get<Failure>(made->second).detail;
    out << fmt::format("no product, log {}: {}\n", options.log.string(), why);
  }
  if (status > kNotMade) return status;
  return met ? kMade : kNotMade;
}

}  // namespace nocturne
