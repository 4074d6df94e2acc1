#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "devices/line.hpp"

namespace nocturne::vici {

/// No identifier: the valve is alone on its line.
constexpr char no_id = '\0';

/// Judges the beginning of `received` as the line with which the valve `id` answers `command` ("CP", "AM");
/// what follows the command is stored in `value`. A valve may leave its identifier out of its answer. With an
/// empty `command` any line of text is the answer.
FrameVerdict examine(std::string_view received, char id, std::string_view command, std::string& value);

/// 3 for "03"; 1 and 2 for "A" and "B"; nothing for anything else.
std::optional<int> position(std::string_view value);

}  // namespace nocturne::vici
