#pragma once

#include <doctest/doctest.h>

#include <string>

#include "models/spectra/spectrum_text.hpp"

namespace nocturne::test {

/// What the reader says of a text; "read" if it takes it.
inline std::string message(const std::string& text, const std::string& file = "file.txt") {
  try {
    parse_spectrum(text, file);
  } catch (const SpectrumFormatError& error) {
    return error.what();
  }
  return "read";
}

/// Whether the reader says `because`, with the file's name and on one line.
inline bool refused(const std::string& text, const std::string& because,
                    const std::string& file = "file.txt") {
  const std::string said = message(text, file);
  CAPTURE(said);
  const bool one_line = said.find('\n') == std::string::npos && said.starts_with(file + ":");
  return one_line && said.find(because) != std::string::npos;
}

}  // namespace nocturne::test
