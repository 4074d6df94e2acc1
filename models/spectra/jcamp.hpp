#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/spectra/spectrum_text.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

/// True if the text is a JCAMP-DX file.
bool is_jcamp(const std::vector<Line>& lines);

/// Reads one JCAMP-DX block: XYDATA (X++(Y..Y)) in AFFN, PAC, SQZ or DIF/DUP form, XYPOINTS and PEAK TABLE in
/// AFFN (McDonald and Wilks 1988, doi 10.1366/0003702884428734). Throws SpectrumFormatError.
SpectrumTable parse_jcamp(const std::vector<Line>& lines, const std::string& name);

}  // namespace nocturne::detail
