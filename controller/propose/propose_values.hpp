#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/json_types.hpp"
#include "optimizer/suggestion.hpp"
#include "recipes/space_file.hpp"

// How `propose` writes points and results of an outside experiment. Reading throws std::invalid_argument,
// which says what is allowed.
namespace nocturne {

/// {"temperature_C": 120, "solvent": "toluene", ...}: every variable, within its bounds.
Conditions conditions_of(const Space& space, const Json& x);
/// The same in the space's own types: whole numbers for integers, the words of choices.
Json json_of(const Space& space, const Conditions& conditions);

/// {"peak_nm": 510.2, "fwhm_meV": {"value": 95, "standard_error": 2}, "plqy": null}: what was measured, by
/// objective. A null `y`, or nothing but nulls, is a failure and gives none. Other names are ignored; at
/// least one must be an objective.
std::map<std::string, Estimate> measured_in(const Space& space, const Json& y);

/// The "hours" of a tell, when it was measured; nothing if it does not say. Finite, and not before `last`.
std::optional<double> hours_in(const Json& tell, std::optional<double> last);

/// {"peak_nm": {"mean", "low", "high"}, ...}
Json json_of(const Prediction& prediction);

/// The space as it was understood, every field spelled out.
Json json_of(const Space& space);

/// Many points, a number per variable each.
class Pool {
 public:
  explicit Pool(const Space& space) : space_{&space} {}
  void add(const Json& x);
  std::size_t size() const { return values_.size() / space_->variables.size(); }
  Conditions operator[](std::size_t index) const;
  /// Points from number `first` on, at most `count`.
  std::vector<Conditions> part(std::size_t first, std::size_t count) const;

 private:
  const Space* space_;
  std::vector<double> values_;
};

/// A line of JSON. The points of an "ask_from" go into `pool` as they are read and are no part of the result:
/// a million of them do not fit into memory as JSON. Throws Json::exception.
Json parse_request(const std::string& line, Pool& pool);

}  // namespace nocturne
