#pragma once

#include <string>

#include "models/material.hpp"

namespace nocturne {

/// The text of a material file with the sizing curve of `material` and all else as it was; `why` is added to
/// the source of the curve. `name` stands for the file in messages. Throws FileError for a text whose
/// [sizing] is not written with a key a line.
std::string with_sizing_of(const std::string& text, const std::string& name, const Material& material,
                           const std::string& why);

}  // namespace nocturne
