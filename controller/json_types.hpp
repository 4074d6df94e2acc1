#pragma once

#include <nlohmann/json_fwd.hpp>

namespace nocturne {

using Json = nlohmann::json;                 ///< keys in the order of the alphabet
using OrderedJson = nlohmann::ordered_json;  ///< keys in the order they were written

}  // namespace nocturne
