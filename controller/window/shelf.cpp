#include "controller/window/shelf.hpp"

#include <algorithm>

#include "controller/log/fingerprint.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kTagDigits = 32;

/// Whether a browser that sends this takes gzip.
bool takes_gzip(const HttpRequest& request) {
  const std::vector<std::string> codings =
      listed(in_lower_case(request.field("Accept-Encoding").value_or("")));
  return std::ranges::any_of(codings, [](const std::string& coding) {
    if (coding.substr(0, coding.find_first_of("; ")) != "gzip") return false;
    const std::size_t weight = coding.find("q=");
    return weight == std::string::npos || coding.find_first_of("123456789", weight) != std::string::npos;
  });
}

bool has_it(const HttpRequest& request, const std::string& tag) {
  const std::vector<std::string> known = listed(request.field("If-None-Match").value_or(""));
  return std::ranges::any_of(
      known, [&](const std::string& one) { return one == "*" || one == tag || one == "W/" + tag; });
}

}  // namespace

Shelf::Shelf(const std::vector<Asset>& assets) {
  for (const Asset& asset : assets)
    items_.push_back({asset, digest_of(std::string{asset.bytes}).substr(0, kTagDigits)});
}

HttpReply Shelf::reply_to(const HttpRequest& request, const std::string& path) const {
  const std::string_view wanted = path == "/" ? std::string_view{"/index.html"} : std::string_view{path};
  const auto item = std::ranges::find(items_, wanted, [](const Item& one) { return one.asset.path; });
  if (items_.empty())
    throw HttpProblem{404, "this program was built without pages (its API is below /api/v1)"};
  if (item == items_.end())
    throw HttpProblem{404, "there is no page '" + path + "' (the pages begin at '/')"};
  const bool compressed = !item->asset.gzip.empty() && takes_gzip(request);
  const std::string tag = '"' + item->tag + (compressed ? "-gzip\"" : "\"");
  HttpReply reply;
  reply.fields = {{"ETag", tag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}};
  if (has_it(request, tag)) {
    reply.status = 304;
    return reply;
  }
  reply.media_type = item->asset.media_type;
  reply.lent = compressed ? item->asset.gzip : item->asset.bytes;
  if (compressed) reply.fields.emplace_back("Content-Encoding", "gzip");
  return reply;
}

}  // namespace nocturne
