#include "controller/window/assets.hpp"

#include <cstddef>

#include "page_declarations.inc"

namespace nocturne {
namespace {

struct Bytes {
  const char *begin, *end;
  std::string_view view() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

std::string_view page_media_type(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "text/plain; charset=utf-8";
}

Asset page(std::string_view path, Bytes bytes, Bytes gzip) {
  return Asset{path, page_media_type(path), bytes.view(), gzip.view()};
}

}  // namespace

std::vector<Asset> assets() {
  return {
#include "page_table.inc"
  };
}

std::string build_digest() { return nocturne_page_digest; }

}  // namespace nocturne
