#pragma once

#include "controller/json_types.hpp"

namespace nocturne {

/// OpenAPI 3.1 of everything below /api/v1, with a JSON Schema of every document.
OrderedJson openapi_document();

}  // namespace nocturne
