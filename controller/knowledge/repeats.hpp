#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/study.hpp"

namespace nocturne {

/// Everything in which two records of the same conditions differ by more than their standard errors allow
/// (three of them together; any difference where none is told), in words: "peak_nm 477 ± 1, not 471 ± 1".
std::string disagreement(const StudyRecord& one, const StudyRecord& other);

/// Takes from `more` what is in every number a record of another study among `known`; returns how many there
/// were.
int leave_out_known(const std::vector<Study>& known, Study& more);

/// The flag of an imported row that says in everything what an earlier one says. It is kept, and counts once.
constexpr const char* kRepeated = "repeated";
bool is_repeated(const Outcome& outcome);

/// Records in the order in which they are read, each with the line that it stands in.
class RecordsSeen {
 public:
  struct Verdict {
    std::optional<int> repeats;    ///< the line of the same record
    std::string contradicts = "";  ///< what the first record of the same conditions says otherwise, and where
  };

  /// `rest`: what else has to be the same in a repetition, as a text. A repetition is not kept.
  Verdict see(StudyRecord record, const std::string& rest, int line);

 private:
  struct Seen {
    StudyRecord record;
    std::string rest;
    int line = 0;
  };
  std::map<Conditions, std::vector<Seen>> seen_;
};

}  // namespace nocturne
