#pragma once

#include <iosfwd>

namespace nocturne {

/// `log schema`: every table, view and kind of event of a log with what it holds, as Markdown, or one object
/// of JSON. Returns the exit status 0.
int tell_log_schema(bool json, std::ostream& out);

}  // namespace nocturne
