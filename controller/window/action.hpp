#pragma once

#include <filesystem>
#include <string>

#include "controller/campaign/steering.hpp"

namespace nocturne {

/// What the body of a POST asks of the campaign that writes `log`: `what` is a word of steer_words(). Throws
/// Problem for what is missing, unknown, or out of range.
SteerRequest request_of(const std::string& what, const std::string& body_json,
                        const std::filesystem::path& log);

}  // namespace nocturne
