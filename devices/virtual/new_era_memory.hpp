#pragma once

#include <array>
#include <map>
#include <string>

namespace nocturne::virtual_new_era {

/// What a New Era pump keeps without power.
struct Memory {
  int address = 0;
  double diameter_mm = 14.43;
  double rate = 1.0;
  std::string rate_unit = "MM";
  double target = 0.0;  ///< 0: pump until stopped
  std::string volume_unit = "ML";
  bool infusing = true;
  int safe_seconds = 0;                                 ///< 0: basic mode
  int phase = 1;                                        ///< the one being edited
  std::map<int, std::string> functions = {{1, "RAT"}};  ///< of the phases; absent: STP
  std::map<std::string, std::string> switches = {{"LN", "0"},  {"AL", "1"},  {"PF", "0"},  {"BP", "1"},
                                                 {"LOC", "0"}, {"DIN", "0"}, {"ROM", "0"}, {"TRG", "FT"},
                                                 {"BUZ", "0"}, {"OUT5", "0"}};
};

/// Litres per second in SI of one rate unit ("UM", "MM", "UH", "MH"); throws Refusal for any other.
double rate_unit_si(const std::string& unit);
/// Cubic metres of one volume unit ("UL", "ML").
double volume_unit_si(const std::string& unit);

}  // namespace nocturne::virtual_new_era
