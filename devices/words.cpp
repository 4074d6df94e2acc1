#include "devices/words.hpp"

namespace nocturne {

std::string in_words(Temperature temperature) { return print("%.2f °C", temperature.celsius()); }

std::string in_words(Duration duration, int digits) { return print("%.*g s", digits, in_seconds(duration)); }

std::string in_words(FlowRate flow, int digits) {
  return print("%.*g µL/min", digits, in_microliters_per_minute(flow));
}

}  // namespace nocturne
