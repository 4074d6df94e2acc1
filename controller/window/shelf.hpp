#pragma once

#include <string>
#include <vector>

#include "controller/window/assets.hpp"
#include "controller/window/http_message.hpp"

namespace nocturne {

/// The pages and what belongs to them, as browsers get them: compressed if they know it, and not again if
/// they have it.
class Shelf {
 public:
  explicit Shelf(const std::vector<Asset>& assets);

  /// The reply to a GET of `path`; "/" is "/index.html". Throws HttpProblem 404, also
  /// in a program without pages.
  HttpReply reply_to(const HttpRequest& request, const std::string& path) const;

 private:
  struct Item {
    Asset asset;
    std::string tag;  ///< of its content
  };
  std::vector<Item> items_;
};

}  // namespace nocturne
