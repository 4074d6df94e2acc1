#pragma once

#include "models/spectra/spectrum_text.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

/// Adds "key: value" lines (also "key<tab>value") to the table's header, the first of a key counting, until
/// the line numbered `end`, and reads from them exposure, scans and the number of pixels promised. An
/// exposure without a unit, or a number that could have thousands separators, is not taken. At most 1000
/// entries.
void read_header(Lines lines, int end, SpectrumTable& table);

}  // namespace nocturne::detail
