#include "controller/knowledge/repeats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nocturne {
namespace {

constexpr double kErrorsApart = 3.0;  // a chance of 0.3 % for two measurements of one thing

bool is_same(const StudyRecord& one, const StudyRecord& other) {
  const auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.value == b.second.value &&
           a.second.standard_error == b.second.standard_error;
  };
  return one.conditions == other.conditions && std::ranges::equal(one.measured, other.measured, same);
}

std::string with_error(const Estimate& estimate) {
  return estimate.standard_error > 0.0
             ? fmt::format("{:.6g} ± {:.2g}", estimate.value, estimate.standard_error)
             : fmt::format("{:.6g}", estimate.value);
}

}  // namespace

std::string disagreement(const StudyRecord& one, const StudyRecord& other) {
  std::string text;
  for (const auto& [name, value] : one.measured) {
    const auto found = other.measured.find(name);
    if (found == other.measured.end()) continue;
    const double error = std::hypot(value.standard_error, found->second.standard_error);
    if (std::abs(value.value - found->second.value) <= kErrorsApart * error) continue;
    text += fmt::format("{}{} {}, not {}", text.empty() ? "" : "; ", name, with_error(value),
                        with_error(found->second));
    if (error == 0.0) text += " (no errors are told)";
  }
  return text;
}

int leave_out_known(const std::vector<Study>& known, Study& more) {
  return static_cast<int>(std::erase_if(more.records, [&](const StudyRecord& record) {
    return std::ranges::any_of(known, [&](const Study& study) {
      return study.source != more.source && std::ranges::any_of(study.records, [&](const StudyRecord& other) {
               return is_same(record, other);
             });
    });
  }));
}

bool is_repeated(const Outcome& outcome) {
  const auto* observation = std::get_if<Observation>(&outcome);
  return observation && std::ranges::find(observation->flags, kRepeated) != observation->flags.end();
}

RecordsSeen::Verdict RecordsSeen::see(StudyRecord record, const std::string& rest, int line) {
  std::vector<Seen>& alike = seen_[record.conditions];
  Verdict verdict;
  for (const Seen& one : alike)
    if (one.rest == rest && is_same(one.record, record)) {
      verdict.repeats = one.line;
      return verdict;
    }
  if (!alike.empty())
    if (const std::string what = disagreement(record, alike.front().record); !what.empty())
      verdict.contradicts =
          fmt::format("{} as line {} says of the same conditions", what, alike.front().line);
  alike.push_back({std::move(record), rest, line});
  return verdict;
}

}  // namespace nocturne
