#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recipes/unit_text.hpp"

namespace nocturne {

/// A condition or output that every table may hold, by its name with unit. Beyond the limits it is a slip of
/// the pen, or in another unit.
struct QuantityWord {
  std::string name;
  double low = 0.0, high = 0.0;
  bool is_output = false;
};

const std::vector<QuantityWord>& quantity_words();

/// The word with that name; null if there is none.
const QuantityWord* quantity_word(const std::string& name);

/// What a name says of its unit ("lead_bromide_mmol_L" -> mmol/L, "cooling_K_per_s" -> K/s); nothing for a
/// ratio or a count ("br_pb").
std::optional<Unit> unit_in_name(const std::string& name);
/// The same as text: "mmol/L" of "caesium_mmol_L", "°C" of "temperature_C"; empty = it has none.
std::string unit_text_in_name(const std::string& name);

/// The name without its unit ("temperature_C" -> "temperature").
std::string name_without_unit(const std::string& name);

struct PossibleRange {
  double low = 0.0, high = 0.0;
};

/// What a quantity of that name can be: by its word, else by its unit (no amount, time or flow is negative,
/// nothing is colder than 0 K). Nothing if anything can be.
std::optional<PossibleRange> possible_range(const std::string& name);

/// "-50 to 400", or "0 or more".
std::string text_of(const PossibleRange& range);

}  // namespace nocturne
