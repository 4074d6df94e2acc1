#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/observation.hpp"

namespace nocturne {

/// One experiment of somebody else, or of an earlier night.
struct StudyRecord {
  Conditions conditions;                     ///< at least every variable of the space it is used in
  std::map<std::string, Estimate> measured;  ///< by public name
};

/// Experiments that share their reagents, instruments and habits: an earlier campaign or a publication. What
/// they have in common with each other and not with the present is learned as an offset of their own.
struct Study {
  std::string name;
  std::string source;  ///< for people: the log's campaign, the publication's DOI
  std::vector<StudyRecord> records;
  bool same_bench = false;  ///< the same instruments and stocks: an offset is possible, not expected
};

}  // namespace nocturne
