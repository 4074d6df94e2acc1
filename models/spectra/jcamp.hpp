#pragma once

#include <string>
#include <string_view>

#include "models/spectra/spectrum_text.hpp"

namespace nocturne::detail {

/// True if the text is a JCAMP-DX file.
bool is_jcamp(std::string_view text);

/// Reads a JCAMP-DX file (McDonald and Wilks 1988, doi 10.1366/0003702884428734): XYDATA=(X++(Y..Y)) in AFFN,
/// PAC, SQZ, DIF and DUP form, XYPOINTS=(XY..XY) in AFFN, one block or the blocks of a LINK on one grid as
/// columns. The file's own checks (NPOINTS, FIRSTX, LASTX, DELTAX, FIRSTY, the abscissa of every line, the
/// check ordinates of DIF) must hold. Peak tables and NTUPLES are refused. Throws SpectrumFormatError.
SpectrumTable parse_jcamp(std::string_view text, const std::string& name);

}  // namespace nocturne::detail
