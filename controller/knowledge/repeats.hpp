#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/study.hpp"

namespace nocturne {

/// Takes from `more` what is in every number a record of another study among `known`; returns how many there
/// were.
int leave_out_known(const std::vector<Study>& known, Study& more);

/// The flag of an imported row that says in everything what an earlier one says. It is kept, and counts once.
constexpr const char* kRepeated = "repeated";
bool is_repeated(const Outcome& outcome);

/// Records of the same conditions that say different things.
struct Conflict {
  std::vector<int> lines;  ///< of all of them
  std::string text;        ///< what they say, and in which lines
  double excess = 0.0;     ///< the largest difference, as a multiple of what repeats may differ by
};

/// Records in the order in which they are read, each with the line that it stands in.
class RecordsSeen {
 public:
  /// `rest`: what else has to be the same in a repetition, as a text. Returns the line of the same record; a
  /// repetition is not kept.
  std::optional<int> see(StudyRecord record, const std::string& rest, int line);

  /// One for all records of the same conditions of which two differ in an output by more than three of
  /// their standard errors (together) allow; where none is told, by more than three of what a recipe that is
  /// made again scatters by. The largest first.
  std::vector<Conflict> conflicts() const;

 private:
  struct Seen {
    StudyRecord record;
    std::string rest;
    int line = 0;
  };
  std::map<Conditions, std::vector<Seen>> seen_;
};

}  // namespace nocturne
