#pragma once

#include <map>
#include <string>
#include <string_view>

namespace nocturne {

/// What a request's address asks for, decoded. It is looked up in tables only, never on a disk.
struct RequestTarget {
  std::string path;  ///< begins with '/'
  std::map<std::string, std::string> parameters;
};

/// Throws HttpProblem for what is no path with parameters: wrong escapes, control characters, bytes that are
/// not UTF-8, segments "." and "..", a parameter twice.
RequestTarget parse_target(std::string_view target);

}  // namespace nocturne
