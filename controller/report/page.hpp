#pragma once

#include <string>
#include <utility>
#include <vector>

#include "controller/report/html.hpp"

namespace nocturne {

/// Stands in the head of every report, so that a report is known as one.
extern const char* const kReportMark;

/// One page that needs nothing from elsewhere: no scripts, light or dark as the reader has it, for
/// telephones, desktops and paper. `anchors`: id and name of each section.
std::string page_of(const std::string& title, const std::string& subtitle,
                    const std::vector<std::pair<std::string, std::string>>& anchors, const Html& content);

}  // namespace nocturne
