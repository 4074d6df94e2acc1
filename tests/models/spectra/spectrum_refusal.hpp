#pragma once

#include <string>

#include "models/spectra/spectrum_text.hpp"

namespace nocturne::test {

/// What the reader says of a text named file.txt; "read" if it takes it.
inline std::string message(const std::string& text) {
  try {
    parse_spectrum(text, "file.txt");
  } catch (const SpectrumFormatError& error) {
    return error.what();
  }
  return "read";
}

}  // namespace nocturne::test
