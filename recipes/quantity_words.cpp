#include "recipes/quantity_words.hpp"

#include <algorithm>
#include <limits>

namespace nocturne {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::max();
constexpr double kColdest_C = -273.15;

struct NamedUnit {
  std::string stem;
  std::string text;  ///< of the unit
  Unit unit;
};

/// The longest end of the name that is a unit; "_" and "_per_" stand for "/".
std::optional<NamedUnit> split_name(const std::string& name) {
  for (std::size_t at = name.find('_'); at != std::string::npos; at = name.find('_', at + 1)) {
    if (at == 0 || at + 1 == name.size()) continue;
    std::string text = name.substr(at + 1);
    for (auto per = text.find("_per_"); per != std::string::npos; per = text.find("_per_"))
      text.replace(per, 5, "/");
    std::ranges::replace(text, '_', '/');
    if (text == "C") text = "°C";
    if (const auto unit = parse_unit(text)) return NamedUnit{name.substr(0, at), text, *unit};
  }
  return std::nullopt;
}

bool may_be_negative(const Unit& unit) {
  const auto same_as = [&](const char* text) { return parse_unit(text)->dimension == unit.dimension; };
  return same_as("V") || same_as("A") || same_as("eV") || same_as("K") || same_as("bar");
}

}  // namespace

const std::vector<QuantityWord>& quantity_words() {
  static const std::vector<QuantityWord> words{{"br_pb", 0.0, 1000.0, false},
                                               {"amine_pb", 0.0, 1000.0, false},
                                               {"cs_pb", 0.0, 1000.0, false},
                                               {"temperature_C", -50.0, 400.0, false},
                                               {"residence_time_s", 0.001, 1e6, false},
                                               {"peak_nm", 300.0, 1100.0, true},
                                               {"fwhm_meV", 5.0, 1000.0, true},
                                               {"intensity", 0.0, kUnlimited, true},
                                               {"absorbance", -1.0, 10.0, true},
                                               {"first_exciton_nm", 250.0, 1100.0, true},
                                               {"edge_length_nm", 0.5, 100.0, true},
                                               {"plqy", 0.0, 1.0, true},
                                               {"yield", 0.0, 1.0, true},
                                               {"nanoplatelet_fraction", 0.0, 1.0, true}};
  return words;
}

const QuantityWord* quantity_word(const std::string& name) {
  const auto found = std::ranges::find(quantity_words(), name, &QuantityWord::name);
  return found == quantity_words().end() ? nullptr : &*found;
}

std::optional<Unit> unit_in_name(const std::string& name) {
  const auto split = split_name(name);
  return split ? std::optional{split->unit} : std::nullopt;
}

std::string unit_text_in_name(const std::string& name) {
  if (name == "intensity") return "counts nm/s";
  const auto split = split_name(name);
  return split ? split->text : "";
}

std::string name_without_unit(const std::string& name) {
  const auto split = split_name(name);
  return split ? split->stem : name;
}

std::optional<PossibleRange> possible_range(const std::string& name) {
  if (const QuantityWord* word = quantity_word(name)) return PossibleRange{word->low, word->high};
  const auto unit = unit_in_name(name);
  if (unit && unit->celsius) return PossibleRange{kColdest_C, kUnlimited};
  if (unit && !may_be_negative(*unit)) return PossibleRange{0.0, kUnlimited};
  if (!unit && name.ends_with("_pb")) return PossibleRange{0.0, kUnlimited};
  return std::nullopt;
}

std::string text_of(const PossibleRange& range) {
  return number_text(range.low) + (range.high < kUnlimited ? " to " + number_text(range.high) : " or more");
}

}  // namespace nocturne
