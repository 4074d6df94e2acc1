#include "controller/window/assets.hpp"

namespace nocturne {

std::vector<Asset> assets() { return {}; }
std::string build_digest() { return "none"; }

}  // namespace nocturne
