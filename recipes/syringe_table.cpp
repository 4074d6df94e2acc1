#include "recipes/syringe_table.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace nocturne {
namespace {

struct ListedSyringe {
  const char* name;
  double diameter_mm, volume_mL;
};

// From the manual of the New Era NE-1000. Logged benches name them, so entries are added, never changed.
constexpr std::array kListedSyringes{
    ListedSyringe{"BD 1 mL", 4.699, 1},       ListedSyringe{"BD 3 mL", 8.585, 3},
    ListedSyringe{"BD 5 mL", 11.99, 5},       ListedSyringe{"BD 10 mL", 14.43, 10},
    ListedSyringe{"BD 20 mL", 19.05, 20},     ListedSyringe{"BD 30 mL", 21.59, 30},
    ListedSyringe{"BD 60 mL", 26.59, 60},     ListedSyringe{"HSW 1 mL", 4.69, 1},
    ListedSyringe{"HSW 3 mL", 9.65, 3},       ListedSyringe{"HSW 5 mL", 12.45, 5},
    ListedSyringe{"HSW 10 mL", 15.9, 10},     ListedSyringe{"HSW 20 mL", 20.05, 20},
    ListedSyringe{"HSW 30 mL", 22.9, 30},     ListedSyringe{"HSW 50 mL", 29.2, 50},
    ListedSyringe{"SGE 25 µL", 0.728, 0.025}, ListedSyringe{"SGE 50 µL", 1.03, 0.05},
    ListedSyringe{"SGE 100 µL", 1.457, 0.1}};

}  // namespace

SyringeDescription find_syringe(const std::string& name) {
  const auto found = std::ranges::find(kListedSyringes, name, &ListedSyringe::name);
  if (found != kListedSyringes.end()) return {millimeters(found->diameter_mm), milliliters(found->volume_mL)};
  std::string known;
  for (const ListedSyringe& one : kListedSyringes)
    known += (known.empty() ? "" : ", ") + std::string{one.name};
  throw std::invalid_argument{"the syringe '" + name + "' is not in the table (allowed: " + known +
                              "; or { diameter = \"14.43 mm\", volume = \"10 mL\" })"};
}

}  // namespace nocturne
