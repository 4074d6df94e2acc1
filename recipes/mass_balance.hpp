#pragma once

#include <map>
#include <string>
#include <variant>

#include "models/observation.hpp"
#include "recipes/flow_plan.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Moles per litre of stock behind a ratio's numerator ("br_pb", "amine_pb", "cs_pb") or, for "pb", of lead.
/// Every lead_bromide counts as 1 Pb and 2 Br, every zinc_bromide as 2 Br.
Concentration supply(const Stock& stock, const std::string& ratio);

/// Share of the reaction flow that each stock takes, so that the ratios come out as in `conditions`; stocks
/// that stand still are absent. Infeasible when a stock would have to flow backwards or the ratios contradict
/// each other.
std::variant<std::map<std::string, double>, Infeasible> stock_shares(const Recipe& recipe,
                                                                     const Conditions& conditions);

/// Refuses a recipe whose ratios do not determine its flows: no lead, nothing that supplies a ratio, two
/// stocks that do the same. Throws FileError.
void check_mass_balance(const Recipe& recipe);

/// Refuses a recipe in whose stocks an element of `compound` ("CsPbBr3") is missing. Elements that no species
/// of stock_species() supplies are not asked for. Throws FileError.
void check_elements(const Recipe& recipe, const std::string& compound);

}  // namespace nocturne
