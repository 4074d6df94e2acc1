#pragma once

#include <string>

#include "controller/chart.hpp"
#include "models/spectra/file_analysis.hpp"

namespace nocturne {

/// What an analysis found, to look at: the spectrum with its baseline, the fitted lines and the peaks; below
/// it what the fit leaves.
Chart chart_of(const std::string& title, const FileAnalysis& analysis);

}  // namespace nocturne
