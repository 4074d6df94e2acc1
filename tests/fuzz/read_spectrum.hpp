#pragma once

#include <string_view>

namespace nocturne::test {

/// What a reader must hold for any bytes whatever: it refuses them with SpectrumFormatError in one line, or
/// gives a table with a rising grid and columns as long. True if it gave a table. Throws std::logic_error
/// with what does not hold.
bool read_spectrum(std::string_view bytes);

/// The same, and the table can be analysed as every kind.
bool read_and_analyze(std::string_view bytes);

}  // namespace nocturne::test
