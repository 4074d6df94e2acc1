#pragma once

#include <string>
#include <vector>

namespace nocturne::test {

/// The first tag of a page that is not closed as it should be; empty if every one is. For pages in which all
/// elements but <meta> are closed and every attribute is in double quotes.
inline std::string unbalanced(const std::string& page) {
  std::vector<std::string> open;
  std::size_t at = 0;
  while ((at = page.find('<', at)) != std::string::npos) {
    bool quoted = false;
    std::size_t end = at + 1;
    for (; end < page.size() && (quoted || page[end] != '>'); ++end)
      if (page[end] == '"') quoted = !quoted;
    if (end >= page.size()) return page.substr(at, 80);
    const std::string tag = page.substr(at + 1, end - at - 1);
    at = end + 1;
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (tag.starts_with("!") || name == "meta" || tag.ends_with("/")) continue;
    if (!tag.starts_with("/")) {
      open.push_back(name);
      continue;
    }
    if (open.empty() || tag != "/" + open.back()) return "<" + tag + "> at " + page.substr(at, 80);
    open.pop_back();
  }
  return open.empty() ? "" : "<" + open.back() + ">";
}

}  // namespace nocturne::test
